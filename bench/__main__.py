"""python -m bench [NAME…]: run the benchmarks (all, or those named), print the table, write bench/results.json.

BENCH_SCALE shrinks or grows the tables: 1 is the size of the claims, 0.1 a quick look. A benchmark is a module of this package with
`run(scale: float) -> list[Result]`; those in DATABASE find a throwaway database without a row of those before.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sequence

from bench.results import Result, table, write

PLAIN = ("schedules", "scoring", "scorecard_reference", "screening")
DATABASE = (
    "queue_page",
    "sweep",
    "accrual",
    "ledger",
    "twins",
    "policy",
    "coverage",
    "bad_night",
    "inspections",
    "applications",
    "similar_cases",
    "start_next",
)


def main(names: Sequence[str]) -> int:
    """Run, print, write. Returns 1 when a goal is missed."""
    scale = float(os.environ.get("BENCH_SCALE") or "1")
    unknown = [name for name in names if name not in PLAIN + DATABASE]
    if unknown:
        print(f"No such benchmark: {', '.join(unknown)}. There are {', '.join(PLAIN + DATABASE)}.", file=sys.stderr)
        return 2
    results: list[Result] = []
    chosen = [name for name in PLAIN + DATABASE if not names or name in names]
    if chosen:
        from bench.house import forget, start_house

        start_house()
    for name in chosen:
        if name in DATABASE:
            forget()
        started = time.monotonic()
        print(f"{name} …", file=sys.stderr, flush=True)
        results += importlib.import_module(f"bench.{name}").run(scale)
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        write(results)
    print(f"\nScale {scale:g}, {os.cpu_count()} cores\n\n{table(results)}")
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
