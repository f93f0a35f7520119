"""The filters above the case file's lists. Nothing a filter puts into the URL is about one person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from breach.access import active_representations
from breach.core import codes
from breach.core.agency import agency_midnight
from breach.core.roles import Capability, Role, can
from breach.models import (
    AuditEvent,
    Exposure,
    Facility,
    Incident,
    PersonLanguage,
    Placement,
    RiskTier,
    RosterRow,
    User,
)
from breach.models.rosters import RowOutcome
from breach.web.widgets import DayInput

UNKNOWN, NOWHERE = "unknown", "nowhere"


def with_facts(
    exposures: QuerySet[Exposure], incident: Incident, today: date
) -> QuerySet[Exposure]:
    """What the list shows and filters by: where held, best language, represented today."""
    of_person = OuterRef("person")
    stay = Placement.objects.filter(person=of_person, period__contains=today)
    counsel = active_representations(today).filter(
        Q(person=of_person) | Q(person__merged_into=of_person), forum=incident.forum, is_lead=True
    )
    language = PersonLanguage.objects.filter(person=of_person).order_by("rank")
    return exposures.annotate(
        facility_id=Subquery(stay.values("facility")[:1]),
        language=Subquery(language.values("tag")[:1]),
        represented=Exists(counsel),
    )


class ExposureFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """The people of one incident by the facts of their case."""

    facility = django_filters.ChoiceFilter(
        label=_("Facility"), empty_label=_("All"), method="at_facility"
    )
    represented = django_filters.ChoiceFilter(
        label=_("Attorney"), empty_label=_("All"), method="by_counsel",
        choices=[("yes", _("Represented")), ("no", _("Nobody speaks for them"))],
    )  # fmt: skip
    language = django_filters.ChoiceFilter(
        label=_("Language"), empty_label=_("All"), method="by_language"
    )
    risk = django_filters.ChoiceFilter(
        field_name="risk_tier", label=_("Risk"), empty_label=_("All"), choices=RiskTier.choices
    )
    assigned = django_filters.ChoiceFilter(
        label=_("Assigned to"), empty_label=_("All"), method="by_worker",
        choices=[("me", _("Me")), ("nobody", _("Nobody")), ("somebody", _("Somebody"))],
    )  # fmt: skip

    class Meta:
        model = Exposure
        fields: list[str] = []

    def __init__(
        self, *args: Any, incident: Incident, user: User, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        of_incident = Exposure.objects.filter(incident=incident).values("person")
        # Only who supervises lists people by facility: for anybody else that would tell where each is.
        if can(user, Capability.SUPERVISE):
            held = Placement.objects.filter(person__in=of_incident, period__contains=today)
            facilities = Facility.objects.filter(pk__in=held.values("facility")).order_by("name")
            self.filters["facility"].extra["choices"] = [
                (NOWHERE, _("Not in custody or not known")),
                *((str(pk), name) for pk, name in facilities.values_list("pk", "name")),
            ]
        else:
            del self.filters["facility"]
        tags = PersonLanguage.objects.filter(person__in=of_incident, rank=1)
        self.filters["language"].extra["choices"] = [
            (UNKNOWN, _("Not known")),
            *sorted(
                (
                    (tag, language_name(tag))
                    for tag in tags.order_by("tag").values_list("tag", flat=True).distinct()
                ),
                key=lambda choice: choice[1],
            ),
        ]

    def at_facility(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(facility_id=None if value == NOWHERE else value)

    def by_language(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(language=None if value == UNKNOWN else value)

    def by_counsel(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(represented=value == "yes")

    def by_worker(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        if value == "me":
            return rows.filter(caseworker=self.user)
        return rows.filter(caseworker__isnull=value == "nobody")


class RosterRowFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Rows of a roster by outcome."""

    outcome = django_filters.ChoiceFilter(
        label=_("Outcome"), empty_label=_("All with a problem"), choices=RowOutcome.choices
    )

    class Meta:
        model = RosterRow
        fields = ["outcome"]


class SinceFilter(django_filters.DateFilter):  # type: ignore[misc]  # the library's base is untyped
    """From the first moment of a day, as the agency counts days: a bound that an index on the moment serves."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("From"), widget=DayInput, **kwargs)

    def filter(self, rows: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        return rows.filter(**{f"{self.field_name}__gte": agency_midnight(value)}) if value else rows


class UntilFilter(django_filters.DateFilter):  # type: ignore[misc]  # the library's base is untyped
    """To the last moment of a day, likewise."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("To"), widget=DayInput, **kwargs)

    def filter(self, rows: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        if value is None or value == date.max:  # there is no day after the last one
            return rows
        return rows.filter(**{f"{self.field_name}__lt": agency_midnight(value + timedelta(days=1))})


class AuditFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """History by desk, kind of thing, and day."""

    actor_role = django_filters.ChoiceFilter(
        label=_("Desk"), empty_label=_("All"), choices=Role.choices
    )
    action = django_filters.ChoiceFilter(label=_("What happened"), empty_label=_("All"))
    since = SinceFilter(field_name="at")
    until = UntilFilter(field_name="at")

    class Meta:
        model = AuditEvent
        fields: list[str] = []

    def __init__(self, *args: Any, actions: Mapping[str, object], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["action"].extra["choices"] = sorted(
            ((code, str(words)) for code, words in actions.items()), key=lambda choice: choice[1]
        )


class AccountFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Accounts by desk."""

    role = django_filters.ChoiceFilter(label=_("Desk"), empty_label=_("All"), choices=Role.choices)
    is_active = django_filters.ChoiceFilter(
        label=_("State"),
        empty_label=_("All"),
        choices=[("True", _("Open")), ("False", _("Closed"))],
    )

    class Meta:
        model = User
        fields: list[str] = []


def language_name(tag: str) -> str:
    """The language of a tag in the reader's language."""
    return codes.language_name(tag, get_language() or "en") if tag else ""
