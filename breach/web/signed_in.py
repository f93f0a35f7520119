"""How far a session is authenticated: whether it counts at all, with a second factor, and recently.

Signed in fully means with a second factor. A session that is not may only set one up, show one, or sign out.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from breach.models import User
from breach.queries import open_sign_ins
from breach.services import factors, sessions

from .browsers import family

SESSION_KEY = "sign_in"
PASSWORD, SECOND_FACTOR, DEMO = "password", "mfa", "demo"
REFRESHED_EVERY = 30  # seconds; the cookie need not be written with every answer
_signer = TimestampSigner(salt="breach.idle")


def begin(request: HttpRequest, user: User) -> None:
    """Give a session that has just signed in its row, without which it counts for nothing."""
    means = [str(record["method"]) for record in get_authentication_records(request, user)]
    browser = family(request.headers.get("User-Agent", ""))
    sign_in = sessions.begin(actor=user, browser=browser, means=means)
    request.session[SESSION_KEY] = str(sign_in.pk)


def current(request: HttpRequest) -> UUID | None:
    """Which session this is."""
    named = request.session.get(SESSION_KEY)
    return UUID(named) if named else None


def is_idle(request: HttpRequest) -> bool:
    """Whether nothing has happened in this session for too long, or its sign of life belongs to another one."""
    sign = request.COOKIES.get(settings.IDLE_COOKIE_NAME, "")
    try:
        whose = _signer.unsign(sign, max_age=settings.IDLE_SECONDS)
    except BadSignature:
        return True
    return whose != request.session.get(SESSION_KEY)


def is_open(request: HttpRequest, user: User) -> bool:
    """Whether the session has not been ended, and its ten hours have not passed."""
    named = current(request)
    return named is not None and open_sign_ins(user).filter(pk=named).exists()


def is_full(request: HttpRequest) -> bool:
    """Whether this session has shown a second factor; in the demonstration the click on a role is enough."""
    return any(
        record["method"] == SECOND_FACTOR or _is_demo(record) for record in _records(request)
    )


def is_recent(request: HttpRequest) -> bool:
    """Whether somebody has shown within the last five minutes that they are still the one who signed in.

    With the strongest means they have: a password is enough only while there is no second factor yet.
    """
    records = _records(request)
    if any(_is_demo(record) for record in records):
        return True
    wanted = SECOND_FACTOR if is_full(request) or has_factor(request) else PASSWORD
    latest = max((r["at"] for r in records if r["method"] == wanted), default=0.0)
    return bool(time.time() - latest < settings.RECENT_SECONDS)


def has_factor(request: HttpRequest) -> bool:
    """Whether the signed-in user has a second factor that this session could show."""
    return isinstance(request.user, User) and bool(factors.factors_of(request.user))


def shown(request: HttpRequest, factor: Authenticator) -> None:
    """Remember in the session that this factor has just been shown."""
    record_authentication(
        request, request.user, SECOND_FACTOR, id=factor.pk, type=factor.type, reauthenticated=True
    )


def refresh(request: HttpRequest, response: HttpResponse) -> None:
    """Renew the sign of life; a page that polls for a job's progress is not one."""
    if not request.user.is_authenticated:
        if settings.IDLE_COOKIE_NAME in request.COOKIES:
            response.delete_cookie(settings.IDLE_COOKIE_NAME, samesite="Lax")
        return
    by_itself = request.headers.get("HX-Request") and request.method == "GET"
    named = str(request.session.get(SESSION_KEY, ""))
    if by_itself or not named:
        return
    try:
        sign = request.COOKIES.get(settings.IDLE_COOKIE_NAME, "")
        if _signer.unsign(sign, max_age=REFRESHED_EVERY) == named:
            return
    except BadSignature:
        pass
    response.set_cookie(
        settings.IDLE_COOKIE_NAME, sign_of_life(named), httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def sign_of_life(session: str) -> str:
    """What the idle cookie holds: the session and the moment, signed."""
    return _signer.sign(session)


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = get_authentication_records(request, request.user)
    return records


def _is_demo(record: dict[str, Any]) -> bool:
    return bool(settings.DEMO) and record["method"] == DEMO
