"""How operations are described in OpenAPI: each with the errors it can return."""

from __future__ import annotations

from typing import Any

from drf_standardized_errors.openapi import AutoSchema as ErrorsAutoSchema


class AutoSchema(ErrorsAutoSchema):
    """Only what changes something can be refused."""

    def _should_add_error_response(self, responses: dict[str, Any], status_code: str) -> bool:
        if status_code == "409" and self.method != "POST":
            return False
        return bool(super()._should_add_error_response(responses, status_code))
