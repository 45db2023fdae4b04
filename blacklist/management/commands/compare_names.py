"""Compare pairs of names from standard input: one JSON object a line in, one a line out. Needs no database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand

from blacklist.domain.pairs import UnusableDescription, compare_pair


class Command(BaseCommand):
    """`{"left": {"name", "birth_date", "country"}, "right": {…}}` → `{"score", "match", "grade", "evidence"}`."""

    help = __doc__ or ""
    requires_system_checks: tuple[str, ...] = ()
    requires_database = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="JSON lines; standard input when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"]:
            with Path(options["file"]).open(encoding="utf-8", errors="replace") as stream:
                self._compare(stream)
        else:
            self._compare(sys.stdin)

    def _compare(self, stream: TextIO) -> None:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            self.stdout.write(json.dumps(_answer(line, number), ensure_ascii=False))


def _answer(line: str, number: int) -> dict[str, Any]:
    """The comparison, or what is wrong with the line in words; a bad line never ends the run."""
    try:
        pair = json.loads(line)
        if not isinstance(pair, dict) or "left" not in pair or "right" not in pair:
            raise UnusableDescription('the line needs "left" and "right"')
        return compare_pair(pair["left"], pair["right"])
    except (json.JSONDecodeError, RecursionError) as error:
        return {
            "line": number,
            "score": 0.0,
            "match": False,
            "error": f"not JSON: {error}",
        }
    except UnusableDescription as error:
        return {"line": number, "score": 0.0, "match": False, "error": str(error)}
