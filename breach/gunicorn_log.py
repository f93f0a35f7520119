"""gunicorn's own log, through the allow-list: it would print URLs with their query, and error messages."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from breach.logs import quiet_formatter


class QuietLogger(Logger):  # type: ignore[misc]  # the library's base is untyped
    """Whatever handlers gunicorn makes write our lines; an access log, should somebody turn it on, has no addresses."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                if getattr(handler, "_gunicorn", False):  # its own mark
                    handler.setFormatter(quiet_formatter())
