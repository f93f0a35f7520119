"""The page components: `{% load shell %}`. The debug page `/components/` shows each in each state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.template import Engine
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from breach.web import charts, fields
from breach.web.chips import Chip, chip_for, due_chip
from breach.web.shell import LinkGroup

register = template.Library()

SPRITE = "vendor/uswds/img/sprite.svg"
EMPTY: tuple[object, ...] = (None, "", [], [""])  # what an unused filter sends
HASH = re.compile(r"[0-9a-f]{64}")
ALERT_ICONS = {"info": "info", "success": "check_circle", "warning": "warning", "error": "error"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the design system's sprite; decorative unless it gets a label."""
    described = SafeString('aria-hidden="true"')
    if label:
        described = format_html('role="img" aria-label="{}"', label)
    return format_html(
        '<svg class="icon" {} focusable="false" width="20" height="20"><use href="{}#{}"></use></svg>',
        described,
        static(SPRITE),
        name,
    )


@register.simple_tag
def chip(state: object, label: object = "") -> SafeString:
    """A state in words: `{% chip delivery.state %}`, or a tone: `{% chip "warning" _("No owner") %}`."""
    return _chip(chip_for(state, label))


@register.simple_tag
def due(day: date | datetime | None) -> SafeString:
    """A due date against today: overdue, due today, due in some days."""
    found = due_chip(day)
    return _chip(found) if found else SafeString("")


def _chip(shown: Chip) -> SafeString:
    return format_html('<span class="chip chip--{}">{}</span>', shown.tone, shown.label)


@register.inclusion_tag("partials/when.html")
def when(moment: date | datetime | None, form: str = "") -> dict[str, Any]:
    """A moment as `<time>` in the reader's form; `{% when moment "date" %}` leaves the clock out."""
    return {"moment": moment, "clock": isinstance(moment, datetime) and form != "date"}


@register.inclusion_tag("partials/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: template.Context, *parts: object) -> dict[str, Any]:
    """`{% breadcrumbs label url label url last_label %}`; Home comes first by itself."""
    links = [(str(parts[at]), str(parts[at + 1])) for at in range(0, len(parts) - 1, 2)]
    last = str(parts[-1]) if len(parts) % 2 else ""
    home = _reverse("home")
    return {"links": [(_("Home"), home), *links] if home else links, "last": last}


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[LinkGroup]:
    """The link groups of the signed-in user, for the incident of this page."""
    shell = context.get("shell")
    if shell is None:
        return []
    groups: list[LinkGroup] = shell.groups(current_incident(context))
    return groups


@register.simple_tag(takes_context=True)
def current_incident(context: template.Context) -> Any:
    """The incident the page is about: the view's own `incident`, else the shell's."""
    own = context.get("incident")
    return own if hasattr(own, "slug") else getattr(context.get("shell"), "incident", None)


@register.simple_tag
def first_url(*names: str) -> str:
    """The URL of the first of these names that exists; empty when none does."""
    return next((url for name in names if (url := _reverse(name))), "")


@register.inclusion_tag("partials/paging.html", takes_context=True)
def paging(
    context: template.Context, page_obj: Page[Any], parameter: str = "page"
) -> dict[str, Any]:
    """Page numbers and "1-50 of 6,252"; every other parameter of the query string stays."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)

    def url(number: int) -> str:
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    shown = page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    return {
        "page_obj": page_obj,
        "links": [(number, url(number) if isinstance(number, int) else "") for number in shown],
        "previous_url": url(page_obj.number - 1) if page_obj.has_previous() else "",
        "next_url": url(page_obj.number + 1) if page_obj.has_next() else "",
    }


@register.inclusion_tag("partials/empty.html")
def empty(
    title: str, text: str = "", action_url: str = "", action_label: str = ""
) -> dict[str, Any]:
    """What to say, and what to do, where a list has no rows."""
    return {"title": title, "text": text, "action_url": action_url, "action_label": action_label}


@register.inclusion_tag("partials/stat.html")
def stat(
    value: object, label: str, url: str = "", note: str = "", tone: str = ""
) -> dict[str, Any]:
    """One figure; with a URL the number opens the list behind it."""
    return {"value": value, "label": label, "url": url, "note": note, "tone": tone}


@register.inclusion_tag("partials/funnel_chart.html")
def funnel_chart(
    rows: Iterable[Mapping[str, Any]],
    total: int = 0,
    caption: str = "",
    everyone: str = "",
    everyone_url: str = "",
) -> dict[str, Any]:
    """States end to end as one bar, and a row for each: `{"state", "label"?, "value", "url"?}`.

    `everyone` heads the sum where that is not the whole roster; `everyone_url` is the list behind it.
    """
    chart = charts.funnel_chart(rows, total)
    return {
        "chart": chart, "caption": caption, "everyone": everyone, "everyone_url": everyone_url, "full": charts.WIDTH,
    }  # fmt: skip


@register.inclusion_tag("partials/bar_chart.html")
def bar_chart(
    rows: Iterable[Mapping[str, Any]], caption: str = "", label: str = "", unit: str = ""
) -> dict[str, Any]:
    """One bar a row: `{"label", "value", "url"?, "tone"?}`. `label` and `unit` head the two columns."""
    chart = charts.bar_chart(rows)
    return {"chart": chart, "caption": caption, "label": label, "unit": unit, "full": charts.WIDTH}


@register.inclusion_tag("partials/progress.html")
def progress(done: int, total: int, label: str) -> dict[str, Any]:
    """A native progress bar with its numbers in words."""
    share = charts.share(done, total)
    return {"done": done, "total": total, "label": label, "share": share}


@register.filter
def percent(share: float) -> str:
    """One decimal and the sign as the reader's language writes it."""
    return gettext("%(share)s%%") % {"share": formats.number_format(share, 1)}


@register.inclusion_tag("partials/facts.html")
def facts(rows: Iterable[tuple[str, object]]) -> dict[str, Any]:
    """Key and value pairs; what is empty reads "Not recorded", and a hash is set as one."""
    return {"rows": [(label, _hash_or_words(value)) for label, value in rows]}


def _hash_or_words(value: object) -> object:
    if isinstance(value, str) and HASH.fullmatch(value):
        return format_html('<span class="mono wrap-anywhere">{}</span>', value)
    return value


@register.inclusion_tag("partials/timeline.html")
def timeline(entries: Iterable[object]) -> dict[str, Any]:
    """What happened, in order: entries with `at`, `title` and maybe `text`, `actor`, `tone`, `url`."""
    return {"entries": entries}


@register.inclusion_tag("partials/filter_bar.html", takes_context=True)
def filter_bar(context: template.Context, form: BaseForm, label: str = "") -> dict[str, Any]:
    """The GET form above a list; says how many filters are on and offers to clear them."""
    active = sum(form[name].data not in EMPTY for name in form.fields) if form.is_bound else 0
    return {"form": form, "active": active, "label": label, "request": context.get("request")}


@register.inclusion_tag("partials/field.html")
def field(bound: BoundField, optional_mark: bool = True) -> dict[str, Any]:
    """One form field: label, hint, inline errors and the widget in the dress of the design system."""
    kind = fields.kind_of(bound)
    shown: dict[str, Any] = {"bound": bound, "kind": kind, "optional_mark": optional_mark}
    if kind == "group":
        return shown | {"options": fields.options(bound)}
    return shown | {"control": fields.control(bound)}


@register.inclusion_tag("partials/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """All fields of a form, hidden ones included."""
    return {"form": form}


@register.inclusion_tag("partials/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """Every error of the form at its top, each a link to its field; takes the focus when there are any."""
    return {"problems": fields.problems(form) if form.is_bound else []}


@register.inclusion_tag("partials/submit.html")
def submit(label: str, cancel_url: str = "", tone: str = "") -> dict[str, Any]:
    """The primary button of a form and a plain way back."""
    return {"label": label, "cancel_url": cancel_url, "tone": tone}


@register.simple_block_tag(takes_context=True)
def panel(
    context: template.Context, content: SafeString, title: str, *, id: str = "", note: str = "",
    url: str = "", link: str = "", tone: str = "",
) -> SafeString:  # fmt: skip
    """`{% panel _("Who") %}…{% endpanel %}`: a section with a heading and maybe a link at its right."""
    given = {"title": title, "id": id, "note": note, "url": url, "link": link, "tone": tone}
    return _around("partials/panel.html", context, content, given)


@register.simple_block_tag(takes_context=True)
def alert(context: template.Context, content: SafeString, kind: str, title: str = "") -> SafeString:
    """`{% alert "warning" _("Sending is stopped") %}…{% endalert %}`: info, success, warning or error."""
    given = {"kind": kind, "title": title, "icon_name": ALERT_ICONS.get(kind, "info")}
    return _around("partials/alert.html", context, content, given)


@register.simple_block_tag(takes_context=True)
def confirm_step(
    context: template.Context, content: SafeString, title: str, action: str, cancel_url: str, *,
    tone: str = "", url: str = "",
) -> SafeString:  # fmt: skip
    """A POST form that says what will happen before it does; the block holds the consequences and fields."""
    given = {"title": title, "action": action, "cancel_url": cancel_url, "tone": tone, "url": url}
    return _around("partials/confirm_step.html", context, content, given)


@register.simple_tag
def refresh_without_script(seconds: int = 5) -> SafeString:
    """For the `head` block of a live page: browsers without JavaScript load it again by themselves."""
    return format_html('<noscript><meta http-equiv="refresh" content="{}"></noscript>', seconds)


def _around(
    name: str, context: template.Context, content: SafeString, given: Mapping[str, object]
) -> SafeString:
    """Render a component's template around the content of its block, as an inclusion tag would."""
    inner = context.new({**given, "content": content})
    inner["csrf_token"] = context.get("csrf_token")
    engine = context.template.engine if context.template else Engine.get_default()
    return engine.get_template(name).render(inner)


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
