"""Invitations: a link is made, shown once, handed over, and opened by the account's owner."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from breach.core.errors import Refused
from breach.core.roles import Capability, Role
from breach.models import User
from breach.one_human import representations_of
from breach.services import invitations

from .access import capability, public, recently_signed_in
from .acting import carried_out, sent_by
from .finding import exposure_or_404, user_of

C = Capability


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, pk: UUID, token: str) -> HttpResponse:
    """A GET shows a form and does not use up the link: mail scanners open links, too."""
    account = invitations.invited(pk, token)
    if account is None:
        return render(request, "account/invitation_dead.html", status=404)
    form = SetPasswordForm(account, sent_by(request))

    def accept() -> None:
        password = form.cleaned_data["new_password1"]
        invitations.accept(actor=account, token=token, password=password)

    if carried_out(request, form, accept):
        messages.success(
            request, _("Your password is set. Sign in with it; one more step follows.")
        )
        return redirect("sign-in")
    return render(request, "account/invitation.html", {"form": form, "account": account})


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.MANAGE_ACCOUNTS)
@recently_signed_in
def account_invite(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A link for any account but one's own, also when a password is forgotten."""
    account = get_object_or_404(User.objects.exclude(role=Role.SYSTEM), pk=pk)
    return _link_page(request, account, reverse("account-detail", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.ASSIGN)
@recently_signed_in
def counsel_invite(request: HttpRequest, slug: str, reference: str, pk: UUID) -> HttpResponse:
    """The first link for an attorney whose account two people have opened; later ones are an administrator's."""
    exposure = exposure_or_404(request, slug, reference)
    spoken_for = representations_of(exposure.person).filter(pk=pk)
    account = get_object_or_404(User, attorney__representations__in=spoken_for)
    back = reverse("person-detail", args=[slug, reference])
    return _link_page(request, account, back)


def _link_page(request: HttpRequest, account: User, back: str) -> HttpResponse:
    """Asks first, because the current password ends; the answer to the POST shows the link, once."""
    context = {"account": account, "back_url": back}
    if request.method == "POST":
        try:
            link = invitations.issue(actor=user_of(request), user=account)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(back)
        return render(request, "breach/account_link.html", {**context, "link": link})
    return render(request, "breach/account_invite.html", context)
