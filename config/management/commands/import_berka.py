"""python manage.py import_berka FOLDER [--report FILE]: read the Berka data into an empty bank."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.berka import UnableToImport, import_berka
from config.berka.report import as_text


class Command(BaseCommand):
    """Import once; called again with the same files, only the report is given again."""

    help = "Read the Berka data (a Czech bank, 1993-98) into an empty bank whose business date starts on 1993-01-01."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder with the data")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON, too")

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        try:
            report = import_berka(options["folder"], self._progress)
        except UnableToImport as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(as_text(report))
        if options["report"] is not None:
            try:
                options["report"].write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            except OSError as error:
                raise CommandError(f"The report cannot be written to {options['report']}: {error.strerror}.") from error
        self.stdout.write(f"The Berka data is in the bank ({monotonic() - started:.0f} s).")

    def _progress(self, done: int, of: int, words: str) -> None:
        width = 30
        bar = "#" * (width * done // max(of, 1))
        end = "\n" if done >= of else ""
        sys.stderr.write(f"\r[{bar:<{width}}] {100 * done // max(of, 1):3d}%  {words:<48}{end}")
        sys.stderr.flush()
