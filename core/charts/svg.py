"""A chart as it stands on a page: the wide drawing, the narrow one, a key where lines are not named at their ends, and
the table. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from django.utils.safestring import SafeString

from core.charts import bars, lines, links, waterfall
from core.charts.scale import words
from core.charts.spec import Bars, Chart, HBars, Lines, Links, Waterfall
from core.web.formats import signed


def render_chart(spec: Chart) -> SafeString:
    """Both drawings and the figures as a table under "Show as table"."""
    if not _has_figures(spec):
        return SafeString('<p class="muted">There are no figures for this yet.</p>')
    wide, narrow = _draw(spec, False), _draw(spec, True)
    size = "c440" if spec.width < 560 else "c640" if spec.width < 840 else "c1000"
    return SafeString(f'<figure class="chart {size}">{_key(spec)}{wide}{narrow}{_table(spec)}</figure>')


def _has_figures(spec: Chart) -> bool:
    match spec:
        case Lines():
            return any(value is not None for one in spec.lines for value in one.values)
        case Bars():
            return bool(spec.labels and spec.series)
        case HBars():
            return bool(spec.rows)
        case Links():
            return bool(spec.shared)
    return True


def _draw(spec: Chart, narrow: bool) -> str:
    match spec:
        case Lines():
            return lines.draw(spec, narrow)
        case Bars():
            return bars.draw(spec, narrow)
        case HBars():
            return bars.draw_lying(spec, narrow)
        case Links():
            return links.draw(spec, narrow)
        case Waterfall():
            return waterfall.draw(spec, narrow)


def _key(spec: Chart) -> str:
    if not isinstance(spec, Bars) or len(spec.series) < 2:
        return ""
    items = "".join(f'<li><i class="{one.style}"></i>{escape(one.name)}</li>' for one in spec.series)
    return f'<ul class="key" aria-hidden="true">{items}</ul>'


def _table(spec: Chart) -> str:
    match spec:
        case Lines():
            heads = [spec.axis, *(one.name for one in spec.lines)]
            rows = [
                [label, *(words(one.values[i] if i < len(one.values) else None, spec.unit) for one in spec.lines)]
                for i, label in enumerate(spec.labels)
            ]
        case Bars():
            heads = [spec.axis, *(one.name for one in spec.series)]
            rows = [[label, *(words(one.values[i], spec.unit) for one in spec.series)] for i, label in enumerate(spec.labels)]
        case HBars():
            heads = [spec.axis, spec.measure]
            rows = [[one.label, f"{words(one.value, spec.unit)} {one.note}".rstrip()] for one in spec.rows]
        case Links():
            heads = ["What is shared", "With"]
            rows = [[one.label, ", ".join(one.others)] for one in spec.shared]
        case Waterfall():
            heads = ["Characteristic", "Value", "Points"]
            rows = [[spec.base_name, "", str(spec.base)]]
            rows += [[one.label, one.detail or "not provided", signed(one.points)] for one in spec.rows]
            rows += [[spec.final_name, "", str(spec.final)]]
    return _table_html(spec.sentence, heads, rows)


def _table_html(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col"{_right(i)}>{escape(name)}</th>' for i, name in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if position == 0 else f"<td{_right(position)}>{escape(cell)}</td>"
            for position, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        "<details><summary>Show as table</summary>"
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(caption, quote=True)}">'
        f'<table><caption class="vh">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )


def _right(position: int) -> str:
    return ' class="num"' if position else ""
