"""Planted people walked through every feature with everything going wrong; then nobody's data may lie about anywhere.

Run: make canary. Real services and processes in a folder that is gone afterwards (`--keep` leaves it). First a sweep of
all they left behind must find nothing; then twenty leaks are planted on purpose, and a sweep must find them all. The
last line is JSON; the exit code is 1 for any hit, any missed leak, and any page that was not walked.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from breach.boot.assets import install_assets
from breach.boot.messages import compile_messages
from breach.boot.service import CHECKOUT
from tests.campaigns.stage import Stage

STARTED = time.monotonic()


def say(sentence: str) -> None:
    print(f"canary: {time.monotonic() - STARTED:4.0f} s  {sentence}", flush=True)


def perform(stage: Stage) -> set[str]:
    """The whole story with all its trouble; gives the names of pages that nobody could reach."""
    # What needs Django to be set up.
    from breach.core.roles import Role
    from tests.campaigns import planted, trouble
    from tests.campaigns.browsing import Browsing, browser
    from tests.campaigns.story import SLUG, Story
    from tests.campaigns.walking import Walk, staff

    story = Story(stage)
    walk = Walk(stage.base, staff(story.users))
    supervisor, mail_room = walk.by_role(Role.SUPERVISOR), walk.by_role(Role.MAIL_ROOM)
    say("people are taken in, and files are refused")
    story.take_in(supervisor)
    walk.upload(f"/incidents/{SLUG}/rosters/upload/", supervisor, planted.broken_files())
    story.put_on_file()
    say("people are told, while a worker is killed and tasks fail")
    story.tell(supervisor)
    story.program_the_interface(walk)
    story.leave_waiting(supervisor)
    say("every page, every desk")
    walk.everywhere()
    say("the same in a browser")
    with browser(stage.profile) as context:
        browsing = Browsing(context, walk, stage.base)
        browsing.every_page()
        browsing.sign_out()
    say("receipts come in; every form is sent, right and wrong")
    story.hear(mail_room)
    walk.send_forms()
    walk.everywhere()
    say("people lose their way; the database is in trouble")
    walk.lose_the_way()
    trouble.statements_that_fail()
    trouble.time_out(stage, walk.by_role(Role.CASE_WORKER))
    story.commands_that_fail()
    stage.as_superuser("CHECKPOINT;")
    return walk.unreached()


def campaign(stage: Stage) -> int:
    """The exit code."""
    from tests.campaigns import leaks, places, planted
    from tests.campaigns.needles import needles
    from tests.campaigns.sweeping import Sweep

    unreached = perform(stage)
    for name in sorted(unreached):
        say(f"NOT WALKED: {name}")
    say("sweeping")
    sweep = Sweep(needles(planted.values()), stage.work / "sweep")
    swept = places.fill(sweep, stage)
    hits = sweep.hits()
    for hit in hits:
        say(f"HIT: {hit.what} in {hit.place}")
    say(f"{swept} places swept, {len(hits)} hits; planting leaks")
    leaks.plant(stage)
    second = Sweep(needles(leaks.values()), stage.work / "sweep-2")
    places.fill(second, stage)
    found = {
        leak.__name__
        for hit in second.hits()
        for leak, place in leaks.LEAKS.items()
        if hit.place.startswith(place) and hit.what.startswith(leak.__name__ + ",")
    }
    for leak in leaks.LEAKS:
        say(f"{'found ' if leak.__name__ in found else 'MISSED'} {leak.__name__.replace('_', ' ')}")
    figures = {
        "planted": len(planted.values()), "places_swept": swept, "hits": len(hits),
        "leaks_planted": len(leaks.LEAKS), "leaks_found": len(found),
    }  # fmt: skip
    print(json.dumps(figures))
    return 0 if not hits and not unreached and len(found) == len(leaks.LEAKS) == 20 else 1


def inside(work: Path) -> int:
    """In a process of its own: its services end with it."""
    install_assets(CHECKOUT)
    compile_messages(CHECKOUT)
    stage = Stage(work)
    stage.set_up()
    import django

    django.setup()
    sys.excepthook = sys.__excepthook__  # of the campaign itself, whose people are invented
    with stage.supervisor:
        stage.start()
        return campaign(stage)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options.inside)
    work = Path(tempfile.mkdtemp(prefix="breach-canary-"))
    work.chmod(0o711)  # the database's account has to pass
    try:
        command = [sys.executable, "-m", "tests.campaigns.canary", "--inside", str(work)]
        return subprocess.run(command, cwd=CHECKOUT).returncode
    finally:
        place = work / "data" / "postgres" / "place"
        cluster = place.read_text() if place.exists() else ""
        if options.keep:
            say(f"everything is left in {work} {cluster}")
        else:
            shutil.rmtree(work, ignore_errors=True)
            shutil.rmtree(cluster or work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
