"""One form for every error: what the verbs refuse becomes a 409 with its sentence, what is not visible a 404."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.openapi_serializers import ClientErrorEnum
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, NotFound, PermissionDenied

from breach.core.collisions import collided
from breach.core.errors import NotRecorded, Refused
from breach.core.roles import NotAllowed


class Conflict(APIException):
    """The service refuses as things stand; the sentence says why and what to do."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "refused"


class NothingRecorded(APIException):
    """The look could not be recorded in the history, so nothing is shown."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "not_recorded"


class Busy(APIException):
    """The database ended the change in favor of another one; it can be sent again at once."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"
    wait = 1  # seconds, for Retry-After


class ErrorHandler(ExceptionHandler):
    """Translates the services' exceptions; "not there" and "not yours" get the same answer."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, Refused):
            return Conflict(str(exc))
        if isinstance(exc, NotRecorded):
            return NothingRecorded(
                _("Nothing was opened, because the look could not be recorded. Try again in a few minutes.")
            )  # fmt: skip
        if collided(exc):
            return Busy(
                _("Somebody else was changing the same thing at the same moment. Send it again; what was done "
                  "already is not done twice.")
            )  # fmt: skip
        if isinstance(exc, NotAllowed):
            return PermissionDenied(str(exc))
        if isinstance(exc, ObjectDoesNotExist):
            return NotFound()
        known: Exception = super().convert_known_exceptions(exc)
        return known


class DeniedCode(TextChoices):
    """Why access is denied: nobody has signed in, or the role lacks the capability."""

    PERMISSION_DENIED = "permission_denied"
    NOT_AUTHENTICATED = "not_authenticated"


class RefusedCode(TextChoices):
    """The only code of a refusal; the sentence is what differs."""

    REFUSED = "refused"


class _DeniedError(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=DeniedCode.choices)
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class _RefusedError(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=RefusedCode.choices)
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class DeniedResponse(serializers.Serializer[Any]):
    """The body of a 403, for the schema."""

    type = serializers.ChoiceField(choices=ClientErrorEnum.choices)
    errors = _DeniedError(many=True)  # type: ignore[assignment]  # a declared field, not the property


class RefusedResponse(serializers.Serializer[Any]):
    """The body of a 409, for the schema."""

    type = serializers.ChoiceField(choices=ClientErrorEnum.choices)
    errors = _RefusedError(many=True)  # type: ignore[assignment]  # a declared field, not the property
