"""`manage.py retention [SLUG]`: whose identity is kept until when; with two names, destroys the keys that are due."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.errors import Refused
from breach.core.roles import NotAllowed
from breach.management.finding import incident_of, user_of
from breach.services import clock
from notifications.services import retention


class Command(BaseCommand):
    help = (
        "List people whose retention has ended, and what prevents it. With --as, --second and --reason their"
        " data keys are destroyed, for good; --dry-run only counts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", default="", help="only people of this incident")
        parser.add_argument("--as", dest="first", metavar="USERNAME", help="who asks")
        parser.add_argument("--second", metavar="USERNAME", help="who approves; both may sign off")
        parser.add_argument("--reason", default="", help="kept in the history; no personal data")
        parser.add_argument("--dry-run", action="store_true", help="destroy nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        slug, today = options["slug"], clock.today()
        if slug:
            incident_of(slug)
        keepings = retention.plan(slug=slug)
        over = [one for one in keepings if one.is_over(today)]
        stopped = [one for one in keepings if one.blockers and one.until and one.until < today]
        figures: dict[str, Any] = {
            "people": len(keepings),
            "over": len(over),
            "stopped": len(stopped),
            "reasons": dict(Counter(reason for one in stopped for reason in one.blockers)),
            "destroyed": 0,
        }
        if over and not options["dry_run"] and (options["first"] or options["second"]):
            figures["destroyed"] = self._end(over, options)
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for one in over:
            self.stdout.write(f"{one.reference}: over since {one.until}")
        for one in stopped:
            words = "; ".join(str(retention.IN_THE_WAY[reason]) for reason in one.blockers)
            self.stdout.write(f"{one.reference}: over since {one.until}, but: {words}")
        self.stdout.write(
            f"{len(keepings)} people, {len(over)} over, {len(stopped)} stopped, {figures['destroyed']} destroyed."
        )

    def _end(self, over: list[retention.Keeping], options: dict[str, Any]) -> int:
        if not (options["first"] and options["second"]):
            raise CommandError("Two people end it together: name both with --as and --second.")
        try:
            report = retention.end(
                actor=user_of(options["first"]), second=user_of(options["second"]), keepings=over,
                reason=options["reason"],
            )  # fmt: skip
        except (Refused, NotAllowed) as refusal:
            raise CommandError(str(refusal)) from None
        return report.destroyed
