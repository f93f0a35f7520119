"""A user's own account: second factors, recovery codes, and where they are signed in."""

from __future__ import annotations

from uuid import UUID

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import clear_totp_secret
from allauth.mfa.webauthn.internal.auth import begin_registration
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from breach.core.errors import Refused
from breach.core.roles import Capability
from breach.models import SignIn
from breach.queries import open_sign_ins
from breach.services import factors, sessions, users

from . import signed_in
from .access import before_second_factor, capability, recently_signed_in
from .acting import carried_out, sent_by
from .finding import user_of
from .forms.signing import NewAppForm, NewPasskeyForm

C = Capability


@require_safe
@capability(C.SIGNED_IN)
def security(request: HttpRequest) -> HttpResponse:
    """What protects this account, and every open session of it."""
    user = user_of(request)
    context = {
        "factors": [described(one) for one in factors.factors_of(user)],
        "codes_left": len(factors.unused_codes(user)),
        "sessions": open_sign_ins(user),
        "this_session": signed_in.current(request),
    }
    return render(request, "account/security.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.SIGNED_IN)
def password_change(request: HttpRequest) -> HttpResponse:
    """The old password and a new one; other sessions end."""
    user = user_of(request)
    form = PasswordChangeForm(user, sent_by(request))

    def change() -> None:
        password = form.cleaned_data["new_password1"]
        this = signed_in.current(request)
        changed = users.change_password(actor=user, password=password, session=this)
        update_session_auth_hash(request, changed)

    if carried_out(request, form, change):
        messages.success(request, _("The new password is set; you are signed out everywhere else."))
        return redirect("security")
    return render(request, "registration/password_change_form.html", {"form": form})


@before_second_factor
@require_safe
@capability(C.SIGNED_IN)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Which second factor to set up; the first page of a new account."""
    context = {"is_first": not signed_in.has_factor(request)}
    return render(request, "account/second_factor.html", context)


@before_second_factor
@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.SIGNED_IN)
@recently_signed_in
def app_add(request: HttpRequest) -> HttpResponse:
    """An authenticator app: a secret as a picture and in letters, and one code to see that it has arrived."""
    user = user_of(request)
    form = NewAppForm(data=sent_by(request), user=user)
    if carried_out(request, form, lambda: _add_app(request, form.secret)):
        return _after_adding(request, _("The authenticator app is set up."))
    url = get_adapter().build_totp_url(user, form.secret)
    secret = " ".join(form.secret[at : at + 4] for at in range(0, len(form.secret), 4))
    picture = segno.make(url, error="m").svg_data_uri(scale=5, border=2, light="#fff")
    context = {"form": form, "secret": secret, "picture": picture}
    return render(request, "account/app_add.html", context)


def _add_app(request: HttpRequest, secret: str) -> None:
    signed_in.shown(request, factors.add_app(actor=user_of(request), secret=secret))
    clear_totp_secret(request)


@before_second_factor
@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.SIGNED_IN)
@recently_signed_in
def passkey_add(request: HttpRequest) -> HttpResponse:
    """A passkey; it always asks for finger, face or PIN, so it is also enough alone at sign-in."""
    user = user_of(request)
    form = NewPasskeyForm(data=sent_by(request), user=user)

    def add() -> None:
        given = form.cleaned_data
        made = factors.add_passkey(actor=user, name=given["name"], credential=given["credential"])
        signed_in.shown(request, made)

    if carried_out(request, form, add):
        return _after_adding(request, _("The passkey is set up."))
    options = begin_registration(user, True)
    context = {"form": form, "js_data": {"creation_options": options}}
    return render(request, "account/passkey_add.html", context)


def _after_adding(request: HttpRequest, said: str) -> HttpResponse:
    """Recovery codes come with the first factor, and are shown at once."""
    messages.success(request, said)
    is_first = len(factors.factors_of(user_of(request))) == 1
    return redirect("recovery-codes" if is_first else "security")


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.SIGNED_IN)
@recently_signed_in
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """The codes for the day when phone and key are lost; a POST makes new ones."""
    user = user_of(request)
    if request.method == "POST":
        try:
            factors.renew_codes(actor=user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("These are new. The old ones no longer work."))
        return redirect("recovery-codes")
    return render(request, "account/recovery_codes.html", {"codes": factors.unused_codes(user)})


@require_safe
@capability(C.SIGNED_IN)
@recently_signed_in
def recovery_codes_file(request: HttpRequest) -> HttpResponse:
    codes = factors.unused_codes(user_of(request))
    answer = HttpResponse("\n".join(codes) + "\n", content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="recovery-codes.txt"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@capability(C.SIGNED_IN)
@recently_signed_in
def factor_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first: every other session ends with it."""
    user = user_of(request)
    own = Authenticator.objects.filter(user=user, type__in=[factors.APP, factors.PASSKEY])
    factor = get_object_or_404(own, pk=pk)
    if request.method == "POST":
        try:
            factors.remove(actor=user, factor=factor, session=signed_in.current(request))
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("It is removed, and you are signed out everywhere else."))
        return redirect("security")
    return render(request, "account/factor_remove.html", {"factor": described(factor)})


@require_POST
@capability(C.SIGNED_IN)
def session_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    sign_in = get_object_or_404(SignIn, pk=pk, user=user_of(request))
    try:
        sessions.end(actor=user_of(request), sign_in=sign_in.pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("This session is ended."))
    return redirect("security")


@require_POST
@capability(C.SIGNED_IN)
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_others(actor=user_of(request), but=signed_in.current(request))
    said = ngettext("%(n)d other session is ended.", "%(n)d other sessions are ended.", ended)
    messages.success(request, said % {"n": ended})
    return redirect("security")


def described(factor: Authenticator) -> dict[str, object]:
    """A second factor as pages show it."""
    is_app = factor.type == factors.APP
    return {
        "pk": factor.pk, "name": _("Authenticator app") if is_app else factor.wrap().name,
        "kind": _("Codes of six digits") if is_app else _("Passkey"),
        "added": factor.created_at, "used": factor.last_used_at,
    }  # fmt: skip
