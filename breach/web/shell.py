"""The frame around every page: who is signed in, which incident, and where this role may go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from breach.access import incidents_visible_to
from breach.core.roles import Capability, Role, can
from breach.models import Incident, User
from breach.services.approval_kinds import waiting_for

from . import signed_in

PRODUCT_NAME = "Breach Notice"


@dataclass(frozen=True)
class Item:
    """One line of the navigation; shown to users with the capability, once its page exists.

    `in_incident` items belong to one incident: their URL takes its slug. `demo_only` ones are there only where
    nobody is real.
    """

    label: str | Promise
    url_name: str
    capability: Capability
    in_incident: bool = False
    demo_only: bool = False
    count: Callable[[User], int] | None = None  # how much waits behind it


@dataclass(frozen=True)
class Group:
    """A heading and its items; items without a heading come first."""

    heading: str | Promise
    items: tuple[Item, ...]


C = Capability
NAVIGATION: tuple[Group, ...] = (
    Group(
        "",
        (
            Item(_("Home"), "home", C.SIGNED_IN),
            Item(_("My clients"), "portal-home", C.USE_PORTAL),
            Item(_("Worklist"), "worklist", C.VIEW_INCIDENT),
            Item(_("Approvals"), "approval-list", C.APPROVALS, count=waiting_for),
        ),
    ),
    Group(
        _("This incident"),
        (
            Item(_("Overview"), "incident-detail", C.VIEW_INCIDENT, in_incident=True),
            Item(_("Rosters"), "roster-list", C.IMPORT_ROSTER, in_incident=True),
            Item(_("People"), "people-list", C.VIEW_PEOPLE, in_incident=True),
            Item(_("Duplicates"), "duplicates-list", C.REVIEW_DUPLICATES, in_incident=True),
            Item(_("Letters"), "letters", C.VIEW_INCIDENT, in_incident=True),
            Item(_("Sending"), "notify", C.NOTIFY, in_incident=True),
            Item(_("Notices"), "notifications-list", C.VIEW_PEOPLE, in_incident=True),
            Item(_("Deliveries"), "deliveries-list", C.VIEW_INCIDENT, in_incident=True),
            Item(_("Batches"), "batches-list", C.HANDLE_MAIL, in_incident=True),
            Item(_("Supervision"), "supervision", C.SUPERVISE, in_incident=True),
            Item(_("Retention"), "retention-list", C.CHANGE_POLICY, in_incident=True),
            Item(_("Exports"), "export-list", C.EXPORT, in_incident=True),
            Item(_("Disclosures"), "disclosure-list", C.VIEW_DISCLOSURES, in_incident=True),
            Item(_("History"), "incident-history", C.VIEW_AUDIT, in_incident=True),
        ),
    ),
    Group(
        _("Office"),
        (
            Item(_("Incidents"), "incident-list", C.VIEW_INCIDENT),
            Item(_("Facilities"), "facility-list", C.IMPORT_ROSTER),
            Item(_("Receipts"), "receipts", C.IMPORT_RECEIPTS),
            Item(_("Mail sink"), "mail-sink", C.HANDLE_MAIL, demo_only=True),
            Item(_("Who looked"), "looks", C.GRANT_LOOKS),
            Item(_("All history"), "audit-list", C.VIEW_AUDIT),
            Item(_("Accounts"), "account-list", C.MANAGE_ACCOUNTS),
            Item(_("Teams"), "team-list", C.MANAGE_ACCOUNTS),
        ),
    ),
)
# Under the user's own name, in the header.
ACCOUNT_ITEMS: tuple[Item, ...] = (
    Item(_("Security of your account"), "security", C.SIGNED_IN),
    Item(_("Change password"), "password-change", C.SIGNED_IN),
)


@dataclass(frozen=True)
class Link:
    """A navigation item as rendered; `current` is "page" or "true" (a page below it), else empty."""

    label: str | Promise
    url: str
    current: str = ""
    count: int = 0


@dataclass(frozen=True)
class LinkGroup:
    heading: str | Promise
    links: tuple[Link, ...]


class Shell:
    """What the page frame shows; computed only when a template uses it."""

    product = PRODUCT_NAME

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)
        self.is_demo = bool(settings.DEMO)

    @cached_property
    def role(self) -> str:
        """The desk of the signed-in user, in the reader's language; empty for a stranger."""
        role = getattr(self.user, "role", "")
        return str(Role(role).label) if role in Role.values else ""

    @cached_property
    def incident(self) -> Incident | None:
        """The incident of the URL, or the only one there is; None where that leaves a choice."""
        if not isinstance(self.user, User):
            return None
        visible = incidents_visible_to(self.user)
        match = self.request.resolver_match
        if match and "slug" in match.kwargs:
            return visible.filter(slug=match.kwargs["slug"]).first()
        found = list(visible[:2])
        return found[0] if len(found) == 1 else None

    def groups(self, incident: Incident | None) -> list[LinkGroup]:
        """The navigation of this user; groups without a reachable page are left out, all before a second factor."""
        if not (self.request.user.is_authenticated and signed_in.is_full(self.request)):
            return []
        groups = [(group.heading, self.links(group.items, incident)) for group in NAVIGATION]
        here = self._nearest([link.url for _heading, links in groups for link in links])
        return [
            LinkGroup(
                heading,
                tuple(replace(link, current=self._current(link.url, here)) for link in links),
            )
            for heading, links in groups
            if links
        ]

    @cached_property
    def account_links(self) -> tuple[Link, ...]:
        return self.links(ACCOUNT_ITEMS, None)

    def links(self, items: tuple[Item, ...], incident: Incident | None) -> tuple[Link, ...]:
        return tuple(
            Link(item.label, url, count=self._count(item))
            for item in items
            if can(self.user, item.capability)
            and (self.is_demo or not item.demo_only)
            and (url := _url(item, incident))
        )

    def _count(self, item: Item) -> int:
        return item.count(self.user) if item.count and isinstance(self.user, User) else 0

    def _nearest(self, urls: list[str]) -> str:
        """The longest of these under which the page lies; the start page lies above all and never counts."""
        below = [url for url in urls if url != "/" and self.request.path.startswith(url)]
        return max(below, key=len, default="")

    def _current(self, url: str, here: str) -> str:
        """What `aria-current` says of a link: the page itself, or the place it belongs to."""
        if url == self.request.path:
            return "page"
        return "true" if url == here else ""


def shell(request: HttpRequest) -> Mapping[str, Any]:
    """Context processor: `shell` in every template."""
    return {"shell": Shell(request)}


def _url(item: Item, incident: Incident | None) -> str:
    """The item's URL; empty when the page is not there (yet) or the incident is open."""
    if item.in_incident and incident is None:
        return ""
    kwargs = {"slug": incident.slug} if item.in_incident and incident else None
    try:
        return reverse(item.url_name, kwargs=kwargs)
    except NoReverseMatch:
        return ""
