"""What gunicorn reads when it is started in this folder: its log goes through our allow-list, without addresses."""

from breach.gunicorn_log import QuietLogger

logger_class = QuietLogger
accesslog = None  # "request_finished" in our own log names the page, not its address
capture_output = False
proc_name = "breach"
