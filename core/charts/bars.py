"""The drawings of upright and of lying bars. Pure."""

from __future__ import annotations

from core.charts.scale import axis_words, fit, frame, label_room, line, nice_top, picked, rect, text, words
from core.charts.spec import Bars, HBars


def draw(spec: Bars, narrow: bool) -> str:
    """Upright bars; a single series carries its values above the bars."""
    width, height = (280.0, 210.0) if narrow else (float(spec.width), 260.0 if spec.width >= 600 else 230.0)
    left, top, bottom, right = 38.0, 18.0, 24.0, 4.0
    inner_w, inner_h = width - left - right, height - top - bottom
    columns = [[float(one.values[index]) for one in spec.series] for index in range(len(spec.labels))]
    heights = [sum(column) if spec.stacked else max(column, default=0.0) for column in columns]
    ceiling = nice_top(max([*heights, *(float(limit.value) for limit in spec.limits)], default=1.0))
    slot = inner_w / max(1, len(columns))
    bar = min(slot * 0.72, 64.0)
    parts: list[str] = []
    for index, label in enumerate(axis_words(ceiling, spec.unit)):
        y = top + inner_h * (1 - index / 4)
        parts += [line(left, y, left + inner_w, y, "rule" if index else "zero"), text(left - 6, y + 4, label, "end")]
    named = picked(len(spec.labels), max(2, int(inner_w / (7.2 * max((len(label) for label in spec.labels), default=4) + 8))))
    single = len(spec.series) == 1 and slot > 34
    for index, column in enumerate(columns):
        x, base = left + slot * (index + 0.5) - bar / 2, top + inner_h
        for number, (one, value) in enumerate(zip(spec.series, column, strict=True)):
            tall = inner_h * value / ceiling
            tip = f"{spec.labels[index]}, {one.name}: {words(one.values[index], spec.unit)}"
            if spec.stacked:
                parts.append(rect(x, base - tall, bar, tall, f"f {one.style}", tip))
                base -= tall
            else:
                each = bar / len(spec.series)
                parts.append(rect(x + each * number, base - tall, each - 1, tall, f"f {one.style}", tip, 2))
        if single:
            parts.append(
                text(
                    x + bar / 2,
                    top + inner_h * (1 - column[0] / ceiling) - 5,
                    words(spec.series[0].values[index], spec.unit, True),
                    "tl mid",
                )
            )
        if index in named:
            parts.append(text(x + bar / 2, height - 6, spec.labels[index], "mid"))
    for limit in spec.limits:
        y = top + inner_h * (1 - float(limit.value) / ceiling)
        parts += [
            line(left, y, left + inner_w, y, "limit"),
            text(left + 4, y - 5, f"{limit.name} {words(limit.value, spec.unit, True)}", "limit-t"),
        ]
    return frame(spec.sentence, width, height, parts, "narrowd" if narrow else "wided")


def draw_lying(spec: HBars, narrow: bool) -> str:
    """Lying bars with the words at the left (above the bar when narrow) and the value at the end."""
    width = 280.0 if narrow else float(spec.width)
    left, row = (0.0, 40.0) if narrow else (label_room(width, [one.label for one in spec.rows], 180), 30.0)
    values = [float(one.value) for one in spec.rows]
    longest = max((len(_value(spec, index)) for index in range(len(spec.rows))), default=4)
    right = min(width * (0.5 if narrow else 0.4), 12 + longest * 7.0)
    inner_w = width - left - right
    ceiling = max([*values, *(float(limit.value) for limit in spec.limits), 0.0]) or 1.0
    top = 18.0 if spec.limits else 2.0
    height = top + row * len(spec.rows) + 2
    parts: list[str] = [line(left, top, left, height, "zero")]
    marks = sorted(left + inner_w * float(limit.value) / ceiling for limit in spec.limits)
    for index, one in enumerate(spec.rows):
        y = top + row * index
        bar_y, bar_h = (y + 20, 14.0) if narrow else (y + 7, 16.0)
        long = inner_w * max(0.0, float(one.value)) / ceiling
        parts.append(text(0, y + 14, fit(one.label, width, 12)) if narrow else text(left - 8, y + 19, fit(one.label, left - 10), "end"))
        parts.append(rect(left, bar_y, long, bar_h, f"f {one.style}", f"{one.label}: {_value(spec, index)}", 2))
        parts.append(text(_clear(left + long + 6, _value(spec, index), marks), bar_y + bar_h - 3, _value(spec, index), "tl"))
        if narrow:
            # Across the bar alone: the words stand above it.
            parts += [line(x, bar_y - 2, x, bar_y + bar_h + 2, "limit") for x in marks]
    for limit in spec.limits:
        x = left + inner_w * float(limit.value) / ceiling
        if not narrow:
            parts.append(line(x, top - 2, x, height, "limit"))
        anchor = "limit-t end" if x > width * 0.6 else "limit-t"
        parts.append(text(x + (-4 if "end" in anchor else 4), 12, f"{limit.name} {words(limit.value, spec.unit, True)}", anchor))
    return frame(spec.sentence, width, height, parts, "narrowd" if narrow else "wided")


def _clear(x: float, words: str, marks: list[float]) -> float:
    """Where a value begins so that no limit is drawn through it: behind the limit, if one would be."""
    for mark in marks:
        if x - 4 < mark < x + 7 * len(words):
            x = mark + 6
    return x


def _value(spec: HBars, index: int) -> str:
    one = spec.rows[index]
    return f"{words(one.value, spec.unit)} {one.note}".rstrip()
