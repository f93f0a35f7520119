"""Release an incident's notices: leave a row for everybody, and let the tick do the rest."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, require
from breach.models import Incident, User
from breach.services import audit
from notifications.models import Progress
from notifications.queries import unprepared


class NobodyToTell(Refused):
    """The incident has no people yet."""


@transaction.atomic
def release(*, actor: User, incident: Incident) -> int:
    """Put everybody who is not there yet into the funnel, to be routed and told. Returns how many that were.

    A place that was never routed is what the tick looks for; telling itself happens there. Raises NobodyToTell.
    """
    require(actor, Capability.NOTIFY)
    if not incident.exposures.exists():
        raise NobodyToTell(_("There is nobody to tell yet: upload and commit the roster first."))
    waiting = list(unprepared(incident).values_list("pk", flat=True))
    Progress.objects.bulk_create(
        [Progress(exposure_id=pk, incident=incident) for pk in waiting],
        ignore_conflicts=True,
        batch_size=1000,
    )
    audit.record(
        actor=actor,
        action="notices.released",
        subject=incident,
        incident=incident,
        people=len(waiting),
    )
    return len(waiting)
