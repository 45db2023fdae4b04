"""A measured claim, and how claims are shown and kept."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Result:
    """Ours and the reference in the same unit, measured in the same run. `higher` where more is better; `goal` is for the ratio."""

    name: str
    ours: float
    reference: float
    unit: str
    goal: float
    higher: bool = False

    @property
    def ratio(self) -> float:
        """Ours divided by the reference."""
        return self.ours / self.reference

    @property
    def holds(self) -> bool:
        """Whether the ratio reaches the goal."""
        return self.ratio >= self.goal if self.higher else self.ratio <= self.goal

    def as_row(self) -> dict[str, Any]:
        """The row of results.json."""
        row = {name: getattr(self, name) for name in ("name", "ours", "reference", "unit", "ratio", "goal", "holds")}
        return row | ({"higher": True} if self.higher else {})


def measure(action: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def p95(seconds: Sequence[float]) -> float:
    """The time that 95 of 100 calls stay within."""
    ordered = sorted(seconds)
    return ordered[max(0, math.ceil(0.95 * len(ordered)) - 1)]


def write(results: Sequence[Result]) -> None:
    """Keep the rows beside the package, for programs."""
    FILE.write_text(json.dumps([result.as_row() for result in results], indent=2) + "\n")


def table(results: Sequence[Result]) -> str:
    """The rows for people."""
    lines = [("What", "Ours", "Reference", "Unit", "Ratio", "Goal", "Holds")]
    for one in results:
        goal = f"{'≥' if one.higher else '≤'} {one.goal:g}"
        lines.append((one.name, _short(one.ours), _short(one.reference), one.unit, f"{one.ratio:.2f}", goal, "yes" if one.holds else "NO"))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
