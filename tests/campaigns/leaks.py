"""Twenty leaks as they happen in real projects, each planted on purpose: a sweep that misses one is worth nothing."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from importlib import import_module
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from breach.celery import app
from breach.core.normalize import name_key
from breach.models import AuditEvent
from breach.services.users import system_user
from tests.campaigns import needles
from tests.campaigns.browsing import browser
from tests.campaigns.stage import Stage

Leak = Callable[[Stage, str], None]
# One for each leak, so that no leak is taken for another.
NAMES = (
    "Øxwallendrük", "Zâmbelquistør", "شهرزادخانیانفر", "Хвощеградскийм", "Hexgruvendolm",
    "جهانگیرپورفرد", "Marquibstanex", "Щукаревозовцев", "Torvellichunk", "Ğörnhalvarsky",
    "کوهستانیزادگان", "Wŷntervexelås", "Жмеринолюбовец", "Yandquistrelm", "司馬曦淼焱鑫",
    "Pñombrastiqüe", "فرخندهنژادیان", "Dwimbleforthz", "諸葛麒麟霖晟", "Дзюбаковчикий",
)  # fmt: skip


def _log_line(stage: Stage, file: str, text: str, error: Exception | None = None) -> None:
    """By a plain handler, as a library or a developer adds one."""
    handler = logging.FileHandler(stage.data / "logs" / file)
    log = logging.Logger("careless")
    log.addHandler(handler)
    log.error(text, exc_info=error)
    handler.close()


def name_in_a_log_line(stage: Stage, name: str) -> None:
    _log_line(stage, "web.log", f"no address for {name}")


def name_in_an_address(stage: Stage, name: str) -> None:
    _log_line(stage, "web.log", f'"GET /people/?name={quote(name)} HTTP/1.1" 200')


def name_in_an_exceptions_message(stage: Stage, name: str) -> None:
    try:
        raise KeyError(name)
    except KeyError as error:
        _log_line(stage, "worker.log", "the task failed", error)


def name_in_the_servers_log(stage: Stage, name: str) -> None:
    stage.as_superuser("SET log_statement = 'all';", f"SELECT 1 /* search for {name} */;")


def name_in_a_column(stage: Stage, name: str) -> None:
    _sql("UPDATE breach_incident SET title = %s", f"List with {name}")


def name_in_a_brokers_message(stage: Stage, name: str) -> None:
    _broker(stage).rpush("outbox", json.dumps({"to": name}))


def person_in_a_tasks_arguments(stage: Stage, name: str) -> None:
    app.send_task("careless.letter", kwargs={"name": name}, queue="nobody-listens")


def name_in_a_cache_key(stage: Stage, name: str) -> None:
    _broker(stage).set(f"search:{name_key(name)}", 1)


def rows_in_a_temporary_file(stage: Stage, name: str) -> None:
    (stage.tmp / "tmpq8x2.csv").write_text(f"7,{name}\n", "utf-8")


def name_in_a_files_name(stage: Stage, name: str) -> None:
    (stage.data / "spool" / f"letter-{name}.pdf").write_bytes(b"%PDF-1.7")


def name_in_a_mails_subject(stage: Stage, name: str) -> None:
    _mail(stage, Subject=f"Notice for {name}")


def name_in_a_mails_header(stage: Stage, name: str) -> None:
    _mail(stage, **{"Subject": "A document is waiting for you", "X-Client": name})


def name_in_the_browsers_storage(stage: Stage, name: str) -> None:
    with browser(stage.profile) as context:
        page = context.new_page()
        page.goto(stage.base + "/sign-in/")
        page.evaluate("name => localStorage.setItem('last', name)", name)
        page.wait_for_timeout(1500)


def a_dump_that_is_packed(stage: Stage, name: str) -> None:
    dump = f"COPY person (name) FROM stdin;\n{name}\n\\.\n".encode()
    (stage.data / "backup.sql.gz").write_bytes(gzip.compress(dump))


def base64_in_a_jobs_column(stage: Stage, name: str) -> None:
    coded = base64.b64encode(json.dumps({"n": 7, "name": name}, ensure_ascii=False).encode())
    _sql("UPDATE breach_roster SET source = %s", f"job:{coded.decode()}")


def a_log_in_utf_16(stage: Stage, name: str) -> None:
    text = f"Druckauftrag: {name}\r\n"
    (stage.data / "logs" / "printer.log").write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))


def hex_in_the_history(stage: Stage, name: str) -> None:
    actor = system_user()
    AuditEvent.objects.create(
        stream="system", actor_id=actor.pk, actor_label=actor.label, actor_role=actor.role,
        action="something.happened", subject_type="thing", subject_id="7", changes={"key": name.encode().hex()},
    )  # fmt: skip


def name_in_a_search_index(stage: Stage, name: str) -> None:
    stage.as_superuser(
        "ALTER TABLE breach_affectedperson ADD COLUMN found_by tsvector;",
        f"UPDATE breach_affectedperson SET found_by = to_tsvector('simple', '{name}');",
    )


def search_in_a_session(stage: Stage, name: str) -> None:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["searches"] = [name] * 9  # long enough to be packed
    session.save()


def a_row_that_only_the_wal_remembers(stage: Stage, name: str) -> None:
    stage.as_superuser("CREATE TABLE careless (name text);")
    stage.as_superuser(f"INSERT INTO careless VALUES ('{name}');")
    stage.as_superuser("DROP TABLE careless;", "CHECKPOINT;")


# Each with the beginning of the place where it must be found.
LEAKS: dict[Leak, str] = {
    name_in_a_log_line: "data/logs/web.log",
    name_in_an_address: "data/logs/web.log",
    name_in_an_exceptions_message: "data/logs/worker.log",
    name_in_the_servers_log: "data/postgres/server.log",
    name_in_a_column: "pg_dump",
    name_in_a_brokers_message: "data/valkey/",
    person_in_a_tasks_arguments: "data/valkey/",
    name_in_a_cache_key: "data/valkey/",
    rows_in_a_temporary_file: "temporary/tmpq8x2.csv",
    name_in_a_files_name: "names of all files",
    name_in_a_mails_subject: "data/mail/",
    name_in_a_mails_header: "data/mail/",
    name_in_the_browsers_storage: "browser/",
    a_dump_that_is_packed: "data/backup.sql.gz",
    base64_in_a_jobs_column: "pg_dump",
    a_log_in_utf_16: "data/logs/printer.log",
    hex_in_the_history: "pg_dump",
    name_in_a_search_index: "pg_dump",
    search_in_a_session: "pg_dump",
    a_row_that_only_the_wal_remembers: "postgres/pg_wal/",
}


def values() -> dict[str, set[str]]:
    """What to look for, by leak."""
    return {leak.__name__: needles.spellings(name) for leak, name in zip(LEAKS, NAMES, strict=True)}


def plant(stage: Stage) -> None:
    """All twenty."""
    (stage.data / "spool").mkdir(exist_ok=True)
    for leak, name in zip(LEAKS, NAMES, strict=True):
        leak(stage, name)


def _sql(statement: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])


def _broker(stage: Stage) -> Any:
    return app.connection().channel().client


def _mail(stage: Stage, **headers: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "notices@agency.example", "vera@counsel.example"
    for name, value in headers.items():
        message[name] = value
    message.set_content("A document is waiting for you in a secure place.")
    with smtplib.SMTP("127.0.0.1", stage.ports["mail"]) as server:
        server.send_message(message)
