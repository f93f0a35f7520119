"""The doorbell of the API: each view declares the capability each method needs; the lock itself is in the verb."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission

from breach.core.roles import Capability, can

if TYPE_CHECKING:  # rest_framework.views itself imports this module, as the default permission
    from rest_framework.request import Request
    from rest_framework.views import APIView

# Method -> the capabilities any one of which opens it.
Capabilities = Mapping[str, Sequence[Capability]]


class HasDeclaredCapability(BasePermission):
    """Refuses everybody at a view, or a method of it, that declares no capability."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        method = "GET" if request.method == "HEAD" else str(request.method)
        declared: Capabilities = getattr(view, "capabilities", {})
        if method not in view.allowed_methods and self._enters(request, declared):
            raise MethodNotAllowed(method)
        return any(can(request.user, capability) for capability in declared.get(method, ()))

    def _enters(self, request: Request, declared: Capabilities) -> bool:
        """Whether any method is open to the user: others are not told which methods there are."""
        return any(can(request.user, one) for any_of in declared.values() for one in any_of)
