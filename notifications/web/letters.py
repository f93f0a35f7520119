"""The letter of an incident: versions, wordings side by side, review, two signatures, samples as printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.core.errors import Refused
from breach.core.roles import Capability, can
from breach.models import Incident, Posture, SignOff, User
from breach.models.disclosures import SignOffSubject
from breach.web.access import capability, recently_signed_in
from breach.web.files import pdf_answer
from breach.web.finding import incident_or_404, user_of
from notifications.access import letter_versions_visible_to
from notifications.models import LetterVersion, RecipientRole, Translation, VersionStatus
from notifications.placeholders import marked_up
from notifications.services import letters, reporting, sampling

from .forms import PreviewForm
from .words import language_label

ORIGINAL = "en"
# Keys of a wording that steer the printer; nobody reads them.
NOT_WORDS = frozenset({"key", "tag", "kind", "to", "needs", "except_posture", "join", "languages"})
HEADS = {"title": 0, "heading": 1, "greeting": 2, "lead": 3, "opening": 4, "text": 5}


class Told(NamedTuple):
    """A text of the letter in two languages, and who gets to read it where not everybody does."""

    original: str
    other: str
    readers: tuple[str, ...] = ()


@require_safe
@capability(Capability.VIEW_INCIDENT)
def letters_page(request: HttpRequest, slug: str) -> HttpResponse:
    """All versions of the incident's letter, and for which languages there is none."""
    incident, user = incident_or_404(request, slug), user_of(request)
    versions = list(_versions(user, incident))
    current = next(
        (v for v in versions if v.status in (VersionStatus.APPROVED, VersionStatus.SUBMITTED)), None
    )
    context = {
        "incident": incident,
        "versions": versions,
        "current": current,
        "coverage": [
            (row, language_label(row.language), language_label(row.served_by))
            for row in reporting.coverage(incident, current)
        ],
        "missing": letters.missing_facts(incident),
        "may_write": can(user, Capability.WRITE_LETTERS),
        "may_change_policy": can(user, Capability.CHANGE_POLICY),
    }
    return render(request, "notifications/letters.html", context)


@require_POST
@capability(Capability.WRITE_LETTERS)
def letters_adopt(request: HttpRequest, slug: str) -> HttpResponse:
    """Submit the standard wording for review and signatures."""
    incident, user = incident_or_404(request, slug), user_of(request)
    _carry_out(
        request,
        lambda: letters.adopt_standard_wording(actor=user, incident=incident),
        _("The wording is submitted. Next: review each language, then two people sign."),
    )
    return redirect("letters", slug=slug)


@require_safe
@capability(Capability.VIEW_INCIDENT)
def letter_version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    incident, user = incident_or_404(request, slug), user_of(request)
    version = _version_or_404(user, incident, number)
    context = {
        "incident": incident,
        "version": version,
        "translations": [(t, language_label(t.language)) for t in version.translations.all()],
        "signatures": _signatures(version),
        "is_current": version.status == VersionStatus.DRAFT
        or letters.content_sha256(version) == version.content_sha256,
        "facts": _printed_facts(incident),
        "may_sign": can(user, Capability.SIGN_OFF) and version.author_id != user.pk,
    }
    return render(request, "notifications/letter_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.SIGN_OFF)
@recently_signed_in
def letter_sign(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Shows the hash that is about to be signed; the POST signs it."""
    incident, user = incident_or_404(request, slug), user_of(request)
    version = _version_or_404(user, incident, number)
    if request.method == "POST":
        _carry_out(
            request,
            lambda: letters.sign(actor=user, version=version),
            _("Signed. A letter goes out once two different people have signed it."),
        )
        return redirect("letter-version", slug=slug, number=number)
    context = {"incident": incident, "version": version, "signatures": _signatures(version)}
    return render(request, "notifications/letter_sign.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(Capability.VIEW_INCIDENT)
def letter_wording(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """One language next to the original; somebody who may sign vouches for it here."""
    incident, user = incident_or_404(request, slug), user_of(request)
    translation = _translation_or_404(user, incident, number, language)
    if request.method == "POST":
        _carry_out(
            request,
            lambda: letters.review_translation(actor=user, translation=translation),
            _("Reviewed. Letters in this language may go out once the version is signed."),
        )
        return redirect("letter-version", slug=slug, number=number)
    original = translation.version.translations.filter(language=ORIGINAL).first() or translation
    context = {
        "incident": incident,
        "version": translation.version,
        "translation": translation,
        "language": language_label(language),
        "original_language": language_label(original.language),
        "is_original": original == translation,
        "lines": _as_printed(side_by_side(original.content, translation.content)),
        "foreign_lines": translation.content["cover"]["languages"],
        "preview": PreviewForm(postures=Posture.choices),
        "may_review": can(user, Capability.SIGN_OFF) and translation.reviewed_at is None,
    }
    return render(request, "notifications/letter_wording.html", context)


@require_safe
@capability(Capability.VIEW_INCIDENT)
def letter_preview(request: HttpRequest, slug: str, number: int, language: str) -> HttpResponse:
    """The sample as PDF, made by the printer of the real letters; about nobody, therefore a GET."""
    incident, user = incident_or_404(request, slug), user_of(request)
    translation = _translation_or_404(user, incident, number, language)
    form = PreviewForm(request.GET, postures=Posture.choices)
    chosen = (
        form.cleaned_data if form.is_valid() else {"role": "person", "posture": Posture.UNKNOWN}
    )
    try:
        pdf = sampling.sample_letter(actor=user, translation=translation, **chosen)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("letter-wording", slug=slug, number=number, language=language)
    return pdf_answer(pdf, f"sample-{language}.pdf")


def side_by_side(
    original: Mapping[str, Any], other: Mapping[str, Any]
) -> list[tuple[str, list[Told]]]:
    """Both texts in the order of the letter, by part. Missing words are empty; who reads it is empty for everybody."""
    left, right = dict(_texts(original)), dict(_texts(other))
    names = _part_names()
    parts: dict[str, list[Told]] = {part: [] for part in names}
    for path in [*left, *(path for path in right if path not in left)]:
        readers = _readers(original, path) or _readers(other, path)
        parts[path[0]].append(Told(left.get(path, ""), right.get(path, ""), readers))
    return [(names[part], lines) for part, lines in parts.items() if lines]


def _as_printed(parts: list[tuple[str, list[Told]]]) -> list[tuple[str, list[Told]]]:
    """A reviewer sees bold print, not its markup."""
    return [
        (part, [Told(marked_up(one), marked_up(two), readers) for one, two, readers in lines])
        for part, lines in parts
    ]


def _readers(content: Mapping[str, Any], path: tuple[str, ...]) -> tuple[str, ...]:
    """For whom the text at this place is printed, in words: as the innermost part around it says."""
    found: list[str] = []
    value: Any = content
    for step in path:
        if isinstance(value, Mapping):
            found = [step] if step in RecipientRole.values else value.get("to") or found
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return ()
    return tuple(str(RecipientRole(role).label) for role in found)


def _texts(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text a reader of the letter can meet, with its place."""
    if isinstance(value, str):
        if path[0] in _part_names() and path[-1] not in NOT_WORDS:
            yield path, value
    elif isinstance(value, Mapping):
        # The database keeps no order within an object: what heads a text comes before it.
        for key, inner in sorted(
            value.items(), key=lambda pair: (HEADS.get(pair[0], len(HEADS)), pair[0])
        ):
            if key not in NOT_WORDS:
                yield from _texts(inner, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _texts(inner, (*path, str(at)))


def _part_names() -> dict[str, str]:
    return {
        "cover": _("Page one"),
        "notice": _("Greeting and closing"),
        "sections": _("The letter"),
        "postures": _("Paragraphs by where the case stands"),
        "elements": _("What was exposed, to the person"),
        "elements_of_another": _("What was exposed, about somebody else"),
        "page": _("On every page"),
    }


def _versions(user: User, incident: Incident) -> Any:
    translations = Translation.objects.select_related("reviewed_by").order_by("language")
    return (
        letter_versions_visible_to(user)
        .filter(letter__incident=incident)
        .select_related("author", "letter__incident")
        .prefetch_related(Prefetch("translations", queryset=translations))
        .order_by("-number")
    )


def _version_or_404(user: User, incident: Incident, number: int) -> LetterVersion:
    version: LetterVersion = get_object_or_404(_versions(user, incident), number=number)
    return version


def _translation_or_404(user: User, incident: Incident, number: int, language: str) -> Translation:
    version = _version_or_404(user, incident, number)
    return get_object_or_404(
        Translation.objects.select_related("version__letter__incident", "reviewed_by"),
        version=version,
        language=language,
    )


def _signatures(version: LetterVersion) -> list[SignOff]:
    """Who has signed exactly this content."""
    rows = SignOff.objects.filter(
        subject=SignOffSubject.LETTER_VERSION,
        subject_id=version.pk,
        content_sha256=version.content_sha256,
    )
    return list(rows.select_related("signed_by"))


def _printed_facts(incident: Incident) -> list[tuple[str, object]]:
    """The incident's facts that every letter prints, and that the hash covers."""
    facts = letters.facts_of(incident)
    return [
        (_("Organization that writes"), facts.agency_name),
        (_("Occurred"), facts.occurred),
        (_("Discovered"), facts.discovered),
        (_("Contained"), facts.contained),
        (_("Data extracted as of"), facts.extract_as_of),
        (_("Hold, days"), facts.hold_days),
        (_("Phone for affected people"), facts.contact_phone),
        (_("E-mail for affected people"), facts.contact_email),
        (_("Postal address for affected people"), facts.contact_address),
        (_("Signatory"), ", ".join(filter(None, (facts.signatory_name, facts.signatory_title)))),
        (_("Copy to a represented person"), _("Yes") if facts.copy_to_person else _("No")),
    ]


def _carry_out(request: HttpRequest, verb: Callable[[], object], said: str) -> None:
    """Do it and show a message, or the reason why not."""
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
