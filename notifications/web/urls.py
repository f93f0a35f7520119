"""Pages of telling people: the funnel, letters, deliveries, batches, receipts, supervision."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from . import (
    batches,
    deliveries,
    ending,
    funnel,
    letters,
    mailsink,
    notices,
    notify,
    progress,
    proof,
    receipts,
    retention,
    stages,
    supervision,
)

ONE_VERSION: list[URLPattern | URLResolver] = [
    path("", letters.letter_version, name="letter-version"),
    path("sign/", letters.letter_sign, name="letter-sign"),
    path("<slug:language>/", letters.letter_wording, name="letter-wording"),
    path("<slug:language>/sample.pdf", letters.letter_preview, name="letter-preview"),
]

SUPERVISION: list[URLPattern | URLResolver] = [
    path("", supervision.supervision, name="supervision"),
    path("follow-ups/", supervision.supervision_follow_ups, name="supervision-follow-ups"),
    path("by/<slug:dimension>/", supervision.supervision_by, name="supervision-by"),
]

ONE_INCIDENT: list[URLPattern | URLResolver] = [
    path("funnel/", funnel.funnel_panel, name="funnel-panel"),
    path("funnel/people/", funnel.funnel_list, name="funnel-list"),
    path("progress/", progress.job_progress, name="job-progress"),
    path("notify/", notify.notify, name="notify"),
    path("notify/stage/", stages.release_stage, name="release-stage"),
    path("notices/", notices.notifications_list, name="notifications-list"),
    path("people/<slug:reference>/letters/", notices.letters_panel, name="letters-panel"),
    path("people/<slug:reference>/notice/again/", ending.notice_take_up, name="notice-take-up"),
    path("people/<slug:reference>/notice/<slug:action>/", ending.notice_end, name="notice-end"),
    path("people/<slug:reference>/proof/<uuid:pk>/wrong/", proof.proof_wrong, name="proof-wrong"),
    path("deliveries/", deliveries.deliveries_list, name="deliveries-list"),
    path("batches/", batches.batches_list, name="batches-list"),
    path("retention/", retention.retention_list, name="retention-list"),
    path("letters/", letters.letters_page, name="letters"),
    path("letters/adopt/", letters.letters_adopt, name="letters-adopt"),
    path("letters/<int:number>/", include(ONE_VERSION)),
    path("supervision/", include(SUPERVISION)),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/<slug:slug>/", include(ONE_INCIDENT)),
    path("deliveries/<uuid:pk>/", deliveries.delivery_detail, name="delivery-detail"),
    path("deliveries/<uuid:pk>/letter/", deliveries.delivery_letter, name="delivery-letter"),
    path("deliveries/<uuid:pk>/resolve/", deliveries.delivery_resolve, name="delivery-resolve"),
    path("batches/", batches.batches_waiting, name="batches-waiting"),
    path("batches/<slug:number>/", batches.batch_detail, name="batch-detail"),
    path("batches/<slug:number>/collected/", batches.batch_collect, name="batch-collect"),
    path("batches/<slug:number>/sheet/", batches.batch_sheet, name="batch-sheet"),
    path("batches/<slug:number>/files/<str:name>/", batches.batch_file, name="batch-file"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/<uuid:pk>/", receipts.receipts_report, name="receipts-report"),
    path("receipts/lists/<slug:kind>.csv", receipts.receipts_template, name="receipts-template"),
    path("mail-sink/", mailsink.mail_sink, name="mail-sink"),
]
