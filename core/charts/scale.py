"""Scales, words and small pieces that all drawings share. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from core.charts.spec import Value
from core.web import formats


def nice_top(highest: float, parts: int = 4) -> float:
    """The end of an axis from zero: the smallest round number that holds `highest` and divides into `parts` round
    steps.
    """
    if highest <= 0:
        return float(parts)
    step = highest / parts
    magnitude = 10 ** math.floor(math.log10(step))
    for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10):
        if factor * magnitude * parts >= highest * 0.999:
            return float(factor * magnitude * parts)
    return float(10 * magnitude * parts)


def words(value: Value | None, unit: str, short: bool = False) -> str:
    """A value as people read it; `short` for axes."""
    if value is None:
        return "no figure"
    match unit:
        case "percent":
            return formats.percent(value, 1)
        case "ratio":
            return formats.percent(value, 1 if short else 2)
        case "money":
            return formats.compact(value)
        case "number":
            return formats.number(value, 2)
        case _:
            return formats.compact(value) if short and abs(float(value)) >= 10_000 else formats.number(value)


def axis_words(top: float, unit: str, parts: int = 4) -> list[str]:
    """The words at the gridlines from zero to `top`; all with the same places, as many as tell the steps apart."""
    values = [top * index / parts for index in range(parts + 1)]
    if unit in ("percent", "ratio"):
        places = 0 if all(abs(v * 100 - round(v * 100)) < 1e-9 for v in values) else 1 if top >= 0.004 else 2
        return [formats.percent(v, places) for v in values]
    if unit == "count" and top < 10_000:
        return [formats.number(v, 0 if all(abs(v - round(v)) < 1e-9 for v in values) else 1) for v in values]
    return [words(v, unit, short=True) if v else "0" for v in values]


def picked(count: int, most: int) -> list[int]:
    """Which of `count` labels to print so that at most `most` stand on the axis, evenly from the first."""
    if count <= most:
        return list(range(count))
    step = math.ceil(count / most)
    return list(range(0, count, step))


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved apart so that neighbours keep `gap`, within low and high: for labels at line ends."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    at = low - gap
    for index in order:
        moved[index] = at = max(places[index], at + gap)
    overflow = at - high
    if overflow > 0:
        for index in reversed(order):
            moved[index] = min(moved[index], high)
            high = moved[index] - gap
    return moved


def text(x: float, y: float, content: str, css: str = "") -> str:
    """An SVG text element."""
    named = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> str:
    """An SVG line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{css}"/>'


def rect(x: float, y: float, width: float, height: float, css: str, tip: str = "", round_: float = 0) -> str:
    """An SVG rectangle, with a tooltip when there are words for one."""
    corner = f' rx="{round_:g}"' if round_ else ""
    inside = f"><title>{escape(tip)}</title></rect>" if tip else "/>"
    size = f'width="{max(width, 0):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size}{corner} class="{css}"{inside}'


def frame(sentence: str, width: float, height: float, parts: Iterable[str], css: str) -> str:
    """The SVG element around a drawing: an image named by the sentence with the finding."""
    return (
        f'<svg class="{css}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(sentence, quote=True)}">'
        f"{''.join(parts)}</svg>"
    )


def fit(label: str, width: float, size: float = 12) -> str:
    """The label cut to a width in px, by the average width of a letter."""
    room = max(3, int(width / (size * 0.54)))
    return label if len(label) <= room else f"{label[: room - 1].rstrip()}\u2026"


def label_room(width: float, labels: Sequence[str], least: float) -> float:
    """The room in px for words at the left of a drawing: what the longest needs, at most two fifths of the width."""
    return min(width * 0.4, max(least, 14 + 6.7 * max((len(label) for label in labels), default=0)))
