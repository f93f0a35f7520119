"""What all API views share: the user, the rows that user may see, and people's keys opened once per page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db.models import Model, QuerySet
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from breach.core import keyring
from breach.core.roles import Capability
from breach.models import User

from .permissions import Capabilities, HasDeclaredCapability

Row = TypeVar("Row", bound=Model)


class Rows(GenericAPIView[Row]):
    """A view on rows. `queryset` is what a stranger sees, which is nothing; `rows` what the signed-in user does."""

    http_method_names = ["get", "head", "post"]
    parser_classes = [JSONParser]
    capabilities: Capabilities = {}

    @property
    def user(self) -> User:
        """The signed-in user; views without one are refused before they begin."""
        return cast(User, self.request.user)

    def rows(self) -> QuerySet[Row]:
        """The rows this user may see, in their fixed order."""
        return super().get_queryset()

    def people_of(self, rows: Sequence[Row]) -> Iterable[object]:
        """The ids of the people whose sealed values these rows show."""
        return ()

    def get_queryset(self) -> QuerySet[Row]:
        return self.rows() if self.request.user.is_authenticated else super().get_queryset()

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        page = super().paginate_queryset(queryset)
        keyring.preload(str(person) for person in self.people_of(page or ()))
        return page


class ListOfRows(ListModelMixin, Rows[Row]):
    """GET: one page of the rows that pass the filters."""

    def get(self, request: Request, **_kwargs: Any) -> Response:
        return self.list(request)


class OneRow(Rows[Row]):
    """GET: one row; a row that is not visible is not found."""

    filter_backends = []
    pagination_class = None

    def get(self, _request: Request, **_kwargs: Any) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class Schema(SpectacularAPIView):
    """GET: the OpenAPI description, for signed-in users; in production it is not there.

    There it is a file: `manage.py spectacular`.
    """

    http_method_names = ["get", "head"]
    permission_classes = [HasDeclaredCapability]
    capabilities: Capabilities = {"GET": [Capability.SIGNED_IN]}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not settings.DEBUG:
            raise NotFound
