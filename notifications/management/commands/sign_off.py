"""`manage.py sign_off SLUG --as USERNAME`: one person's signature under the incident's letter; it takes two."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from breach.core.errors import Refused
from breach.core.roles import NotAllowed
from breach.management.finding import incident_of, user_of
from breach.services.users import system_user
from notifications.models import LetterVersion, VersionStatus
from notifications.services import letters


class Command(BaseCommand):
    help = "Review the letter's translations and sign it. Run once for each of two people; the second makes it count."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--as", dest="username", required=True, help="who signs")

    def handle(self, *args: Any, **options: Any) -> None:
        incident, user = incident_of(options["slug"]), user_of(options["username"])
        try:
            version = _version(incident) or letters.adopt_standard_wording(
                actor=system_user(), incident=incident
            )
            for translation in version.translations.filter(reviewed_at=None):
                letters.review_translation(actor=user, translation=translation)
            letters.sign(actor=user, version=version)
        except (Refused, NotAllowed) as refusal:
            raise CommandError(str(refusal)) from None
        version.refresh_from_db()
        done = version.status == VersionStatus.APPROVED
        self.stdout.write(
            f"Version {version.number}, content {version.content_sha256[:16]}: "
            + (
                "signed by two people, it may go out."
                if done
                else "signed once, a second person must sign."
            )
        )


def _version(incident: Any) -> LetterVersion | None:
    """The version that waits for signatures, if what it says is still what was submitted."""
    waiting = LetterVersion.objects.filter(
        letter__incident=incident, status=VersionStatus.SUBMITTED
    ).order_by("-number")
    version = waiting.select_related("letter__incident").first()
    return (
        version if version and letters.content_sha256(version) == version.content_sha256 else None
    )
