"""Blocks that wrap a page's own markup: cards, panels that htmx fills, tables, KPI strips."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from core.web.components.marks import grade, icon
from core.web.components.parts import Kpi


def card(content: str, title: str = "", subtitle: str = "", css: str = "", id: str = "", level: int = 2) -> SafeString:  # noqa: A002 -- the attribute as pages name it
    """A section with its finding as title and its measure as subtitle. `css`: "flush" for tables to the edge,
    "w7"/"w5" in a grid.
    """
    own_id = id or (f"card-{slugify(title)}" if title else "")
    head: str = ""
    if title:
        under = format_html("<p>{}</p>", subtitle) if subtitle else ""
        head = format_html('<header><div><h{} id="{}-t">{}</h{}>{}</div></header>', level, own_id, title, level, under)
    named = format_html(' id="{}" aria-labelledby="{}-t"', own_id, own_id) if title else (format_html(' id="{}"', own_id) if own_id else "")
    return format_html('<section class="card {}"{}>{}{}</section>', css, named, head, mark_safe(content))  # noqa: S308 -- rendered template


def panel(url: str, title: str, css: str = "", id: str = "", placeholder: str = "") -> SafeString:  # noqa: A002 -- the attribute as pages name it
    """A region served by its own app: htmx fills it on load; without scripts the link opens the same thing as a page.

    The answer replaces the inside of the region, so the served fragment brings its own cards and headings.
    What is being replaced is dimmed; the link of a region not filled yet is the way out of a slow answer and stays as it is.
    """
    own_id = id or f"panel-{slugify(title)}"
    return format_html(
        '<div class="panel {}" id="{}" hx-get="{}" hx-trigger="load" hx-swap="innerHTML" hx-target="this">'
        '<div class="card unfilled"><h2>{}</h2><p><a href="{}">{}</a></p></div></div>',
        css,
        own_id,
        url,
        title,
        url,
        placeholder or f"Open {title[:1].lower()}{title[1:]}",
    )


def table(content: str, caption: str, css: str = "", show_caption: bool = False, id: str = "") -> SafeString:  # noqa: A002 -- the attribute as pages name it
    """A table in a scroller that takes keyboard focus. `css`: "queue" for two-line rows, "stack" to turn into stacked
    rows on phones.
    """
    return format_html(
        '<div class="scroll" tabindex="0" role="group" aria-label="{}"><table class="{}"{}><caption{}>{}</caption>{}</table></div>',
        caption,
        css,
        format_html(' id="{}"', id) if id else "",
        "" if show_caption else mark_safe(' class="vh"'),
        caption,
        mark_safe(content),  # noqa: S308 -- rendered template
    )


def kpis(content: str, label: str = "Key figures") -> SafeString:
    """The strip around KPI cells: one bordered row of 4 or 6."""
    return format_html('<dl class="kpis" aria-label="{}">{}</dl>', label, mark_safe(content))  # noqa: S308 -- rendered template


def kpi_strip(cells: Sequence[Kpi], label: str = "Key figures") -> SafeString:
    """A whole KPI strip from the view's cells."""
    return kpis("".join(kpi_cell(cell) for cell in cells), label)


def kpi_cell(cell: Kpi) -> SafeString:
    """One cell: label, value and unit, signed change against its base, the limit it is judged by, sparkline."""
    value: str = format_html('<b class="{}">{}</b>', cell.status, cell.value)
    if cell.url:
        value = format_html('<a href="{}">{}</a>', cell.url, value)
    if cell.grade:
        value = grade(cell.grade) + value
    lines: list[str] = []
    if cell.change:
        lines.append(format_html('<div class="change"><b class="{}">{}</b> {}</div>', cell.change_status, cell.change, cell.change_base))
    if cell.limit:
        lines.append(format_html("<div>{}</div>", cell.limit))
    unit = format_html(" <span>{}</span>", cell.unit) if cell.unit else ""
    return format_html(
        '<div class="kpi"><dt>{}</dt><dd><div class="value">{}{}</div>{}{}</dd></div>',
        cell.label,
        value,
        unit,
        mark_safe("".join(lines)),  # noqa: S308 -- escaped above
        sparkline(cell.points, cell.series) if len(cell.points) > 1 else "",
    )


def sparkline(points: Sequence[Decimal | float | int], series: str = "") -> SafeString:
    """The shape of a measure in 68 by 22 px; decoration beside the number, so hidden from screen readers."""
    values = [float(point) for point in points]
    low, high = min(values), max(values)
    reach = (high - low) or 1.0
    step = 62 / (len(values) - 1)
    spots = [(2 + index * step, 19 - (value - low) / reach * 16) for index, value in enumerate(values)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    return format_html(
        '<svg class="spark {}" width="68" height="22" viewBox="0 0 68 22" aria-hidden="true">'
        '<polyline points="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        series,
        path,
        f"{spots[-1][0]:.1f}",
        f"{spots[-1][1]:.1f}",
    )


def facts(pairs: Sequence[tuple[Any, Any]], css: str = "") -> SafeString:
    """A definition list from (label, value) pairs. Missing values are said in words."""
    rows = ((label, mark_safe('<span class="muted">not provided</span>') if value in (None, "") else value) for label, value in pairs)
    return format_html('<dl class="facts {}">{}</dl>', css, format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def banner(content: str, status: str = "info", title: str = "", icon_name: str = "") -> SafeString:
    """A statement in place, in the region it is about."""
    marks = {"good": "check-circle", "warn": "exclamation-triangle", "bad": "x-circle", "info": "information-circle"}
    head = format_html("<b>{}</b> ", title) if title else ""
    return format_html(
        '<div class="banner {}">{}<div class="body">{}{}</div></div>',
        status,
        icon(icon_name or marks.get(status, "information-circle"), 16, ""),
        head,
        mark_safe(content),  # noqa: S308 -- rendered template
    )
