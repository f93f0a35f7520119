"""The table: who gets what at each address. Written from the policy (README "Who does what", decision 0022), by hand.

A page that is new needs a row here, or `test_every_address_has_a_row` fails. The letters are explained in `rows.py`.
"""

from __future__ import annotations

from datetime import date, timedelta

from .rows import Row, api, page, public

SOON = str(date.today() + timedelta(days=30))  # a day on which a next action may be due

# fmt: off
ACCOUNTS: list[Row] = [
    #                                                    WSPMATX
    public("healthz", strangers="o",               GET ="ooooooo"),
    public("set_language", strangers="d",          POST="ddddddd"),
    public("sign-in", strangers="o",               GET ="ddddddd", POST="ddddddd"),
    public("account_login", strangers="o",         GET ="ddddddd", POST="ddddddd"),
    public("mfa_authenticate", strangers="d",      GET ="ddddddd", POST="ddddddd"),  # after a password only
    public("mfa_login_webauthn", strangers="d",    GET ="ddddddd", POST="ddddddd"),
    public("demo-sign-in", strangers="0",          POST="0000000"),  # in the demonstration only
    public("invitation", strangers="0",            GET ="0000000", POST="0000000", more={  # without the right token
        "pk": "00000000-0000-4000-8000-000000000000", "token": "no-token"}),
    page("sign-out",                               POST="ddddddd"),
    page("step-up",                                GET ="ooooooo", POST="ooooooo"),
    page("password-change",                        GET ="ooooooo", POST="ooooooo"),
    page("security",                               GET ="ooooooo"),
    page("second-factor",                          GET ="ooooooo"),
    page("app-add",                                GET ="ooooooo", POST="ooooooo"),
    page("passkey-add",                            GET ="ooooooo", POST="ooooooo"),
    page("factor-remove", "factor",                GET ="ooooooo", POST="ddddddd"),
    page("recovery-codes",                         GET ="ooooooo", POST="ddddddd"),
    page("recovery-codes-file",                    GET ="ooooooo"),
    page("session-end", "session",                 POST="ddddddd"),
    page("sessions-end-others",                    POST="ddddddd"),
    page("account-list",                           GET ="------o"),
    page("account-create",                         GET ="------o", POST="------o"),
    page("account-detail", "account",              GET ="------o", POST="------o"),
    page("account-invite", "account",              GET ="------o", POST="------o"),
    page("team-list",                              GET ="------o", POST="------o"),
    page("team-detail", "team",                    GET ="------o", POST="------o"),
    page("approval-list",                          GET ="ooo-o-o"),
    page("approval-detail", "approval",            GET ="ooo-o-o", POST="ooo-o-o"),
    page("components",                             GET ="0000000", POST="0000000"),  # while building only
    page("component-part", more={"part": "job"},   GET ="0000000", POST="0000000"),
]

CASE_FILE: list[Row] = [
    #                                                    WSPMATX
    page("home",                                   GET ="ooooodo"),  # attorneys start at their clients
    page("worklist",                               GET ="ooooo--"),
    page("audit-list",                             GET ="--o-o--"),
    page("change-list",                            GET ="--o-o--"),
    page("looks",                                  GET ="-oo----"),
    page("looks-grant", "looker",                  GET ="-oo----", POST="-oo----"),
    page("incident-list",                          GET ="ooooo--"),
    page("incident-open",                          GET ="-o-----", POST="-o-----"),
    page("incident-detail", "incident",            GET ="ooooo--"),
    page("incident-policy", "incident",            GET ="-oo----", POST="-oo----"),
    page("incident-facts", "incident",             GET ="-oo----", POST="-oo----"),
    page("retention-list", "incident",             GET ="-oo----"),
    page("incident-stop", "incident",              GET ="-ooo---", POST="-ooo---"),
    page("incident-teams", "incident",             GET ="-o-----", POST="-d-----"),
    page("incident-history", "incident",           GET ="--o-o--"),
    page("follow-up-detail", "follow-up",          GET ="ooooo--"),
    page("follow-up-take", "follow-up",            POST="ddddl--"),
    page("follow-up-later", "follow-up",           GET ="ooooo--", POST="ddddl--", send={"due_on": SOON}),
    page("follow-up-close", "follow-up",           GET ="ooooo--", POST="ddddl--", send={
        "reason": "It is done.", "kind": "call_back", "due_on": SOON}),
    page("facility-list",                          GET ="-o-----", POST="-o-----"),
    page("roster-list", "incident",                GET ="-o-----"),
    page("roster-upload", "incident",              GET ="-o-----", POST="-o-----"),
    page("roster-detail", "roster",                GET ="-o-----"),
    page("roster-columns", "roster",               GET ="-o-----", POST="-o-----"),
    page("roster-commit", "roster",                GET ="-o-----", POST="-d-----"),
    page("roster-discard", "roster",               GET ="-o-----", POST="-d-----"),
    page("roster-reverse", "roster-in",            GET ="-o-----", POST="-o-----"),
    page("roster-job", "roster-job",               GET ="-o-----"),
    page("roster-job-here", "roster-job",          POST="-d-----"),
    page("roster-job-stop", "roster-job",          POST="-d-----"),
    page("roster-row", "roster-row",               GET ="-o-----", POST="-o-----"),
    page("duplicates-list", "incident",            GET ="oo-----"),
    page("duplicates-review", "pair",              GET ="oo-----", POST="oo-----"),
    page("duplicates-open", "pair",                GET ="dd-----", POST="oo-----"),
    page("duplicates-part", "pair",                GET ="oo-----", POST="oo-----"),
    page("people-list", "incident",                GET ="ooo-o--"),
    page("people-search", "incident",              GET ="ddd----", POST="ooo----", send={
        "text": "nobody of this name"}),
    page("person-detail", "person",                GET ="ooo-o--"),
    page("person-detail-reveal", "person",         GET ="ddd----", POST="ooo----"),
    page("person-looks", "person",                 GET ="ooo-o--"),
    page("person-history", "person",               GET ="ooo-o--"),
    page("person-disclosures", "person",           GET ="ooo-o--"),
    page("person-disclosures-reveal", "person",    GET ="ddd----", POST="ooo----"),
    page("disclosure-list", "incident",            GET ="-oo-o--"),
    page("export-list", "incident",                GET ="-oo----"),
    page("export-ask", "incident",                 GET ="-oo----", POST="-oo----"),
    page("export-fetch", "export",                 POST="-dd----"),  # not made yet: back to the list
    page("contact-log", "person",                  GET ="oo-----", POST="oo-----"),
    page("contact-log-reveal", "person",           GET ="dd-----", POST="oo-----"),
    page("counsel-new", "person",                  GET ="oo-----", POST="oo-----", more={"action": "claim"}),
    page("counsel-account", "counsel",             GET ="oo-----", POST="oo-----"),
    page("attorney-detail", "counsel",             GET ="oo-----"),
    page("attorney-action", "counsel",             GET ="oo-----", POST="oo-----", more={"action": "suspended"}),
    page("delay-decide", "person",                 GET ="-oo----", POST="-oo----"),
    page("delay-end", "delay",                     GET ="-oo----", POST="-oo----"),
    page("counsel-invite", "counsel",              GET ="-o-----", POST="-l-----"),  # the account is in use
    page("person-assign", "person",                GET ="-o-----", POST="-d-----"),
    page("person-action", "person",                GET ="oo-----", POST="oo-----", more={"action": "transfer"}),
    page("counsel-action", "counsel",              GET ="oo-----", POST="oo-----", more={"action": "withdraw"}),
    page("contact-point-bad", "contact-point",     GET ="oo-----", POST="oo-----"),
]

TELLING: list[Row] = [
    #                                                    WSPMATX
    page("funnel-panel", "incident",               GET ="ooooo--"),
    page("funnel-list", "incident",                GET ="ooo-o--"),
    page("job-progress", "incident",               GET ="ooooo--"),
    page("notify", "incident",                     GET ="-o-----", POST="-o-----"),  # a reason is asked for
    page("release-stage", "incident",              GET ="-o-----", POST="-d-----"),
    page("notifications-list", "incident",         GET ="ooo-o--"),
    page("letters-panel", "person",                GET ="ooo-o--"),
    page("notice-end", "person",                   GET ="oo-----", POST="oo-----", more={"action": "unreachable"}),
    page("notice-take-up", "person",               GET ="oo-----", POST="oo-----"),
    page("proof-wrong", "proof",                   GET ="-o-----", POST="-o-----"),
    page("deliveries-list", "incident",            GET ="ooooo--"),
    page("delivery-detail", "delivery",            GET ="ooooo--"),
    page("delivery-letter", "delivery",            POST="ooo----"),
    page("delivery-resolve", "unclear",            GET ="-o-----", POST="-o-----"),
    page("batches-list", "incident",               GET ="-o-o---"),
    page("batch-detail", "batch",                  GET ="-o-o---"),
    page("batch-file", "batch",                    POST="-o-o---", more={"name": "manifest.csv"}),
    page("batches-waiting",                        GET ="-o-o---"),
    page("batch-collect", "batch",                 POST="-d-d---"),
    page("batch-sheet", "batch",                   GET ="-o-o---", POST="-o-o---"),
    page("receipts",                               GET ="-o-o---", POST="-o-o---"),
    page("receipts-report", "receipt-file",        GET ="-o-o---"),
    page("receipts-template", more={"kind": "signed_sheet"}, GET="-o-o---"),
    page("mail-sink",                              GET ="-0-0---"),  # in the demonstration only
    page("letters", "incident",                    GET ="ooooo--"),
    page("letters-adopt", "incident",              POST="--d----"),
    page("letter-version", "version",              GET ="ooooo--"),
    page("letter-sign", "version",                 GET ="-oo----", POST="-dd----"),
    page("letter-wording", "wording",              GET ="ooooo--", POST="lddll--"),
    page("letter-preview", "wording",              GET ="ooooo--"),
    page("supervision", "incident",                GET ="-oo-o--"),
    page("supervision-follow-ups", "incident",     GET ="-oo-o--", POST="-oo-o--"),
    page("supervision-by", "incident",             GET ="-oo-o--", more={"dimension": "language"}),
    page("portal-home",                            GET ="-----o-"),
    page("portal-attest",                          GET ="-----d-", POST="-----d-"),  # of no notice: back to the list
    page("portal-notice", "notice",                GET ="-----o-"),
    page("portal-open", "notice",                  POST="-----o-"),
    page("portal-not-my-client", "notice",         GET ="-----o-", POST="-----o-"),
]

API: list[Row] = [
    #                                                    WSPMATX
    api("api-incidents",                           GET ="ooooo--"),
    api("api-incident", "incident-id",             GET ="ooooo--"),
    api("api-funnel", "incident-id",               GET ="ooooo--"),
    api("api-funnel-by", "incident-id",            GET ="-oo-o--", more={"dimension": "firm"}),
    api("api-exposures",                           GET ="ooo-o--"),
    api("api-exposure", "exposure",                GET ="ooo-o--"),
    api("api-contacts", "exposure",                GET ="ooo-o--", POST="bb-----"),
    api("api-reveal", "exposure",                  POST="bbb----"),
    api("api-notifications",                       GET ="ooo-oo-"),
    api("api-notification", "notification",        GET ="ooo-oo-"),
    api("api-deliveries",                          GET ="ooooo--"),
    api("api-delivery", "delivery",                GET ="ooooo--"),
    api("api-roster-upload", "incident-id",        POST="-b-----", files=True),
    api("api-roster-job", "roster-job-id",       GET ="-o-----"),
    api("api-receipts",                            POST="-b-b---"),
    api("api-receipt-files",                       GET ="-o-o---", POST="-b-b---", files=True),
    api("api-follow-ups",                          GET ="ooooo--"),
    api("api-follow-ups-assign",                   POST="-b-----"),
    api("api-follow-up", "follow-up",              GET ="ooooo--"),
    api("api-follow-up-close", "follow-up",        POST="ooool--", send={
        "reason": "done", "then": {"kind": "call_back", "due_on": SOON}}),
    api("api-follow-up-reschedule", "follow-up",   POST="ooool--", send={"due_on": SOON}),
    api("api-schema",                              GET ="0000000"),  # while building only
]
# fmt: on

TABLE = [*ACCOUNTS, *CASE_FILE, *TELLING, *API]
