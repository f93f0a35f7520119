"""Two people, neither the author, approve exactly one content."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from breach.core.crypto import sha256_hex
from breach.models.disclosures import SignOffSubject
from breach.queries import is_approved
from breach.services import signoffs
from tests import factories
from tests.factories import Cast

ONE, OTHER = sha256_hex(b"one wording"), sha256_hex(b"another wording")


def test_two_other_people_approve_exactly_this_content(cast: Cast) -> None:
    about = {
        "incident": factories.incident(),
        "subject": SignOffSubject.LETTER_VERSION,
        "subject_id": uuid4(),
    }
    for signer in (cast.supervisor, cast.second_supervisor):
        assert not is_approved(**about, content_sha256=ONE)
        signoffs.sign(actor=signer, author=cast.privacy, content_sha256=ONE, **about)
    assert is_approved(**about, content_sha256=ONE)
    assert not is_approved(**about, content_sha256=OTHER)


def test_the_author_does_not_sign_and_nobody_signs_twice(cast: Cast) -> None:
    about = {
        "incident": factories.incident(),
        "subject": SignOffSubject.LETTER_VERSION,
        "subject_id": uuid4(),
    }
    with pytest.raises(signoffs.OwnWork):
        signoffs.sign(actor=cast.privacy, author=cast.privacy, content_sha256=ONE, **about)
    signoffs.sign(actor=cast.supervisor, author=cast.privacy, content_sha256=ONE, **about)
    with pytest.raises(signoffs.SignedAlready):
        signoffs.sign(actor=cast.supervisor, author=cast.privacy, content_sha256=ONE, **about)
    with pytest.raises(PermissionDenied):
        signoffs.sign(actor=cast.worker, author=cast.privacy, content_sha256=ONE, **about)
    assert not is_approved(**about, content_sha256=ONE)
