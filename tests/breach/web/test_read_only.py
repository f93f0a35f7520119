"""A safe request cannot write: PostgreSQL refuses it, loudly, and the transaction leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
from django.db import InternalError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from breach.core.roles import Role
from breach.models import Facility, User
from breach.web import read_only
from tests import factories
from tests.breach.web.conftest import SignIn

SAFE = ("get", "head", "options")


def writes(_request: HttpRequest) -> HttpResponse:
    Facility.objects.create(name="Planted", kind="detention")
    return HttpResponse("written")


def swallows(_request: HttpRequest) -> HttpResponse:
    try:
        Facility.objects.create(name="Planted")
    except InternalError:
        pass
    return HttpResponse("as if nothing had happened")


def writes_while_rendering(request: HttpRequest) -> HttpResponse:
    def late(_request: HttpRequest) -> dict[str, object]:
        return {"form": Facility.objects.create(name="Planted")}

    answer = TemplateResponse(request, "home.html", {})
    answer.resolve_context = lambda data: late(request)  # type: ignore[method-assign]  # at rendering
    return answer


def leaves_work(_request: HttpRequest) -> HttpResponse:
    transaction.on_commit(lambda: None)
    return HttpResponse("later")


def streams(_request: HttpRequest) -> StreamingHttpResponse:
    def rows() -> Iterator[bytes]:
        yield b"row"

    return StreamingHttpResponse(rows())


def mode(_request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return HttpResponse(cursor.fetchone()[0])


class WritingApi(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, _request: Request) -> Response:
        Facility.objects.create(name="Planted")
        return Response({})

    def options(self, request: Request, *_args: object, **_kwargs: object) -> Response:
        return self.get(request)


@pytest.fixture(autouse=True)
def planted(settings: Settings, db: None) -> Iterator[None]:
    """Addresses that sin, and one that tells the mode of its transaction."""
    module = ModuleType("planted_urls")
    module.urlpatterns = [  # type: ignore[attr-defined]
        path("writes/", writes),
        path("swallows/", swallows),
        path("renders/", writes_while_rendering),
        path("later/", leaves_work),
        path("streams/", streams),
        path("mode/", mode),
        path("api/", WritingApi.as_view()),
    ]
    settings.ROOT_URLCONF = module
    yield


@pytest.mark.parametrize("method", SAFE)
@pytest.mark.parametrize("url", ["/writes/", "/renders/", "/api/"])
def test_a_write_in_a_safe_request_is_refused_by_the_database(method: str, url: str) -> None:
    with pytest.raises(InternalError, match="read-only transaction"):
        getattr(Client(), method)(url)
    assert not Facility.objects.exists()


def test_in_production_it_is_a_500_and_nothing_is_written() -> None:
    answer = Client(raise_request_exception=False).get("/writes/")
    assert answer.status_code == 500
    assert not Facility.objects.exists()


def test_a_write_that_is_swallowed_leaves_nothing_either() -> None:
    assert Client().get("/swallows/").status_code == 200
    assert not Facility.objects.exists()


def test_a_safe_request_leaves_no_work_for_later() -> None:
    with pytest.raises(read_only.WroteWhileReading):
        Client().get("/later/")


def test_an_answer_that_would_read_after_its_transaction_is_refused() -> None:
    with pytest.raises(read_only.WroteWhileReading):
        Client().get("/streams/")


def test_only_safe_requests_are_read_only_and_the_mode_ends_with_them() -> None:
    client = Client()
    modes = [
        client.get("/mode/").content,
        client.post("/mode/").content,
        client.get("/mode/").content,
    ]
    assert modes == [b"on", b"off", b"on"]
    factories.user(Role.CASE_WORKER)  # the test itself may write again


def test_a_session_that_ended_elsewhere_is_put_away_before_reading(sign_in: SignIn) -> None:
    user = factories.user(Role.CASE_WORKER)
    client = sign_in(user)
    stored = User.objects.get(pk=user.pk)
    stored.set_password("another long sentence to sign in")
    stored.save()
    assert client.get("/mode/").content == b"on"


def test_a_page_is_away_when_the_database_is_and_the_load_balancer_still_gets_its_word(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROOT_URLCONF = "breach.urls"

    def gone(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", gone)
        away.setattr(connection, "savepoint", gone)
        answers = [Client().get(url) for url in ("/sign-in/", "/healthz")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[1].content == b"database\n"
