"""`manage.py import_sales FILE --market king_county --currency USD`: take in sales of homes as evidence of value."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collateral.services.sales import import_sales
from core.business_date import get_business_date
from core.errors import DomainError


class Command(BaseCommand):
    """Exit 0 when sales were taken in, with the refused lines named on standard error; 2 when nothing was."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the published table of King County, or the CSV of docs/value_files.md")
        parser.add_argument("--market", default="king_county", help="whose prices belong together")
        parser.add_argument("--currency", default="USD")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as stream:
                taken = import_sales(
                    stream=stream,
                    file_name=path.name,
                    market=options["market"],
                    currency=options["currency"],
                    actor=None,
                    actor_name="command",
                    business_date=get_business_date(),
                )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from error
        except DomainError as refusal:
            raise CommandError(refusal.detail, returncode=2) from refusal
        for refused in taken.refusals:
            self.stderr.write(f"Line {refused['line']}: {refused['reason']}.")
        self.stdout.write(f"{taken.kept:,} sales kept, {taken.known:,} known already, {taken.refused:,} lines refused.")
