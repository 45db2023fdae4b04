"""Screen a file of names against a list file and write a report. Needs no database and keeps nothing.

NAMES and LIST are CSV files with a header (`name`, and where known `aliases`, `birth_date`, `country`, `kind`, `address`, identifiers;
several values separated by "|"); LIST may also be OFAC's sdn.csv or the UN's XML.
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blacklist.domain.bulk import BulkScreen, read_described, read_listed
from blacklist.domain.evidence import DEFAULT_THRESHOLDS, Thresholds
from blacklist.domain.lists.record import UnreadableList


class Command(BaseCommand):
    """Writes `{"threshold", "results": [{"line", "name", "flagged", "matches": […]}], "names", "flagged", "errors", …}`."""

    help = __doc__ or ""
    requires_system_checks: tuple[str, ...] = ()
    requires_database = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", help="CSV of who is to be screened")
        parser.add_argument("--list", required=True, help="CSV, sdn.csv or XML of who is listed")
        parser.add_argument("--report", required=True, help="where the JSON report is written")
        parser.add_argument("--threshold", type=float, default=DEFAULT_THRESHOLDS.low, help="score from which a name is flagged")

    def handle(self, *args: Any, **options: Any) -> None:
        threshold = options["threshold"]
        if not 0 < threshold <= 1:
            raise CommandError("The threshold is a score between 0 and 1.")
        grades = Thresholds(low=threshold, medium=max(threshold, DEFAULT_THRESHOLDS.medium), high=max(threshold, DEFAULT_THRESHOLDS.high))
        begin = time.perf_counter()
        try:
            with Path(options["list"]).open("rb") as stream:
                listed = list(read_listed(stream))
            screen = BulkScreen(listed, grades)
            if not screen.listed:
                raise CommandError("The list names nobody.")
            built = time.perf_counter()
            with Path(options["names"]).open("rb") as names, Path(options["report"]).open("w", encoding="utf-8") as report:
                counts = self._screen(screen, names, report, threshold)
                seconds = time.perf_counter() - built
                unusable = [{"line": row.line, "error": row.error} for row in listed if row.error]
                tail = {**counts, "listed": len(screen.listed), "list_errors": unusable, "seconds_to_build": round(built - begin, 3),
                        "seconds_to_screen": round(seconds, 3), "names_per_second": round(counts["names"] / seconds, 1) if seconds else None}  # fmt: skip
                report.write("],\n" + json.dumps(tail, ensure_ascii=False)[1:] + "\n")
        except UnreadableList as refusal:
            raise CommandError(f"Not screened: {refusal}", returncode=2) from refusal
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from error
        self.stdout.write(f"{counts['names']:,} names against {len(screen.listed):,} listed: {counts['flagged']:,} flagged.")

    def _screen(self, screen: BulkScreen, names: Any, report: Any, threshold: float) -> dict[str, int]:
        counts = {"names": 0, "flagged": 0, "errors": 0}
        report.write(f'{{"threshold": {threshold},\n"results": [')
        for row, matches in screen.ask_about(read_described(names)):
            result: dict[str, Any] = {"line": row.line, "uid": row.uid, "name": row.name, "flagged": bool(matches), "matches": matches}
            if row.profile is None:
                counts["errors"] += 1
                result["error"] = row.error
            report.write(("\n" if counts["names"] == 0 else ",\n") + json.dumps(result, ensure_ascii=False))
            counts["names"] += 1
            counts["flagged"] += result["flagged"]
        return counts
