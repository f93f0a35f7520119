"""How fast the outbox sends: e-mails to a real local server and sealed letters into the spool, by several processes.

    python -m tests.benchmarks.bench_send [--mails 890] [--letters 6252] [--workers 2]

Needs DATABASE_URL; works in a throw-away database beside it. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

import django

PER_FACILITY = 60


def _child(channel: str, smtp_port: int, spool: Path) -> None:
    from django.conf import settings  # after the fork, with the settings of the parent

    from breach.services.users import system_user
    from notifications.services import batching, sending

    settings.SPOOL_DIR, settings.SMTP = spool, {**settings.SMTP, "port": smtp_port}
    actor = system_user()
    if channel in sending.CHANNELS:
        while sending.send_next(actor=actor, channel=channel, limit=20):
            pass
    else:
        while batching.write_batches(actor=actor, channel=channel):
            pass


def _timed(channel: str, workers: int, smtp_port: int, spool: Path) -> float:
    from django.db import connections

    connections.close_all()
    start = time.perf_counter()
    crew = [
        multiprocessing.get_context("fork").Process(target=_child, args=(channel, smtp_port, spool))
        for _ in range(workers)
    ]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.join()
    return time.perf_counter() - start


def run(mails: int, letters: int, workers: int) -> dict[str, float]:
    """Rates per second of both kinds, in the current database."""
    from notifications import mailsink
    from notifications.models import Delivery
    from tests.notifications.outbox_world import make_world

    figures: dict[str, float] = {"mails": mails, "letters": letters, "workers": workers}
    with tempfile.TemporaryDirectory() as folder:
        world = make_world("bench")
        world.represented(mails)
        for start in range(0, letters, PER_FACILITY):
            world.detained(min(PER_FACILITY, letters - start))
        with mailsink.serving(Path(folder) / "mail") as port:
            for channel, count in (("email", mails), ("hand", letters)):
                seconds = _timed(channel, workers, port, Path(folder) / "spool")
                figures[f"{channel}_seconds"] = round(seconds, 1)
                figures[f"{channel}_per_second"] = round(count / seconds, 1)
            figures["at_the_sink"] = mailsink.count(Path(folder) / "mail")
        figures["sent"] = Delivery.objects.filter(state="sent").count()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=890)
    parser.add_argument("--letters", type=int, default=6252)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "breach.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        print(json.dumps(run(options.mails, options.letters, options.workers)))
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
