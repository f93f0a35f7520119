"""An export leaves by two people, for one recipient, closed, for hours, counted, and written down."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pikepdf
import pyrage
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from breach.core.roles import NotAllowed, Role
from breach.models import AffectedPerson, Approval, AuditEvent, Disclosure, Export, User
from breach.services import approvals, exporting
from breach.services.approvals import NotAsAsked, OwnRequest
from breach.services.exporting import ExportRefused
from notifications.models import Progress
from tests import factories, second_person
from tests.notifications.factories import send_out
from tests.notifications.outbox_world import World

PHRASE = "seven invented words for one export"


@pytest.fixture
def identity() -> Any:
    """The recipient's key pair; we only ever see its public half."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def to(identity: Any) -> dict[str, Any]:
    return {
        "recipient": "Invented Center", "address": "1 Way, Town", "key": str(identity.to_public()), "hours": 24,
        "format": "csv", "reason": "The facility asked for the list",
    }  # fmt: skip


def ask(world: World, to: dict[str, Any], kind: str = "not_told_names", **more: Any) -> Export:
    return exporting.ask_for_export(
        actor=world.supervisor, incident=world.incident, kind=kind, **(to | more)
    )


def made(world: World, to: dict[str, Any], kind: str = "not_told_names", **more: Any) -> Export:
    export = ask(world, to, kind, **more)
    second_person.approves(world.privacy, export)
    export.refresh_from_db()
    return export


def fetch(world: World, export: Export) -> bytes:
    return exporting.hand_out(actor=world.supervisor, export=export)


def opened(closed: bytes, identity: Any) -> list[list[str]]:
    plain = pyrage.decrypt(closed, [identity]).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(plain, newline="")))


def test_nothing_is_made_before_another_person_approves(world: World, to: dict[str, Any]) -> None:
    world.detained(2)
    export = ask(world, to)
    with pytest.raises(ExportRefused):
        fetch(world, export)
    with pytest.raises(OwnRequest):
        second_person.approves(world.supervisor, export)
    assert Export.objects.get().file is None


def test_only_the_recipient_opens_it_and_finds_the_fewest_columns(
    world: World, to: dict[str, Any], identity: Any
) -> None:
    place = world.facility()
    world.detained(2, place)
    closed = fetch(world, made(world, to))
    assert b"Inventada" not in closed
    table = opened(closed, identity)
    assert table[0] == ["Family name", "Given names", "Facility", "Language"]
    assert table[1:] == [["Inventada", "Ana", place.name, "Spanish"]] * 2
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(closed, [pyrage.x25519.Identity.generate()])


def test_a_passphrase_opens_it_too_and_is_forgotten_when_it_is_made(
    world: World, to: dict[str, Any]
) -> None:
    world.detained(1)
    export = ask(world, to, key="", passphrase=PHRASE)
    assert Export.objects.get().passphrase == PHRASE
    second_person.approves(world.privacy, export)
    assert Export.objects.get().passphrase is None
    assert b"Inventada" in pyrage.passphrase.decrypt(fetch(world, export), PHRASE)


def test_a_refused_request_forgets_the_passphrase(world: World, to: dict[str, Any]) -> None:
    world.detained(1)
    export = ask(world, to, key="", passphrase=PHRASE)
    approval = Approval.objects.get(subject_id=export.pk)
    approvals.refuse(actor=world.privacy, approval=approval, reason="Nobody needs it")
    assert Export.objects.get().passphrase is None


def test_the_ledger_has_a_row_for_everybody_in_it_once_it_is_fetched(
    world: World, to: dict[str, Any]
) -> None:
    world.detained(3)
    export = made(world, to)
    assert not Disclosure.objects.exists()
    fetch(world, export)
    fetch(world, export)
    ledger = Disclosure.objects.all()
    assert {row.person_id for row in ledger} == {person.pk for person in world.people}
    assert {(row.nature, row.purpose, row.recipient["name"]) for row in ledger} == {
        ("export", "follow_up", "Invented Center")
    }
    assert ledger.count() == 3
    assert AuditEvent.objects.filter(action="export.handed_out").count() == 2


def test_it_is_fetched_three_times_at_most(world: World, to: dict[str, Any]) -> None:
    world.detained(1)
    export = made(world, to)
    for _time in range(3):
        fetch(world, export)
    with pytest.raises(ExportRefused, match="not there any more"):
        fetch(world, export)
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.update(downloads=4)
    assert exporting.forget_old(actor=world.system) == 1
    assert Export.objects.get().file is None


def test_file_and_link_die_when_their_hours_are_over(world: World, to: dict[str, Any]) -> None:
    world.detained(1)
    export = made(world, to)
    Export.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(ExportRefused, match="not there any more"):
        fetch(world, export)
    assert exporting.forget_old(actor=world.system) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT file IS NULL, downloads FROM breach_export")
        assert cursor.fetchone() == (True, 0)
    assert not Disclosure.objects.exists()


def test_one_more_person_voids_the_request(world: World, to: dict[str, Any]) -> None:
    world.detained(1)
    export = ask(world, to)
    world.detained(1)
    with pytest.raises(NotAsAsked):
        second_person.approves(world.privacy, export)
    assert Export.objects.get().file is None


def test_another_recipient_or_key_voids_the_request(
    world: World, to: dict[str, Any], identity: Any
) -> None:
    world.detained(1)
    for change in ("recipient", "key"):
        export = ask(world, to)
        if change == "key":
            Export.objects.filter(pk=export.pk).update(
                key=str(pyrage.x25519.Identity.generate().to_public())
            )
        else:
            export.recipient = {"name": "Somebody else", "address": "Elsewhere"}
            export.save(update_fields=["recipient"])
        with pytest.raises(NotAsAsked):
            second_person.approves(world.privacy, export)


def test_the_hash_is_the_same_in_every_readers_language(world: World, to: dict[str, Any]) -> None:
    from django.utils.translation import override

    world.detained(1)
    with override("es"):
        export = ask(world, to, "not_told")
    second_person.approves(world.privacy, export)
    assert Export.objects.get().made_at


def test_who_was_told_is_not_on_the_list(world: World, to: dict[str, Any], identity: Any) -> None:
    world.detained(2)
    told = Progress.objects.order_by("pk")[0]
    Progress.objects.filter(pk=told.pk).update(state="notified")
    table = opened(fetch(world, made(world, to, "not_told")), identity)
    assert table[0] == ["Reference", "Facility", "Language", "State"]
    assert len(table) == 2
    assert table[1][0] != AffectedPerson.objects.get(pk=told.exposure.person_id).reference


def test_the_figures_of_service_name_nobody(
    world: World, to: dict[str, Any], identity: Any
) -> None:
    world.detained(2)
    export = made(world, to, "service_figures")
    figures = dict(opened(fetch(world, export), identity)[1:])
    assert (figures["Listed people"], figures["Ready"], figures["Notified"]) == ("2", "2", "0")
    assert figures["Hash of the letter"] == world.version.content_sha256
    assert not Disclosure.objects.exists()


def test_one_persons_accounting_says_what_the_ledger_says(
    world: World, to: dict[str, Any], identity: Any
) -> None:
    (sent, _other) = send_out(world, world.outside(2))
    exposure = sent.notification.exposure
    export = made(world, to, "accounting", exposure=exposure)
    table = opened(fetch(world, export), identity)
    assert len(table) == 2
    assert table[1][3:5] == ["Mail house", "Contracted mail house"]
    assert set(
        Disclosure.objects.filter(source_type="export").values_list("person", flat=True)
    ) == {exposure.person_id}


def test_on_paper_it_is_a_pdf_with_the_same_words(
    world: World, to: dict[str, Any], identity: Any
) -> None:
    world.detained(1)
    closed = fetch(world, made(world, to, "service_figures", format="pdf"))
    document = pikepdf.open(io.BytesIO(pyrage.decrypt(closed, [identity])))
    assert len(document.pages) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"key": ""}, "one of the two"),
        ({"passphrase": PHRASE}, "one of the two"),
        ({"key": "", "passphrase": "short"}, "too short"),
        ({"key": "ssh-ed25519 nonsense"}, "no public key"),
        ({"key": "AGE-SECRET-KEY-1QQQQ"}, "no public key"),
        ({"recipient": " "}, "name and address"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    world: World, to: dict[str, Any], change: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ExportRefused, match=sentence):
        ask(world, to, **change)
    assert not Export.objects.exists()


@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.MAIL_ROOM, Role.AUDITOR, Role.ATTORNEY])
def test_other_desks_ask_for_nothing_and_fetch_nothing(
    world: World, to: dict[str, Any], role: Role
) -> None:
    world.detained(1)
    export, other = made(world, to), factories.user(role)
    with pytest.raises(NotAllowed):
        exporting.ask_for_export(actor=other, incident=world.incident, kind="not_told", **to)
    with pytest.raises(NotAllowed):
        exporting.hand_out(actor=other, export=export)


def test_who_approved_does_not_fetch(world: World, to: dict[str, Any]) -> None:
    world.detained(1)
    export = made(world, to)
    with pytest.raises(Export.DoesNotExist):
        exporting.hand_out(actor=world.privacy, export=export)
    assert User.objects.count() >= 3


def test_the_file_is_sealed_once_more_where_it_lies(world: World, to: dict[str, Any]) -> None:
    world.detained(1)
    made(world, to)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(file, 'escape'), encode(recipient, 'escape') FROM breach_export"
        )
        file, recipient = cursor.fetchone()
    assert "age-encryption.org" not in file and "Invented" not in recipient
