"""The drawing of a score: base and final as markers, each contribution a bar with its signed number, cut-offs as
dashed lines. Pure.
"""

from __future__ import annotations

from core.charts.scale import fit, frame, label_room, line, rect, spread, text
from core.charts.spec import Waterfall
from core.web.formats import signed


def draw(spec: Waterfall, narrow: bool) -> str:
    """Rows from the base to the final score. The axis need not start at zero because nothing is drawn from it: bars
    are differences.
    """
    width = 280.0 if narrow else float(spec.width)
    left, row = (4.0, 38.0) if narrow else (label_room(width, [one.label for one in spec.rows], 210), 26.0)
    right = 42.0
    inner_w = width - left - right
    totals = [spec.base]
    for one in spec.rows:
        totals.append(totals[-1] + one.points)
    marks = [*totals, spec.final, *(float(cut.value) for cut in spec.cutoffs)]
    low, high = float(min(marks)), float(max(marks))
    reach = (high - low) or 1.0
    low, high = low - reach * 0.04, high + reach * 0.04

    def x_of(score: float) -> float:
        return left + inner_w * (score - low) / (high - low)

    top = 8.0 + (16.0 * len(spec.cutoffs) if spec.cutoffs else 0.0)
    height = top + row * (len(spec.rows) + 2) + 4
    parts = _cutoffs(spec, x_of, top, height, width)
    parts += _marker(spec.base_name, spec.base, x_of(spec.base), top, row, left, narrow, "base")
    for index, one in enumerate(spec.rows):
        y = top + row * (index + 1)
        start, end = sorted((x_of(totals[index]), x_of(totals[index + 1])))
        bar_y = y + 20 if narrow else y + 5
        parts.append(
            text(left - 4, y + 14, fit(one.label, width - 8)) if narrow else text(left - 10, y + 17, fit(one.label, left - 12), "end")
        )
        detail = f" ({one.detail})" if one.detail else ""
        parts.append(
            rect(
                start,
                bar_y,
                max(end - start, 1.5),
                14,
                f"f {'up' if one.points >= 0 else 'down'}",
                f"{one.label}{detail}: {signed(one.points)}",
                2,
            )
        )
        parts.append(text(end + 5, bar_y + 11, signed(one.points), "upt" if one.points >= 0 else "downt"))
        if index + 1 <= len(spec.rows):
            x = x_of(totals[index + 1])
            parts.append(line(x, bar_y + 14, x, y + row + (20 if narrow else 5), "zero"))
    parts += _marker(spec.final_name, spec.final, x_of(spec.final), top + row * (len(spec.rows) + 1), row, left, narrow, "s1")
    return frame(spec.sentence, width, height, parts, "narrowd" if narrow else "wided")


def _marker(name: str, value: int, x: float, y: float, row: float, left: float, narrow: bool, style: str) -> list[str]:
    middle = y + 27 if narrow else y + 12
    label = text(left - 4, y + 14, name, "tl") if narrow else text(left - 10, y + 17, name, "tl end")
    diamond = f'<path d="M{x:.1f} {middle - 7:.1f}l7 7-7 7-7-7z" class="f {style}"/>'
    return [label, diamond, text(x + 11, middle + 4, f"{value:,}", "tl")]


def _cutoffs(spec: Waterfall, x_of, top: float, height: float, width: float) -> list[str]:  # type: ignore[no-untyped-def]
    parts: list[str] = []
    ordered = sorted(spec.cutoffs, key=lambda cut: float(cut.value))
    places = spread([10.0 + 14 * index for index in range(len(ordered))], 14, 10, max(10.0, top - 6))
    for cut, place in zip(ordered, places, strict=True):
        x = x_of(float(cut.value))
        anchor = "limit-t end" if x > width * 0.62 else "limit-t"
        parts.append(line(x, place + 3, x, height - 2, "limit"))
        parts.append(text(x + (-4 if "end" in anchor else 4), place, f"{cut.name} {cut.value:g}", anchor))
    return parts
