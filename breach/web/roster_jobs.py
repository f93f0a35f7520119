"""Slow work on a roster as a page: its progress, what it waits for, why it failed; then the report."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from breach import tasks
from breach.access import roster_jobs_visible_to
from breach.core.roles import Capability
from breach.models import Incident, RosterJob, User
from breach.models.roster_jobs import OPEN_JOBS, JobState
from breach.services.rosters_asking import stop_job
from breach.web.access import capability
from breach.web.acting import carried_out, sent_by
from breach.web.finding import user_of

C = Capability
NOBODY_AFTER = timedelta(seconds=10)  # a worker that listens takes work up within a second or two
SHOWN_FOR = timedelta(days=7)  # work that was not possible stays on the list that long


@require_safe
@capability(C.IMPORT_ROSTER)
def roster_job(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """One piece of work; a poll gets the panel alone, and the way to the report when it is done."""
    job = _job_or_404(request, slug, pk)
    polled = getattr(request, "htmx", False)
    if job.state == JobState.DONE and job.roster is not None:
        report = redirect("roster-detail", slug=slug, pk=job.roster.pk)
        return HttpResponseClientRedirect(report.url) if polled else report
    if polled and not job.is_open:
        return HttpResponseClientRefresh()
    context = {"incident": job.incident, "job": job, **_unattended(job)}
    template = "breach/roster_job_progress.html" if polled else "breach/roster_job.html"
    return render(request, template, context)


@require_POST
@capability(C.IMPORT_ROSTER)
def roster_job_here(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    """When no worker is running: the same work inside this request, which answers when it is done."""
    job = _job_or_404(request, slug, pk)
    if not tasks.work_on(job.pk):
        messages.info(request, _("A worker has started it in the meantime, or it has ended."))
    return redirect("roster-job", slug=slug, pk=pk)


@require_POST
@capability(C.IMPORT_ROSTER)
def roster_job_stop(request: HttpRequest, slug: str, pk: UUID) -> HttpResponse:
    job, form = _job_or_404(request, slug, pk), Form(sent_by(request))
    if not carried_out(request, form, lambda: stop_job(actor=user_of(request), job=job)):
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect("roster-job", slug=slug, pk=pk)


def begun(job: RosterJob) -> HttpResponse:
    """Wake a worker for the new job, and show its progress."""
    tasks.ring(tasks.import_due)
    return redirect("roster-job", slug=job.incident.slug, pk=job.pk)


def jobs_to_show(user: User, incident: Incident) -> QuerySet[RosterJob]:
    """Running jobs, and those that failed lately."""
    lately = Q(state=JobState.FAILED, ended_at__gt=Now() - SHOWN_FOR)
    jobs = roster_jobs_visible_to(user).filter(incident=incident)
    return jobs.filter(Q(state__in=OPEN_JOBS) | lately).select_related("asked_by")


def _job_or_404(request: HttpRequest, slug: str, pk: UUID) -> RosterJob:
    jobs = roster_jobs_visible_to(user_of(request))
    with_all = jobs.select_related("incident", "roster", "asked_by")
    return get_object_or_404(with_all, incident__slug=slug, pk=pk)


def _unattended(job: RosterJob) -> dict[str, bool]:
    """Whether no worker claims the job, or its worker went silent; by the database's clock."""
    this = RosterJob.objects.filter(pk=job.pk)
    forgotten = this.filter(state=JobState.QUEUED, asked_at__lt=Now() - NOBODY_AFTER)
    abandoned = this.filter(state=JobState.RUNNING, lease_until__lt=Now())
    return {"nobody": forgotten.exists(), "left": abandoned.exists()}
