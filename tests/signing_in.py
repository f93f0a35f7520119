"""A session that counts: begun a moment ago and with a second factor, as after the sign-in page."""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from django.urls import reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from breach.core import factor_secrets
from breach.models import SignIn, User
from breach.services import factors
from breach.web import signed_in
from tests.factories import PASSWORD

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in(client: Client, user: User, *, means: str = "mfa", ago: int = 0) -> Client:
    """Sign this client in; `ago` seconds since the second factor (or what `means` says) was shown."""
    client.force_login(user, backend=BACKEND)
    row = SignIn.objects.create(user=user, browser="Test")
    session = client.session
    session[signed_in.SESSION_KEY] = str(row.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": means, "at": time.time() - ago, "type": "totp"}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    client.cookies[settings.IDLE_COOKIE_NAME] = signed_in.sign_of_life(str(row.pk))
    return client


def client_of(user: User, *, means: str = "mfa", ago: int = 0, **how: Any) -> Client:
    """A new client with such a session."""
    return sign_in(Client(**how), user, means=means, ago=ago)


def cookies_of(client: Client) -> dict[str, str]:
    """What a browser needs to have the same session."""
    names = (settings.SESSION_COOKIE_NAME, settings.IDLE_COOKIE_NAME)
    return {name: client.cookies[name].value for name in names}


def give_app(user: User) -> str:
    """Set up an authenticator app for somebody; its secret."""
    secret: str = auth.generate_totp_secret()
    factors.add_app(actor=user, secret=secret)
    return secret


def code_for(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many half minutes from now. Every code opens once."""
    code: str = auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30 + steps))
    return code


def app_of(user: User) -> str:
    """The secret of somebody's authenticator app, which is set up when there is none."""
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return factor_secrets.unseal(app.data["secret"]) if app else give_app(user)


def fresh_code(user: User) -> str:
    """A code of this person's app that has not been used yet."""
    secret, now = app_of(user), int(time.time()) // 30
    used = _used.setdefault(secret, set())
    step = next(step for step in (now, now + 1, now - 1) if step not in used)
    used.add(step)
    return code_for(secret, step - now)


def signed_in_by_page(client: Client, user: User) -> Any:
    """Through the pages, as people do: password, then a code. What the second step answers."""
    app_of(user)
    given = {"login": user.username, "password": PASSWORD}
    assert client.post(reverse("sign-in"), given).url == reverse("mfa_authenticate")
    return client.post(reverse("mfa_authenticate"), {"code": fresh_code(user)})


def give_passkey(user: User, name: str = "Blue key") -> Authenticator:
    """A passkey that nobody has made: it stands in lists, and answers nothing."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(Aaguid.NONE, secrets.token_bytes(16), key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    place = hashlib.sha256(b"localhost").digest()
    data = AuthenticatorData.create(place, flags, 0, made)
    called = websafe_encode(made.credential_id)
    credential = {
        "id": called, "rawId": called, "type": "public-key", "clientExtensionResults": {},
        "response": {
            "clientDataJSON": websafe_encode(b'{"type": "webauthn.create", "challenge": "", "origin": ""}'),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", data, {}))),
        },
    }  # fmt: skip
    return factors.add_passkey(actor=user, name=name, credential=credential)


_used: dict[str, set[int]] = {}
