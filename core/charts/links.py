"""The drawing of who shares what: a file, the things it shares, and the others that share them. Pure."""

from __future__ import annotations

from core.charts.scale import fit, frame, line, rect, text
from core.charts.spec import Links

ROW = 36.0


def draw(spec: Links, narrow: bool) -> str:
    """Three columns joined by lines; when narrow, the file itself is left out, for the page is its own."""
    width = 280.0 if narrow else float(spec.width)
    others = list(dict.fromkeys(other for one in spec.shared for other in one.others))
    height = ROW * max(len(spec.shared), len(others), 1) + 16
    things = _places(len(spec.shared), height)
    ends = dict(zip(others, _places(len(others), height), strict=True))
    middle, right = (8.0, 138.0) if narrow else (width * 0.42, width * 0.68)
    edges: list[str] = []
    marks: list[str] = []
    if not narrow:
        start = width * 0.25
        edges += [line(start, height / 2, middle, y, "zero") for y in things]
        marks += [_dot(start, height / 2, "f s1"), text(start - 12, height / 2 + 4, fit(spec.centre, start - 14), "tl end")]
    for one, y in zip(spec.shared, things, strict=True):
        edges += [line(middle, y, right, ends[other], "zero") for other in one.others]
        # Lines run towards the middle of the drawing; the words stand on the other side.
        words_at = y - 11 if y <= height / 2 else y + 20
        marks += [_dot(middle, y, "f s2"), text(0 if narrow else middle, words_at, fit(one.label, 130), "" if narrow else "mid")]
    for other, y in ends.items():
        marks.append(_dot(right, y, "f s3"))
        reference, _, name = other.partition(", ")
        if narrow and name:
            room = width - right - 14
            marks += [text(right + 12, y - 2, fit(reference, room, 14), "tl"), text(right + 12, y + 13, fit(name, room))]
        else:
            marks.append(text(right + 12, y + 4, fit(other, width - right - 14, 14), "tl"))
    return frame(spec.sentence, width, height, [*edges, *marks], "narrowd" if narrow else "wided")


def _places(count: int, height: float) -> list[float]:
    return [12 + (height - 16) * (index + 0.5) / count for index in range(count)]


def _dot(x: float, y: float, css: str) -> str:
    return rect(x - 5, y - 5, 10, 10, css, round_=5)
