"""`manage.py import_prices FILE`: take in closing prices of securities (isin, date, price, currency)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collateral.services.value_files import import_prices
from core.business_date import get_business_date
from core.errors import DomainError


class Command(BaseCommand):
    """Exit 0 when prices were taken in, with the refused lines named on standard error; 2 when nothing was."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as stream:
                taken = import_prices(
                    stream=stream, file_name=path.name, actor=None, actor_name="command", business_date=get_business_date()
                )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from error
        except DomainError as refusal:
            raise CommandError(refusal.detail, returncode=2) from refusal
        for refused in taken.refusals:
            self.stderr.write(f"Line {refused['line']}: {refused['reason']}.")
        self.stdout.write(f"{taken.kept:,} prices kept, {taken.known:,} known already, {taken.refused:,} lines refused.")
