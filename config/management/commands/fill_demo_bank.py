"""python manage.py fill_demo_bank: give an empty bank a simulated year."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import date
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from config.simulator import BORROWERS, fill


class Command(BaseCommand):
    """Fill an empty bank; a bank that is open is left alone."""

    help = "Fill an empty bank with a simulated year, through the same services that people use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument("--last-day", type=date.fromisoformat, help="The business date to end on; today by default")
        parser.add_argument("--borrowers", type=int, default=BORROWERS)

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        # A bank half filled is worth nothing, so that no single step of it has to survive a power cut; its end does.
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
        fill(self._progress, seed=options["seed"], last_day=options["last_day"], borrowers=options["borrowers"])
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            cursor.execute("SELECT pg_current_xact_id()")
        self.stdout.write(f"The simulated bank is filled ({monotonic() - started:.0f} s).")

    def _progress(self, done: int, of: int, words: str) -> None:
        width = 30
        bar = "#" * (width * done // max(of, 1))
        end = "\n" if done == of else ""
        sys.stderr.write(f"\r[{bar:<{width}}] {100 * done // max(of, 1):3d}%  {words:<32}{end}")
        sys.stderr.flush()
