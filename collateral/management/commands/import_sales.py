"""`manage.py import_sales FILE --market king_county --currency USD`: take in sales of homes as evidence of value."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from collateral.management.commands._value_file import take_in
from collateral.services.sales import import_sales
from core.business_date import get_business_date


class Command(BaseCommand):
    """Exit 0 when something was taken in, with the refused lines named on standard error; 2 when nothing was."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the published table of King County, or the CSV of docs/value_files.md")
        parser.add_argument("--market", default="king_county", help="whose prices belong together")
        parser.add_argument("--currency", default="USD")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        asked = {"file_name": path.name, "market": options["market"], "currency": options["currency"], "actor_name": "command"}
        take_in(
            self,
            path,
            lambda stream: import_sales(stream=stream, actor=None, business_date=get_business_date(), **asked),
            "sales kept",
        )
