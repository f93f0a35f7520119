"""Real services and processes in a folder of their own: database, broker, web server, worker, mail server, browser."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from breach.boot.postgres import embedded_postgres, find_binaries
from breach.boot.service import CHECKOUT
from breach.boot.start import join_services
from breach.boot.supervisor import Supervisor

QUEUES = "import,render,send,housekeeping"
SETTINGS = "tests.campaigns.broken_settings"
SERVERS = (
    "DATABASE_URL", "OWNER_DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "ROOT_KEY", "ROOT_KEY_OLD",
)  # fmt: skip


class Stage:
    """Everything below one folder; `data` is what an installation keeps, `tmp` is everybody's TMPDIR."""

    def __init__(self, work: Path) -> None:
        self.work, self.data, self.tmp = work, work / "data", work / "tmp"
        self.desk, self.profile = work / "desk", work / "profile"
        for folder in (self.data, self.tmp, self.desk):
            folder.mkdir()
        self.tmp.chmod(0o1777)
        self.ports = {name: _free_port() for name in ("web", "mail")}
        self.said = self.data / "logs" / "commands.log"
        self.supervisor = Supervisor(self.data)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.ports['web']}"

    def set_up(self) -> None:
        """Services and environment; before Django. What the machine's environment says of servers is not for us."""
        for name in SERVERS:
            os.environ.pop(name, None)
        os.environ |= {
            "DATA_DIR": str(self.data), "TMPDIR": str(self.tmp), "BREACH_SETUP": "off", "DEBUG": "0", "DEMO": "0",
            "HTTPS": "0", "DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONPATH": str(CHECKOUT),
            "SMTP_PORT": str(self.ports["mail"]), "MAIL_FROM": "notices@agency.example", "PUBLIC_URL": self.base,
            "SECRET_KEY": secrets.token_urlsafe(48), "ROOT_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # the browser's library keeps an event loop
        }  # fmt: skip
        join_services(self.data, "demo")
        self.said.parent.mkdir(exist_ok=True)

    def start(self) -> None:
        """The processes of an installation, and a mail server that keeps what it gets."""
        self.manage("collectstatic", "--no-input", "-v", "0")
        python = [sys.executable, "-m"]
        self.supervisor.start("mail", [
            *python, "notifications.mailsink", "--maildir", str(self.data / "mail"), "--port", str(self.ports["mail"]),
        ])  # fmt: skip
        self.supervisor.start("web", [
            *python, "gunicorn", "breach.wsgi:application", "--bind", f"127.0.0.1:{self.ports['web']}",
            "--worker-class", "gthread", "--workers", "2", "--threads", "2", "--no-control-socket",
            "--chdir", str(CHECKOUT), "--access-logfile", "-",
        ])  # fmt: skip
        self.supervisor.start("worker", [
            *python, "celery", "-A", "breach.celery", "worker", "--beat", "--concurrency", "1", "--queues", QUEUES,
            "--loglevel", "INFO", "--schedule", str(self.data / "celery-schedule"),
        ])  # fmt: skip
        self.until("the web server answers", lambda: _answers(self.ports["web"]))

    def manage(self, *arguments: str, fails: bool = False) -> None:
        """A command of the program; what it prints is kept with the logs, and swept."""
        command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
        with self.said.open("ab") as log:
            code = subprocess.run(command, stdout=log, stderr=log, env=os.environ).returncode
        if bool(code) is not fails:
            raise RuntimeError(f"manage.py {arguments[0]} ended with {code}; see {self.said}")

    def kill_worker(self) -> None:
        """As a machine that dies; the supervisor starts another one."""
        self.supervisor.children["worker"].process.send_signal(signal.SIGKILL)

    def until(self, what: str, happened: Callable[[], bool], seconds: float = 90) -> bool:
        """Wait for others, restarting who has died; says so and goes on when it does not happen."""
        limit = time.monotonic() + seconds
        while not happened():
            self.supervisor.poll()
            if time.monotonic() > limit:
                print(f"canary: waited {seconds:.0f} s in vain until {what}", flush=True)
                return False
            time.sleep(0.3)
        return True

    def as_superuser(self, *statements: str, database: str = "breach") -> None:
        """SQL as the owner of the cluster, outside of anybody's transaction."""
        postgres = embedded_postgres(self.data)
        environment = {**os.environ, "PGPASSWORD": postgres.secret("owner-password")}
        command = [
            str(self.binary("psql")),
            "-qX",
            "-h",
            self.sockets,
            "-U",
            "postgres",
            "-d",
            database,
        ]
        script = "\n".join(statements)
        with (self.data / "logs" / "psql.out").open("ab") as out:
            subprocess.run(
                command,
                input=script.encode(),
                env=environment,
                stdout=out,
                stderr=subprocess.DEVNULL,
            )

    def dump(self) -> bytes:
        """Everything in the database as text, as a backup would have it."""
        environment = {
            **os.environ,
            "PGPASSWORD": embedded_postgres(self.data).secret("owner-password"),
        }
        command = [str(self.binary("pg_dump")), "-h", self.sockets, "-U", "postgres", "breach"]
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    def binary(self, name: str) -> Path:
        """A program of the server's own version."""
        return find_binaries(None) / name

    @property
    def sockets(self) -> str:
        return (self.data / "postgres" / "socket").read_text()

    @property
    def cluster(self) -> Path:
        """Where the data of PostgreSQL really are."""
        return Path((self.data / "postgres" / "place").read_text()) / "data"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
