"""Panels other pages load by URL name: a fragment for HTMX, a whole page for a browser without JavaScript."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def panel_or_page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any]
) -> HttpResponse:
    """`template` holds the panel alone; `title` heads the page around it."""
    if getattr(request, "htmx", False):
        return render(request, template, context)
    return render(
        request, "notifications/panel_page.html", {**context, "panel": template, "title": title}
    )
