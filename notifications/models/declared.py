"""Which fields of duties and deliveries are sensitive; the case file's own are in `breach.models.declared`."""

from __future__ import annotations

from breach.models.declared import Declared, declared

DECLARED: dict[str, Declared] = {
    "Artefact": declared(
        sensitive="pdf",
        open="id delivery person_id sha256 size pages approved_sha256 verified_at created_at",
    ),
    "Attempt": declared(
        open="id delivery fence message_id approved_sha256 artefact_sha256 intent_at outcome outcome_at"
        " provider_reference detail",
    ),
    "Delivery": declared(
        # Reasons are stored with their place; `explain` says them without it.
        sensitive="address placement contact_point reasons",
        open="id notification incident person_id letter_version language channel address_version state fence"
        " lease_until render_lease_until next_try_at tries state_reason batch queued_at sent_at artefact attempts"
        " first_claimed_at names_counsel round"
        " receipts",
    ),
    "Evidence": declared(
        open="id notification kind is_sufficient proven_at recorded_at recorded_by receipt contact statement"
        " artefact_sha256 disproved_at disproved_reason",
    ),
    "Notification": declared(
        sensitive="reasons rests_on",
        open="id reference exposure incident recipient_role representation attorney is_required state channel"
        " language needs_interpreter routed_version round notified_at first_viewed_at created_at reopened_at"
        " closed_reason deliveries evidence",
    ),
    "Progress": declared(
        sensitive="facility",
        open="exposure incident state language firm channel routed_version updated_at",
    ),
    "Receipt": declared(
        open="id delivery kind at source source_key file reason recorded_by recorded_at"
    ),
}
