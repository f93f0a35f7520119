"""Nothing personal in addresses, file names, cookies, sessions and forms that browsers remember."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any

import django_filters
import pytest
from django import forms
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string

from breach.core.roles import Role
from breach.models import Exposure, Roster
from breach.web import fields, files
from breach.web.forms.casework import ContactForm
from breach.web.forms.people import ContactPointForm, GuardianForm, ReleasedForm
from breach.web.people import SearchForm
from tests import factories
from tests.addresses import patterns
from tests.architecture.source import modules

CANARY = "Quetzalcoatl Zapata"
# Converters that a name does not fit into, and words of the program itself.
OPAQUE = {"uuid", "int", "slug"}
# A language tag; a file of a batch by its own name; what opens an invitation.
WORDS_OF_OURS = {("language", "str"), ("name", "str"), ("token", "str")}
FILTERS = sorted(
    module.path.removesuffix(".py").replace("/", ".")
    for module in modules()
    if "FilterSet)" in module.text
)
CLOSED = (
    django_filters.ChoiceFilter, django_filters.MultipleChoiceFilter, django_filters.UUIDFilter,
    django_filters.BooleanFilter, django_filters.DateFilter, django_filters.DateTimeFilter,
    django_filters.ModelChoiceFilter, django_filters.NumberFilter, django_filters.OrderingFilter,
)  # fmt: skip


def test_addresses_have_room_for_references_and_ids_only() -> None:
    parts = {
        (name, kind or "str")
        for route, _pattern in patterns()
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", route)
    }
    loose = {part for part in parts if part[1] not in OPAQUE} - WORDS_OF_OURS
    assert not loose, f"a name would fit into {loose}"


def filter_sets() -> list[type[Any]]:
    return [
        thing
        for module in map(import_module, FILTERS)
        for _name, thing in inspect.getmembers(module, inspect.isclass)
        if issubclass(thing, django_filters.FilterSet) and thing.__module__ == module.__name__
    ]


def test_the_modules_with_filters_are_found() -> None:
    assert {"breach.web.filters", "notifications.web.filters"} < set(FILTERS)


@pytest.mark.parametrize("filters", filter_sets(), ids=lambda one: one.__name__)
def test_filters_are_lists_to_choose_from_never_text(filters: type[Any]) -> None:
    """They stand in addresses, and so in histories and logs."""
    found = {**filters.base_filters, **filters.declared_filters}
    open_ones = {name for name, one in found.items() if not isinstance(one, CLOSED)}
    assert open_ones <= {"channel", "language"}, (
        "these two hold words of ours, compared as they are"
    )


@pytest.mark.django_db
def test_what_is_typed_into_a_search_is_in_no_address_cookie_or_session(sign_in: Any) -> None:
    exposure = factories.exposure(of=factories.person(family_name="Zapata"))
    client = sign_in(factories.user(Role.SUPERVISOR))
    answer = client.post(
        reverse("people-search", args=[exposure.incident.slug]), {"text": "Zapata"}
    )
    assert answer.status_code == 302
    assert "Zapata" not in answer.headers["Location"]
    assert "Zapata" not in str(client.cookies)
    assert all("Zapata" not in str(row.get_decoded()) for row in Session.objects.all())


def test_messages_between_pages_are_not_kept_in_cookies() -> None:
    storage = import_string(settings.MESSAGE_STORAGE)
    assert storage.__module__ == "django.contrib.messages.storage.session"
    assert "signed_cookies" not in settings.SESSION_ENGINE


def test_the_name_of_an_uploaded_file_is_dropped(sign_in: Any, db: None) -> None:
    incident = factories.incident()
    client = sign_in(factories.user(Role.SUPERVISOR))
    content = b"Name,Birthdate,Nationality,Detention Location\nX,1990-01-01,Haiti,\n"
    path = reverse("roster-upload", args=[incident.slug])
    answer = client.post(path, {"file": SimpleUploadedFile(f"{CANARY}.csv", content)}, follow=True)
    assert CANARY not in answer.content.decode()
    assert all(CANARY not in str(row) for row in Roster.objects.values())


def test_uploads_stay_in_memory() -> None:
    assert settings.FILE_UPLOAD_HANDLERS == [
        "django.core.files.uploadhandler.MemoryFileUploadHandler"
    ]


def test_a_download_is_named_by_its_caller_and_never_kept() -> None:
    for answer in (files.download(b"x", "export-7.csv"), files.pdf_answer(b"x", "letter-7.pdf")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert re.search(r'filename="[a-z0-9.-]+"', answer.headers["Content-Disposition"])


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (SearchForm(), "text"), (ContactForm(), "note"), (ContactPointForm(), "value"), (GuardianForm(), "name"),
        (GuardianForm(), "address"), (ReleasedForm(), "address_lines"), (ReleasedForm(), "phone"),
    ],
    ids=lambda it: it if isinstance(it, str) else type(it).__name__,
)  # fmt: skip
def test_browsers_are_told_to_forget_what_is_typed(form: forms.Form, name: str, db: None) -> None:
    shown = fields.control(form[name])
    assert 'autocomplete="off"' in shown
    assert 'spellcheck="false"' in shown, "some browsers send text away to check it"


def test_a_password_field_keeps_what_password_managers_need(db: None) -> None:
    page = Client().get(reverse("sign-in")).content.decode()
    assert 'autocomplete="current-password"' in page


def test_a_page_of_somebody_has_no_name_in_its_title(sign_in: Any, db: None) -> None:
    """Titles go into the browser's history, and its list of windows."""
    exposure: Exposure = factories.exposure(of=factories.person(family_name="Zapata"))
    client = sign_in(factories.user(Role.SUPERVISOR))
    path = reverse("person-detail-reveal", args=[exposure.incident.slug, exposure.person.reference])
    page = client.post(path, {"parts": "identity", "why": "check"}).content.decode()
    assert "Zapata" in page, "the identity was opened"
    title = re.search("<title>(.*?)</title>", page, re.DOTALL)
    assert title
    assert "Zapata" not in title[1]
