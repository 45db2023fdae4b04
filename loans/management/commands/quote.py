"""python manage.py quote FILE: the schedule and cost of terms, as POST /quotes answers, without a database."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loans.domain.quote import QuoteRefused, quote


class Command(BaseCommand):
    """Exit 0 with the answer on standard output, or 2 with problem+json on standard error."""

    help = "Quote terms given as JSON in FILE, or on standard input with -."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = sys.stdin.read() if options["file"] == "-" else Path(options["file"]).read_text(encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        try:
            self.stdout.write(json.dumps(quote(json.loads(text)), indent=2))
        except json.JSONDecodeError as error:
            detail = f"This is not JSON: {error.msg} at line {error.lineno}."
            self._refuse(QuoteRefused(400, "not_json", detail, []).problem)
        except QuoteRefused as refusal:
            self._refuse(refusal.problem)

    def _refuse(self, problem: dict[str, Any]) -> None:
        self.stderr.write(json.dumps(problem, indent=2))
        sys.exit(2)
