"""Accounts: who can sign in, at which desk. Attorneys are invited from their record instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from breach.core.roles import Capability, Role
from breach.models import User
from breach.queries import open_sign_ins
from breach.services import factors, granting, resetting, sessions, users
from breach.web.access import capability, recently_signed_in
from breach.web.acting import carried_out, sent_by
from breach.web.approvals import waiting_request
from breach.web.filters import AccountFilter
from breach.web.finding import page_of, user_of
from breach.web.forms.accounts import AccountForm, DeskForm, ReasonForm
from breach.web.security import described

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
    """Without a password: the account's owner chooses one, with a link from the account's page."""
    form, user = AccountForm(sent_by(request)), user_of(request)
    made: list[User] = []

    def propose() -> None:
        made.append(granting.propose_account(actor=user, password=None, **form.cleaned_data))

    if carried_out(request, form, propose):
        messages.success(
            request,
            _("The account is created, and works once another person has approved it."),
        )
        return redirect("account-detail", pk=made[0].pk)
    return render(request, "breach/account_create.html", {"form": form})


@dataclass(frozen=True)
class Change:
    """One thing an administrator may do to an account: its form, its verb, and the message afterward."""

    form: BaseForm
    verb: Callable[[], object]
    said: str


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.MANAGE_ACCOUNTS)
@recently_signed_in
def account_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One account: its desk, its way in, its sessions; closing it."""
    account, user = get_object_or_404(PEOPLE, pk=pk), user_of(request)
    changes = _changes(request, user, account)
    change = changes.get(request.POST.get("what", ""))
    if change is not None and carried_out(request, change.form, change.verb):
        messages.success(request, change.said)
        return redirect("account-detail", pk=pk)
    context = {
        "account": account,
        "asked": waiting_request(user, granting.ROLE_GRANT, account.pk),
        "reset_asked": waiting_request(user, resetting.FACTOR_RESET, account.pk),
        "factors": [described(one) for one in factors.factors_of(account)],
        "sessions": open_sign_ins(account).count(),
        **{name: change.form for name, change in changes.items()},
    }
    return render(request, "breach/account_detail.html", context)


def _changes(request: HttpRequest, user: User, account: User) -> dict[str, Change]:
    """What the page offers, by the word its forms send."""
    which, sent = request.POST.get("what"), sent_by(request)

    def why(name: str) -> ReasonForm:
        return ReasonForm(sent if which == name else None, auto_id=f"{name}_%s")

    active, ended, lost = why("active"), why("ended"), why("lost")
    desk = DeskForm(sent if which == "desk" else None, account=account)
    return {
        "active": Change(
            active, lambda: users.close(actor=user, user=account, reason=active.cleaned_data["reason"]),
            _("Saved. It takes effect with the next request."),
        ),
        "desk": Change(
            desk, lambda: granting.ask_for_role(actor=user, user=account, **desk.cleaned_data),
            _("Another person is asked to approve it. Nothing changes until then."),
        ),
        "ended": Change(
            ended, lambda: sessions.end_all(actor=user, user=account, reason=ended.cleaned_data["reason"]),
            _("Every session of this account is ended."),
        ),
        "lost": Change(
            lost, lambda: resetting.ask_for_reset(actor=user, user=account, reason=lost.cleaned_data["reason"]),
            _("Every session is ended. Another person is asked to approve removing the second factors."),
        ),
    }  # fmt: skip
