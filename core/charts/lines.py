"""The drawing of lines over time. Pure."""

from __future__ import annotations

from core.charts.scale import axis_words, fit, frame, line, nice_top, picked, rect, spread, text, words
from core.charts.spec import Line, Lines


def draw(spec: Lines, narrow: bool) -> str:
    """One drawing: wide with names at the line ends, narrow with names above them."""
    width, height = (280.0, 220.0) if narrow else (float(spec.width), 300.0 if spec.width >= 600 else 250.0)
    left, top, bottom = 46.0 if spec.unit == "money" else 38.0, 16.0, 24.0
    longest = max((len(f"{one.name} {words(_last(one), spec.unit, True)}") for one in spec.lines), default=6)
    right = 10.0 if narrow else min(width * 0.3, 16 + longest * 6.9)
    inner_w, inner_h = width - left - right, height - top - bottom
    figures = [float(v) for one in spec.lines for v in one.values if v is not None] + [float(limit.value) for limit in spec.limits]
    ceiling = nice_top(max(figures, default=1.0))

    def x_of(index: int) -> float:
        return left + inner_w * (index / max(1, len(spec.labels) - 1))

    def y_of(value: float) -> float:
        return top + inner_h * (1 - value / ceiling)

    parts: list[str] = []
    for index, label in enumerate(axis_words(ceiling, spec.unit)):
        y = top + inner_h * (1 - index / 4)
        parts.append(line(left, y, left + inner_w, y, "rule" if index else "zero"))
        parts.append(text(left - 6, y + 4, label, "end"))
    chosen = picked(len(spec.labels), 3 if narrow else 6)
    for index in chosen:
        anchor = "end" if index == len(spec.labels) - 1 and index else "mid" if index else ""
        parts.append(text(x_of(index), height - 6, spec.labels[index], anchor))
    for one in spec.lines:
        parts += _area(one, x_of, y_of) if one.area else []
    for limit in spec.limits:
        y = y_of(float(limit.value))
        parts.append(line(left, y, left + inner_w, y, "limit"))
        parts.append(text(left + 4, y - 5, f"{limit.name} {words(limit.value, spec.unit, True)}", "limit-t"))
    for one in spec.lines:
        parts.append(_path(one, x_of, y_of))
    parts += _ends(spec, x_of, y_of, top, top + inner_h, right, narrow)
    if not narrow:
        parts += _bands(spec, left, inner_w, top, inner_h)
    return frame(spec.sentence, width, height, parts, "narrowd" if narrow else "wided")


def _last(one: Line) -> float | None:
    known = [float(v) for v in one.values if v is not None]
    return known[-1] if known else None


def _runs(one: Line) -> list[list[int]]:
    """Stretches of points without a gap."""
    runs: list[list[int]] = [[]]
    for index, value in enumerate(one.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(index)
    return [run for run in runs if run]


def _path(one: Line, x_of, y_of) -> str:  # type: ignore[no-untyped-def]
    d = " ".join(
        f"{'M' if position == 0 else 'L'}{x_of(index):.1f} {y_of(float(one.values[index] or 0)):.1f}"
        for run in _runs(one)
        for position, index in enumerate(run)
    )
    return f'<path d="{d}" class="ln {one.style}"/>' if d else ""


def _area(one: Line, x_of, y_of) -> list[str]:  # type: ignore[no-untyped-def]
    out = []
    for run in _runs(one):
        points = " ".join(f"L{x_of(i):.1f} {y_of(float(one.values[i] or 0)):.1f}" for i in run)
        out.append(f'<path d="M{x_of(run[0]):.1f} {y_of(0):.1f} {points} L{x_of(run[-1]):.1f} {y_of(0):.1f}Z" class="area"/>')
    return out


def _ends(spec: Lines, x_of, y_of, low: float, high: float, right: float, narrow: bool) -> list[str]:  # type: ignore[no-untyped-def]
    ends = []
    for one in spec.lines:
        known = [index for index, value in enumerate(one.values) if value is not None]
        if known:
            ends.append((one, x_of(known[-1]), y_of(float(one.values[known[-1]] or 0))))
    shift = -8.0 if narrow else 4.0
    places = spread([y + shift for _, _, y in ends], 14, low + 4, high)
    parts = []
    for (one, x, y), place in zip(ends, places, strict=True):
        label = f"{one.name} {words(_last(one), spec.unit, True)}"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" class="f {one.style}"/>')
        # In the narrow drawing the words stand above the end, to its right where there is no room to its left.
        anchor = "tl end" if x > len(label) * 6.9 else "tl"
        parts.append(text(x, place, label, anchor) if narrow else text(x + 8, place, fit(label, right - 8), "tl"))
    return parts


def _bands(spec: Lines, left: float, inner_w: float, top: float, inner_h: float) -> list[str]:
    step = inner_w / max(1, len(spec.labels) - 1)
    parts = []
    for index, label in enumerate(spec.labels):
        figures = ", ".join(f"{one.name} {words(one.values[index], spec.unit)}" for one in spec.lines if index < len(one.values))
        x = max(left, left + step * (index - 0.5))
        end = min(left + inner_w, left + step * (index + 0.5))
        parts.append(f'<g class="hit">{rect(x, top, end - x, inner_h, "band", f"{label}: {figures}")}</g>')
    return parts
