"""Every path says which capability it needs; the few that need none are on this list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, path

from breach.core.roles import Capability
from breach.web.access import PUBLIC

PUBLIC_PATHS = {
    "healthz",
    "set_language",
    "sign-in",
    "account_login",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "invitation",
    "demo-sign-in",
}


def paths(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from paths(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


def declared(pattern: URLPattern) -> set[object]:
    """The capabilities a view names: one for a page, any of several a method for the API."""
    view = pattern.callback
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    found: set[object] = set()
    for holder in (view, cls):
        single = getattr(holder, "capability", None)
        found |= {single} if single else set()
        for any_of in (getattr(holder, "capabilities", None) or {}).values():
            found |= set(any_of)
    return found


def undeclared(entries: Iterator[tuple[str, URLPattern]]) -> list[str]:
    return [
        f"/{route} ({pattern.name})"
        for route, pattern in entries
        if not declared(pattern) or not declared(pattern) <= {*Capability, PUBLIC}
    ]


def test_every_path_declares_a_capability() -> None:
    assert undeclared(paths(get_resolver())) == []


def test_every_method_of_the_api_declares_its_own() -> None:
    views = [getattr(pattern.callback, "cls", None) for _route, pattern in paths(get_resolver())]
    methods = [
        (view.__name__, method)
        for view in filter(None, views)
        for method in {"get", "post", "put", "patch", "delete"} & set(dir(view))
        if not view.capabilities.get(method.upper())
    ]
    assert any(views)
    assert not methods, "these let nobody in"


def test_only_the_listed_paths_need_no_sign_in() -> None:
    public = {
        pattern.name for _route, pattern in paths(get_resolver()) if PUBLIC in declared(pattern)
    }
    assert public <= PUBLIC_PATHS, public - PUBLIC_PATHS


def test_a_path_without_a_capability_is_found() -> None:
    def bare(request: object) -> None: ...

    planted = path("planted/", bare, name="planted")  # type: ignore[arg-type]  # the view is never called
    assert undeclared(iter([("planted/", planted)])) == ["/planted/ (planted)"]


@pytest.mark.parametrize("name", sorted(PUBLIC_PATHS))
def test_the_public_list_names_paths_that_exist(name: str) -> None:
    assert name in {pattern.name for _route, pattern in paths(get_resolver())}
