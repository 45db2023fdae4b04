"""`manage.py import_prices FILE`: take in closing prices of securities (isin, date, price, currency, mic)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from collateral.management.commands._value_file import take_in
from collateral.services.value_files import import_prices
from core.business_date import get_business_date


class Command(BaseCommand):
    """Exit 0 when something was taken in, with the refused lines named on standard error; 2 when nothing was."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        asked = {"file_name": path.name, "actor_name": "command"}
        take_in(
            self, path, lambda stream: import_prices(stream=stream, actor=None, business_date=get_business_date(), **asked), "prices kept"
        )
