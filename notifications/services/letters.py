"""The words of an incident: adopt the standard wording, review translations, sign off by two people."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from breach.core.errors import Refused
from breach.core.roles import Capability, can, require
from breach.models import Incident, SignOff, User
from breach.models.disclosures import SignOffSubject
from breach.queries import is_approved
from breach.services import audit, signoffs
from breach.services.approval_kinds import Page, WaitingElsewhere
from notifications.models import Letter, LetterVersion, Translation, VersionStatus
from notifications.rendering.wording import Facts, Wording, standard_wording, wording_from_data
from notifications.rendering.wording import content_sha256 as hash_of


class LetterNotReady(Refused):
    """The letter lacks something it needs before anybody can sign it."""


def facts_of(incident: Incident) -> Facts:
    """What every letter of this incident prints about it."""
    return Facts(
        agency_name=incident.agency_name,
        occurred=incident.occurred_on,
        discovered=incident.discovered_on,
        contained=incident.contained_on,
        extract_as_of=incident.extract_as_of,
        hold_days=incident.hold_days,
        contact_phone=incident.contact_phone,
        contact_email=incident.contact_email,
        contact_address=incident.contact_address,
        signatory_name=incident.signatory_name,
        signatory_title=incident.signatory_title,
        copy_to_person=incident.copy_to_person,
    )


def missing_facts(incident: Incident) -> list[str]:
    """What the incident lacks that every letter prints, as its forms call it."""
    named = (Incident._meta.get_field(name) for name in facts_of(incident).missing())
    return [str(getattr(field, "verbose_name", field.name)) for field in named]


def wordings_of(version: LetterVersion) -> dict[str, Wording]:
    """The version's wordings by language."""
    return {t.language: wording_from_data(t.content) for t in version.translations.all()}


def content_sha256(version: LetterVersion) -> str:
    """The hash of what people would read today: the version's translations and the incident's facts as they are."""
    return hash_of(wordings_of(version), facts_of(version.letter.incident))


def approved_version(incident: Incident) -> LetterVersion | None:
    """The version two people have signed, if what it would say today is still exactly what they signed."""
    version = (
        LetterVersion.objects.filter(letter__incident=incident, status=VersionStatus.APPROVED)
        .select_related("letter__incident")
        .prefetch_related("translations")
        .first()
    )
    if version is None or content_sha256(version) != version.content_sha256:
        return None
    subject = SignOffSubject.LETTER_VERSION
    return version if is_approved(incident, subject, version.pk, version.content_sha256) else None


def reviewed_languages(version: LetterVersion | None) -> frozenset[str]:
    """The languages somebody has reviewed; only these ever go out."""
    if version is None:
        return frozenset()
    return frozenset(t.language for t in version.translations.all() if t.reviewed_at)


@transaction.atomic
def adopt_standard_wording(*, actor: User, incident: Incident) -> LetterVersion:
    """Make the standard wording this incident's next letter version, waiting for review and sign-off.

    Raises LetterNotReady naming the facts (signatory, contacts, organisation) the incident still lacks.
    """
    require(actor, Capability.WRITE_LETTERS)
    missing = missing_facts(incident)
    if missing:
        raise LetterNotReady(
            _(
                "The letter needs facts this incident does not have yet: %(names)s. Fill them in under Policy."
            )
            % {"names": ", ".join(missing)}
        )
    letter, _made = Letter.objects.get_or_create(incident=incident)
    letter = Letter.objects.select_for_update().get(pk=letter.pk)
    number = (letter.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    wordings = standard_wording()
    version = LetterVersion.objects.create(
        letter=letter,
        number=number,
        author=actor,
        status=VersionStatus.SUBMITTED,
        content_sha256=hash_of(wordings, facts_of(incident)),
        submitted_at=Now(),
    )
    Translation.objects.bulk_create(
        Translation(version=version, language=tag, content=wording.data, sha256=wording.sha256)
        for tag, wording in sorted(wordings.items())
    )
    audit.record(
        actor=actor, action="letter.submitted", subject=version, incident=incident,
        number=number, content_sha256=version.content_sha256, languages=sorted(wordings),
    )  # fmt: skip
    return version


@transaction.atomic
def review_translation(*, actor: User, translation: Translation) -> None:
    """Somebody who reads the language vouches for the wording."""
    require(actor, Capability.SIGN_OFF)
    changed = Translation.objects.filter(pk=translation.pk, reviewed_at=None).update(
        reviewed_by=actor, reviewed_at=Now()
    )
    if changed:
        audit.record(
            actor=actor, action="translation.reviewed", subject=translation,
            incident=translation.version.letter.incident, language=translation.language, sha256=translation.sha256,
        )  # fmt: skip


@transaction.atomic
def sign(*, actor: User, version: LetterVersion) -> SignOff:
    """Sign exactly this content. The second signature (of another person, not the author) approves it.

    Raises LetterNotReady when the content changed since it was submitted or a translation is not reviewed, and
    what `breach.services.signoffs.sign` raises.
    """
    require(actor, Capability.SIGN_OFF)
    version = (
        LetterVersion.objects.select_for_update()
        .select_related("letter__incident")
        .get(pk=version.pk)
    )
    incident = version.letter.incident
    if version.status not in (VersionStatus.SUBMITTED, VersionStatus.APPROVED):
        raise LetterNotReady(_("This version is not waiting for sign-off."))
    if LetterVersion.objects.filter(letter=version.letter, number__gt=version.number).exists():
        raise LetterNotReady(_("There is a newer version. Read and sign that one."))
    if content_sha256(version) != version.content_sha256:
        raise LetterNotReady(
            _(
                "The incident's facts changed after this version was submitted. Submit a new version and sign that."
            )
        )
    unreviewed = [t.language for t in version.translations.all() if not t.reviewed_at]
    if unreviewed:
        raise LetterNotReady(
            _("Not reviewed yet: %(languages)s. Review each translation first.")
            % {"languages": ", ".join(unreviewed)}
        )
    subject = SignOffSubject.LETTER_VERSION
    signature = signoffs.sign(
        actor=actor, incident=incident, subject=subject, subject_id=version.pk,
        content_sha256=version.content_sha256, author=version.author,
    )  # fmt: skip
    if version.status == VersionStatus.SUBMITTED and is_approved(
        incident, subject, version.pk, version.content_sha256
    ):
        _approve(actor, version)
    return signature


def _approve(actor: User, version: LetterVersion) -> None:
    others = LetterVersion.objects.filter(letter=version.letter, status=VersionStatus.APPROVED)
    others.update(status=VersionStatus.RETIRED)
    LetterVersion.objects.filter(pk=version.pk).update(
        status=VersionStatus.APPROVED, approved_at=Now()
    )
    audit.record(
        actor=actor, action="letter.approved", subject=version, incident=version.letter.incident,
        number=version.number, content_sha256=version.content_sha256,
    )  # fmt: skip


def waiting_for_signature(user: User) -> list[WaitingElsewhere]:
    """Versions this user may still sign: submitted, the newest of their letter, not the own words, not signed yet."""
    submitted = LetterVersion.objects.filter(status=VersionStatus.SUBMITTED).exclude(author=user)
    if not (can(user, Capability.SIGN_OFF) and submitted.exists()):  # every page asks
        return []
    mine = SignOff.objects.filter(
        subject=SignOffSubject.LETTER_VERSION, subject_id=OuterRef("pk"), signed_by=user,
        content_sha256=OuterRef("content_sha256"),
    )  # fmt: skip
    newer = LetterVersion.objects.filter(letter=OuterRef("letter"), number__gt=OuterRef("number"))
    rows = submitted.exclude(Exists(mine)).exclude(Exists(newer))
    return [
        WaitingElsewhere(
            kind=_("Letter version"),
            title=_("%(incident)s, version %(number)s")
            % {"incident": version.letter.incident.title, "number": version.number},
            asked_by=version.author.label,
            since=version.submitted_at,
            page=Page(
                "letter-version",
                {"slug": version.letter.incident.slug, "number": version.number},
                Capability.SIGN_OFF,
            ),
        )
        for version in rows.select_related("letter__incident", "author").order_by("submitted_at")
    ]  # fmt: skip
