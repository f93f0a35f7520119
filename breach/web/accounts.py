"""Accounts: who can sign in, at which desk. Attorneys are invited from their record instead."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.core.roles import Capability, Role
from breach.models import User
from breach.services import granting, users
from breach.web.access import capability, recently_signed_in
from breach.web.acting import carried_out, sent_by
from breach.web.approvals import waiting_request
from breach.web.filters import AccountFilter
from breach.web.finding import page_of, user_of
from breach.web.forms.accounts import AccountForm, ActiveForm, DeskForm, PasswordForm

C = Capability
PEOPLE = User.objects.exclude(role=Role.SYSTEM)


@require_safe
@capability(C.MANAGE_ACCOUNTS)
def account_list(request: HttpRequest) -> HttpResponse:
    rows = AccountFilter(request.GET, queryset=PEOPLE.order_by("role", "username"))
    context = {"filter": rows, "page_obj": page_of(request, rows.qs)}
    return render(request, "breach/account_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.MANAGE_ACCOUNTS)
@recently_signed_in
def account_create(request: HttpRequest) -> HttpResponse:
    form, user = AccountForm(sent_by(request)), user_of(request)
    if carried_out(
        request, form, lambda: granting.propose_account(actor=user, **form.cleaned_data)
    ):
        messages.success(
            request,
            _("The account is made, and works once another person has approved it."),
        )
        return redirect("account-list")
    return render(request, "breach/account_create.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.MANAGE_ACCOUNTS)
@recently_signed_in
def account_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One account: close it, ask for another desk or for opening it again, set a new password."""
    account, user = get_object_or_404(PEOPLE, pk=pk), user_of(request)
    which = request.POST.get("what")
    active = ActiveForm(sent_by(request) if which == "active" else None)
    desk = DeskForm(sent_by(request) if which == "desk" else None, account=account)
    password = PasswordForm(sent_by(request) if which == "password" else None, account=account)
    if which == "active" and carried_out(
        request,
        active,
        lambda: users.close(actor=user, user=account, reason=active.cleaned_data["reason"]),
    ):
        messages.success(request, _("It is saved, and holds from the next request on."))
        return redirect("account-detail", pk=pk)
    if which == "desk" and carried_out(
        request,
        desk,
        lambda: granting.ask_for_role(actor=user, user=account, **desk.cleaned_data),
    ):
        messages.success(
            request, _("Another person is asked to approve it. Nothing changes before.")
        )
        return redirect("account-detail", pk=pk)
    if which == "password" and carried_out(
        request,
        password,
        lambda: users.set_password(
            actor=user, user=account, password=password.cleaned_data["password"]
        ),
    ):
        messages.success(
            request, _("The new password is set; everybody signed in with the old one is out.")
        )
        return redirect("account-detail", pk=pk)
    context = {
        "account": account,
        "active": active,
        "desk": desk,
        "password": password,
        "asked": waiting_request(user, granting.ROLE_GRANT, account.pk),
    }
    return render(request, "breach/account_detail.html", context)
