"""Paths of the case file's pages. Names are plain; the other side links by them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from breach.web import (
    accounts,
    approvals,
    attorneys,
    components,
    contacts,
    counsel,
    delays,
    disclosures,
    duplicates,
    exports,
    facilities,
    follow_ups,
    history,
    home,
    incidents,
    invitations,
    looks,
    people,
    person,
    person_actions,
    proofing,
    roster_jobs,
    roster_rows,
    rosters,
    security,
    sign_in,
    teams,
    worklist,
)

ACCOUNT: list[URLPattern | URLResolver] = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/second-step/", sign_in.second_step, name="mfa_authenticate"),
    path("sign-in/passkey/", sign_in.passkey_sign_in, name="mfa_login_webauthn"),
    path("sign-in/", sign_in.sign_in, name="account_login"),  # by this name allauth finds it
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("step-up/", sign_in.step_up, name="step-up"),
    path("password/", security.password_change, name="password-change"),
    path("security/", security.security, name="security"),
    path("security/second-factor/", security.second_factor, name="second-factor"),
    path("security/app/", security.app_add, name="app-add"),
    path("security/passkey/", security.passkey_add, name="passkey-add"),
    path("security/factors/<int:pk>/remove/", security.factor_remove, name="factor-remove"),
    path("security/recovery-codes/", security.recovery_codes, name="recovery-codes"),
    path("security/recovery-codes/file/", security.recovery_codes_file, name="recovery-codes-file"),
    path("security/sessions/<uuid:pk>/end/", security.session_end, name="session-end"),
    path("security/sessions/end-others/", security.sessions_end_others, name="sessions-end-others"),
    path("accounts/", accounts.account_list, name="account-list"),
    path("accounts/new/", accounts.account_create, name="account-create"),
    path("accounts/<uuid:pk>/", accounts.account_detail, name="account-detail"),
    path("accounts/<uuid:pk>/invite/", invitations.account_invite, name="account-invite"),
    path("invitation/<uuid:pk>/<str:token>/", invitations.invitation, name="invitation"),
    path("sign-in/demo/", sign_in.demo_sign_in, name="demo-sign-in"),
    path("teams/", teams.team_list, name="team-list"),
    path("teams/<uuid:pk>/", teams.team_detail, name="team-detail"),
]

ONE_ROSTER: list[URLPattern | URLResolver] = [
    path("", rosters.roster_detail, name="roster-detail"),
    path("columns/", rosters.roster_columns, name="roster-columns"),
    path("commit/", rosters.roster_commit, name="roster-commit"),
    path("discard/", rosters.roster_discard, name="roster-discard"),
    path("reverse/", roster_rows.roster_reverse, name="roster-reverse"),
    path("rows/<int:number>/", roster_rows.roster_row, name="roster-row"),
]

ONE_ROSTER_JOB: list[URLPattern | URLResolver] = [
    path("", roster_jobs.roster_job, name="roster-job"),
    path("here/", roster_jobs.roster_job_here, name="roster-job-here"),
    path("stop/", roster_jobs.roster_job_stop, name="roster-job-stop"),
]

ONE_PERSON: list[URLPattern | URLResolver] = [
    path("", person.person_detail, name="person-detail"),
    path("reveal/", person.person_reveal, name="person-detail-reveal"),
    path("looks/", person.person_looks, name="person-looks"),
    path("history/", person.person_history, name="person-history"),
    path("contacts/", contacts.contact_log, name="contact-log"),
    path("contacts/reveal/", contacts.contact_reveal, name="contact-log-reveal"),
    path("disclosures/", disclosures.person_disclosures, name="person-disclosures"),
    path(
        "disclosures/reveal/",
        disclosures.person_disclosures_reveal,
        name="person-disclosures-reveal",
    ),
    path("assign/", person_actions.person_assign, name="person-assign"),
    path("counsel/new/<slug:action>/", counsel.counsel_new, name="counsel-new"),
    path("counsel/<uuid:pk>/account/", proofing.counsel_account, name="counsel-account"),
    path("counsel/<uuid:pk>/invite/", invitations.counsel_invite, name="counsel-invite"),
    path("counsel/<uuid:pk>/attorney/", attorneys.attorney_detail, name="attorney-detail"),
    path(
        "counsel/<uuid:pk>/attorney/<slug:action>/",
        attorneys.attorney_action,
        name="attorney-action",
    ),
    path("counsel/<uuid:pk>/<slug:action>/", person_actions.counsel_action, name="counsel-action"),
    path(
        "contact-points/<uuid:pk>/bad/", person_actions.contact_point_bad, name="contact-point-bad"
    ),
    path("delay/", delays.delay_decide, name="delay-decide"),
    path("delay/<uuid:pk>/end/", delays.delay_end, name="delay-end"),
    path("do/<slug:action>/", person_actions.person_action, name="person-action"),
]

ONE_PAIR: list[URLPattern | URLResolver] = [
    path("", duplicates.duplicates_review, name="duplicates-review"),
    path("open/", duplicates.duplicates_open, name="duplicates-open"),
    path("part/", duplicates.duplicates_part, name="duplicates-part"),
]

ONE_FOLLOW_UP: list[URLPattern | URLResolver] = [
    path("", follow_ups.follow_up_detail, name="follow-up-detail"),
    path("take/", follow_ups.follow_up_take, name="follow-up-take"),
    path("later/", follow_ups.follow_up_later, name="follow-up-later"),
    path("close/", follow_ups.follow_up_close, name="follow-up-close"),
]

ONE_INCIDENT: list[URLPattern | URLResolver] = [
    path("", incidents.incident_detail, name="incident-detail"),
    path("policy/", incidents.incident_policy, name="incident-policy"),
    path("facts/", incidents.incident_facts, name="incident-facts"),
    path("stop/", incidents.incident_stop, name="incident-stop"),
    path("teams/", teams.incident_teams, name="incident-teams"),
    path("history/", history.incident_history, name="incident-history"),
    path("exports/", exports.export_list, name="export-list"),
    path("exports/ask/", exports.export_ask, name="export-ask"),
    path("exports/<uuid:pk>/fetch/", exports.export_fetch, name="export-fetch"),
    path("disclosures/", disclosures.disclosure_list, name="disclosure-list"),
    path("rosters/", rosters.roster_list, name="roster-list"),
    path("rosters/upload/", rosters.roster_upload, name="roster-upload"),
    path("duplicates/", duplicates.duplicates_list, name="duplicates-list"),
    path("people/", people.people_list, name="people-list"),
    path("people/search/", people.people_search, name="people-search"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    *ACCOUNT,
    path("approvals/", approvals.approval_list, name="approval-list"),
    path("approvals/<uuid:pk>/", approvals.approval_detail, name="approval-detail"),
    path("worklist/", worklist.worklist_page, name="worklist"),
    path("follow-ups/<uuid:pk>/", include(ONE_FOLLOW_UP)),
    path("history/", history.audit_list, name="audit-list"),
    path("looks/", looks.looks_page, name="looks"),
    path("looks/<uuid:pk>/grant/", looks.looks_grant, name="looks-grant"),
    path("history/changes/", history.change_list, name="change-list"),
    path("components/", components.page, name="components"),
    path("components/<slug:part>/", components.part, name="component-part"),
    path("facilities/", facilities.facility_list, name="facility-list"),
    path("incidents/", incidents.incident_list, name="incident-list"),
    path("incidents/open/", incidents.incident_open, name="incident-open"),
    path(
        "incidents/<slug:slug>/",
        include(
            [
                *ONE_INCIDENT,
                path("rosters/<uuid:pk>/", include(ONE_ROSTER)),
                path("rosters/jobs/<uuid:pk>/", include(ONE_ROSTER_JOB)),
                path("duplicates/<uuid:pk>/", include(ONE_PAIR)),
                path("people/<slug:reference>/", include(ONE_PERSON)),
            ]
        ),
    ),
]
