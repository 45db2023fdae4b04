"""The components of the design system, one `{% load ui %}` away. Their use is shown in templates/README.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.charts.spec import Chart
from core.charts.svg import render_chart
from core.web.components import Event, Kpi, Step, Tab, blocks, forms, marks
from core.web.paging import Page

register = template.Library()

register.simple_tag(marks.icon, name="icon")
register.simple_tag(marks.tag, name="tag")
register.simple_tag(marks.status_icon, name="status_icon")
register.simple_tag(marks.grade, name="grade")
register.simple_tag(marks.key, name="key")
register.simple_tag(marks.time_left, name="time_left")
register.simple_tag(marks.avatar, name="avatar")
register.simple_tag(blocks.panel, name="panel")
register.simple_tag(blocks.kpi_strip, name="kpi_strip")
register.simple_tag(blocks.facts, name="facts")
register.simple_block_tag(blocks.card, name="card")
register.simple_block_tag(blocks.table, name="table")
register.simple_block_tag(blocks.kpis, name="kpis")
register.simple_block_tag(blocks.banner, name="banner")
register.simple_tag(forms.field, name="field")
register.simple_tag(forms.tiles, name="tiles")
register.simple_tag(forms.fields, name="form_fields")
register.simple_tag(forms.error_summary, name="error_summary")


@register.simple_tag(name="kpi")
def kpi(label: str, value: Any, **rest: Any) -> SafeString:
    """One cell inside `{% kpis %}`; the words of core.web.components.Kpi are its arguments."""
    return blocks.kpi_cell(Kpi(label=label, value=str(value), **rest))


@register.simple_tag(name="chart")
def chart(spec: Chart) -> SafeString:
    """A chart in its wide and its narrow drawing, with the same figures as a table."""
    return render_chart(spec)


@register.inclusion_tag("components/tabs.html", name="tabs")
def tabs(views: Sequence[Tab], label: str = "Saved views") -> dict[str, Any]:
    """Saved views as underlined tabs with live counts."""
    return {"views": views, "label": label}


@register.inclusion_tag("components/steps.html", name="steps")
def steps(items: Sequence[Step], label: str = "Progress") -> dict[str, Any]:
    """The steps of a file with the present one marked."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/timeline.html", name="timeline")
def timeline(items: Sequence[Event], label: str = "Timeline") -> dict[str, Any]:
    """What happened, newest first or as given."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/empty.html", name="empty")
def empty(kind: str, title: str, why: str = "", url: str = "", action: str = "", level: int = 2) -> dict[str, Any]:
    """Nothing to show. `kind`: "nothing" (yet), "filtered" (nothing matches; offer to clear) or "hidden" (may not see
    this).
    """
    names = {"nothing": "inbox", "filtered": "funnel", "hidden": "eye-slash"}
    return {"icon_name": names[kind], "title": title, "why": why, "url": url, "action": action, "level": level}


@register.inclusion_tag("components/conflict.html", name="conflict")
def conflict(who: str, at: Any, what: str, kept: str = "", url: str = "") -> dict[str, Any]:
    """Somebody else was first: who, when, what, and the typed text kept to copy."""
    return {"who": who, "at": at, "what": what, "kept": kept, "url": url}


@register.inclusion_tag("components/pagination.html", name="pagination", takes_context=True)
def pagination(context: Context, page: Page[Any], noun: str = "rows", total: str = "", export: bool = False) -> dict[str, Any]:
    """The footer of a list: range, total amount, previous and next, and exports of the filtered set when `export` is
    true.
    """
    request: HttpRequest = context["request"]
    return {
        "page": page,
        "noun": noun,
        "total": total,
        "export": export,
        "previous_url": _address(request, page=page.number - 1),
        "next_url": _address(request, page=page.number + 1),
        "csv_url": _address(request, page=1, export="csv"),
        "xlsx_url": _address(request, page=1, export="xlsx"),
    }


def _address(request: HttpRequest, **changes: str | int) -> str:
    """This page's address with some words changed and the filters kept."""
    values = request.GET.copy()
    for name, value in changes.items():
        values[name] = str(value)
    return f"?{values.urlencode()}"


@register.filter
def spoken(code: str) -> str:
    """A code as people read it: `{{ document.kind|spoken }}` → "Visit photo"."""
    return str(code).replace("_", " ").capitalize()


@register.filter
def pairs(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and values. A template that asks for `.items` is given the value of that name where somebody wrote one."""
    return list(value.items())


@register.filter(name="svg_only")
def svg_only(document: str) -> SafeString:
    """A drawing made by a library of ours, as an element inside the page: the security policy allows no data:
    pictures.
    """
    return SafeString(document[document.index("<svg") :])


@register.simple_tag(name="sort_header", takes_context=True)
def sort_header(context: Context, label: str, name: str, css: str = "", default: str = "") -> SafeString:
    """A column head that sorts: a real button in a form that keeps the filters. `default` is the order when none is
    asked for.
    """
    request: HttpRequest = context["request"]
    present = request.GET.get("sort", default)
    state = {name: "ascending", f"-{name}": "descending"}.get(present, "")
    following = f"-{name}" if state == "ascending" else name
    kept = format_html_join(
        "",
        '<input type="hidden" name="{}" value="{}">',
        ((key, value) for key, values in request.GET.lists() if key not in ("sort", "page") for value in values),
    )
    arrow = {"ascending": marks.icon("chevron-up", 16, ""), "descending": marks.icon("chevron-down", 16, "")}.get(state, "")
    return format_html(
        '<th scope="col" class="{}"{}><form method="get">{}<button class="sort" name="sort" value="{}">{}{}</button></form></th>',
        css,
        format_html(' aria-sort="{}"', state) if state else "",
        kept,
        following,
        label,
        arrow,
    )
