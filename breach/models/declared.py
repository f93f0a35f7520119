"""Which fields of people and of their related records are sensitive: they open only with a recorded look.

Every field, reverse relation and property stands here, in one of two lists; the suite finds one that stands in neither,
and every template and serializer that shows a sensitive one without being a place where looks are recorded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Declared:
    """The fields of one model. `open` ones may be shown to anybody who may open the page."""

    sensitive: frozenset[str]
    open: frozenset[str]


def declared(*, sensitive: str = "", open: str) -> Declared:
    return Declared(frozenset(sensitive.split()), frozenset(open.split()))


DECLARED: dict[str, Declared] = {
    "AffectedPerson": declared(
        # Dates of release, removal and death say where somebody is; that it happened is a chip on the file.
        sensitive="family_name given_names full_name name_as_listed aliases birth_date birth_date_text nationality"
        " sex identifiers safe_contact_note contact_points guardians placements died_on released_on removed_on"
        " fact_source key",
        # Initials are derived from the name, and are what lists show instead of it.
        open="id reference initials is_minor do_not_contact protected_1367 merged_into merged_from routing_version"
        " created_at exposures languages representations roster_rows",
    ),
    "ContactLogEntry": declared(
        sensitive="note",
        open="id exposure person_id at by channel reached outcome language interpreter speaks_language"
        " identity_confirmed understanding_confirmed corrects corrected_by created_at",
    ),
    "ContactPoint": declared(
        sensitive="value country",
        open="id person kind deliverability bad_reason verified safe is_current created_at",
    ),
    "Delay": declared(
        open="id incident exposure authority reason starts_on ends_on decided_by created_at ended_at",
    ),
    "Disclosure": declared(
        # A recipient is where somebody is held, or who speaks for them.
        sensitive="recipient recipient_id",
        open="id incident person made_at made_by nature purpose recipient_kind source_type source_id",
    ),
    "DuplicatePair": declared(
        open="id first second roster score reasons status decided_by decided_at decision_reason",
    ),
    "Export": declared(
        sensitive="recipient passphrase file",
        # People are ids.
        open="id people reference kind incident exposure format key hours asked_by asked_at made_at expires_at rows"
        " sha256 downloads most_downloads",
    ),
    "Exposure": declared(
        open="id incident person elements posture risk_tier risk_reason caseworker taken_over_from created_at contacts"
        " follow_ups hold delays",
    ),
    "FollowUp": declared(
        open="id incident exposure roster kind reason reason_facts desk owner due_on priority state created_at"
        " closed_at closed_by closed_reason",
    ),
    "Guardian": declared(
        sensitive="name relationship address phone",
        open="id person authority_evidence verified is_current",
    ),
    "Hold": declared(open="id exposure notified_at days until evidence_id paused_at created_at"),
    "Identifier": declared(sensitive="value index", open="id person kind source"),
    "PersonKey": declared(sensitive="wrapped", open="person destroyed_at"),
    "PersonLanguage": declared(open="id person tag rank reads verified source"),
    "Placement": declared(
        sensitive="facility period source ended_reason", open="id person created_at mistaken_at"
    ),
    "Representation": declared(
        open="id person attorney forum is_lead period evidence evidence_on status status_reason claimed_on created_at",
    ),
    "RosterJob": declared(
        sensitive="file given",
        open="problem is_open id kind incident roster asked_by language sha256 size state stage done total fence tries"
        " lease_until asked_at started_at ended_at",
    ),
    "RosterRow": declared(
        sensitive="cells", open="id roster number outcome person problems resolved_at resolution"
    ),
}
