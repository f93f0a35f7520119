"""The filters above the lists of people, notices, deliveries and follow-ups: what each number links to.

Only supervisors filter people by facility (`by_place`): for anybody else such a list would tell where each person is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from breach.models import Desk, Exposure, FollowUp, FollowUpKind, User
from breach.models.followups import FollowUpState
from breach.services import clock
from notifications.models import Delivery, Notification, Progress, RecipientRole
from notifications.queries import DIMENSIONS
from notifications.states import CHANNELS, DeliveryState, NotificationState

from .words import channel_name, language_label

NONE = "none"
RETURNED = "came_back"
OPEN = "open"
CLOSED_STATES = (
    NotificationState.NOTIFIED,
    NotificationState.UNREACHABLE,
    NotificationState.WITHDRAWN,
)
STATES = [(OPEN, _("Not told yet")), *NotificationState.choices]
WAITING = [
    ("overdue", _("A follow-up is overdue")),
    ("ambiguous", _("Outcome of a send unknown")),
    ("returned", _("Came back or refused")),
    ("nobody", _("Nobody owns the next action")),
]
ALL = _("All")


def late() -> Q:
    """Follow-ups that are past their date, by the database's clock."""
    return Q(due_on__lt=clock.today())


def ownerless() -> Q:
    """Follow-ups without an active owner."""
    return Q(owner=None) | Q(owner__is_active=False)


CAME_BACK = Q(kind__in=[FollowUpKind.RETURNED, FollowUpKind.REFUSED])


def waiting_for(value: str, exposure: str) -> Q:
    """Exposures (named by a path) with a follow-up of one of these kinds."""
    if value == "ambiguous":
        unclear = Delivery.objects.filter(
            notification__exposure=OuterRef(exposure), state=DeliveryState.AMBIGUOUS
        )
        return Q(Exists(unclear))
    which = {"overdue": late, "nobody": ownerless}.get(value, lambda: CAME_BACK)()
    open_now = FollowUp.objects.filter(which, exposure=OuterRef(exposure), state=FollowUpState.OPEN)
    return Q(Exists(open_now))


def in_state(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.exclude(state__in=CLOSED_STATES) if value == OPEN else rows.filter(state=value)


class PeopleFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """The people of an incident by their place in the funnel; one row is one person."""

    state = django_filters.ChoiceFilter(
        label=_("State"), empty_label=ALL, choices=STATES, method="by_state"
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), empty_label=ALL, method="by_dimension"
    )
    language = django_filters.ChoiceFilter(
        label=_("Language"), empty_label=ALL, method="by_dimension"
    )
    facility = django_filters.ChoiceFilter(
        label=_("Facility"), empty_label=ALL, method="by_dimension"
    )
    firm = django_filters.ChoiceFilter(label=_("Law firm"), empty_label=ALL, method="by_dimension")
    waiting = django_filters.ChoiceFilter(
        label=_("Waits because"), empty_label=ALL, choices=WAITING, method="by_waiting"
    )

    class Meta:
        model = Exposure
        fields: list[str] = []

    def __init__(self, *args: Any, by_place: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places_of(self.queryset, "pk")
        for dimension in DIMENSIONS:
            self.filters[dimension].extra["choices"] = dimension_choices(self.places, dimension)
        if not by_place:
            del self.filters["facility"]

    def by_state(self, rows: QuerySet[Exposure], _name: str, value: str) -> QuerySet[Exposure]:
        """People without a place in the funnel yet are pending."""
        placed = Progress.objects.filter(exposure=OuterRef("pk"))
        found = Exists(in_state(placed, value))
        if value in (OPEN, NotificationState.PENDING):
            return rows.filter(found | ~Exists(placed))
        return rows.filter(found)

    def by_dimension(self, rows: QuerySet[Exposure], name: str, value: str) -> QuerySet[Exposure]:
        return rows.filter(
            Exists(at_dimension(Progress.objects.filter(exposure=OuterRef("pk")), name, value))
        )

    def by_waiting(self, rows: QuerySet[Exposure], _name: str, value: str) -> QuerySet[Exposure]:
        return rows.filter(waiting_for(value, "pk"))


class NoticeFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """The duties of an incident; a represented person may have two."""

    state = django_filters.ChoiceFilter(
        label=_("State"), empty_label=ALL, choices=STATES, method="by_state"
    )
    recipient_role = django_filters.ChoiceFilter(
        label=_("Recipient"), empty_label=ALL, choices=RecipientRole.choices
    )
    channel = django_filters.ChoiceFilter(label=_("Channel"), empty_label=ALL, method="by_channel")
    language = django_filters.ChoiceFilter(label=_("Language of the letter"), empty_label=ALL)
    facility = django_filters.ChoiceFilter(
        label=_("Facility"), empty_label=ALL, method="by_facility"
    )
    waiting = django_filters.ChoiceFilter(
        label=_("Waits because"), empty_label=ALL, choices=WAITING, method="by_waiting"
    )

    class Meta:
        model = Notification
        fields = ["recipient_role", "language"]

    def __init__(self, *args: Any, by_place: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["channel"].extra["choices"] = [(NONE, channel_name("")), *CHANNELS.items()]
        self.filters["language"].extra["choices"] = languages_of(self.queryset)
        self.filters["facility"].extra["choices"] = dimension_choices(
            places_of(self.queryset, "exposure"), "facility"
        )
        if not by_place:
            del self.filters["facility"]

    def by_state(
        self, rows: QuerySet[Notification], _name: str, value: str
    ) -> QuerySet[Notification]:
        return in_state(rows, value)

    def by_channel(
        self, rows: QuerySet[Notification], _name: str, value: str
    ) -> QuerySet[Notification]:
        return rows.filter(channel="" if value == NONE else value)

    def by_facility(
        self, rows: QuerySet[Notification], name: str, value: str
    ) -> QuerySet[Notification]:
        places = Progress.objects.filter(exposure=OuterRef("exposure"))
        return rows.filter(Exists(at_dimension(places, name, value)))

    def by_waiting(
        self, rows: QuerySet[Notification], _name: str, value: str
    ) -> QuerySet[Notification]:
        return rows.filter(waiting_for(value, "exposure"))


class DeliveryFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """What goes out, by channel and by what became of it."""

    state = django_filters.ChoiceFilter(
        label=_("State"), empty_label=ALL, choices=DeliveryState.choices
    )
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), empty_label=ALL, choices=list(CHANNELS.items())
    )
    language = django_filters.ChoiceFilter(label=_("Language"), empty_label=ALL)

    class Meta:
        model = Delivery
        fields = ["state", "channel", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["language"].extra["choices"] = languages_of(self.queryset)


class FollowUpFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library's base is untyped
    """Open next actions, for handing them out."""

    kind = django_filters.ChoiceFilter(
        label=_("Why"), empty_label=ALL, method="by_kind",
        choices=[(RETURNED, _("Came back or refused")), *FollowUpKind.choices],
    )  # fmt: skip
    desk = django_filters.ChoiceFilter(label=_("Desk"), empty_label=ALL, choices=Desk.choices)
    owner = django_filters.ChoiceFilter(label=_("Owner"), empty_label=ALL, method="by_owner")
    due = django_filters.ChoiceFilter(
        label=_("Due"), empty_label=ALL, method="by_due",
        choices=[("overdue", _("Overdue")), ("today", _("Today"))],
    )  # fmt: skip

    class Meta:
        model = FollowUp
        fields = ["desk"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["owner"].extra["choices"] = [(NONE, _("Nobody")), *people_at_desks()]

    def by_kind(self, rows: QuerySet[FollowUp], _name: str, value: str) -> QuerySet[FollowUp]:
        return rows.filter(CAME_BACK if value == RETURNED else Q(kind=value))

    def by_owner(self, rows: QuerySet[FollowUp], _name: str, value: str) -> QuerySet[FollowUp]:
        return rows.filter(ownerless() if value == NONE else Q(owner=value))

    def by_due(self, rows: QuerySet[FollowUp], _name: str, value: str) -> QuerySet[FollowUp]:
        return rows.filter(late() if value == "overdue" else Q(due_on=clock.today()))


def people_at_desks() -> list[tuple[str, str]]:
    """Users to whom follow-ups can be assigned."""
    staff = User.objects.filter(is_active=True, role__in=Desk.values).order_by(
        "first_name", "last_name", "username"
    )
    return [(str(user.pk), f"{user.label} ({user.get_role_display()})") for user in staff]


def places_of(rows: QuerySet[Any], exposure: str) -> QuerySet[Progress]:
    """Places in the funnel of the people the list can show: a filter offers nothing about others."""
    return Progress.objects.filter(exposure__in=rows.order_by().values(exposure))


def at_dimension(places: QuerySet[Progress], dimension: str, value: str) -> QuerySet[Progress]:
    """Places in the funnel with this value of the dimension; `none` stands for those without one."""
    column = DIMENSIONS[dimension][0]
    if value != NONE:
        return places.filter(**{column: value})
    return places.filter(**({column: None} if column.endswith("_id") else {column: ""}))


def dimension_choices(places: QuerySet[Progress], dimension: str) -> list[tuple[str, str]]:
    """The values of a dimension that occur, by name; those without one last."""
    column, name = DIMENSIONS[dimension]
    pairs = places.order_by().values_list(column, name).distinct()
    named = [
        (str(key), dimension_label(dimension, str(key), str(label))) for key, label in pairs if key
    ]
    return [*sorted(named, key=lambda pair: pair[1]), (NONE, dimension_label(dimension, "", ""))]


def dimension_label(dimension: str, key: str, name: str) -> str:
    """A value of a dimension in the reader's words."""
    if dimension == "channel":
        return channel_name(key)
    if dimension == "language":
        return language_label(key)
    without = {"facility": _("Not in custody or not known"), "firm": _("No law firm")}
    return name if key else str(without[dimension])


def languages_of(rows: QuerySet[Any]) -> Iterable[tuple[str, str]]:
    tags = rows.exclude(language="").values_list("language", flat=True).order_by().distinct()
    return sorted(((tag, language_label(tag)) for tag in tags), key=lambda pair: pair[1])
