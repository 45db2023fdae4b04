"""`manage.py import_index FILE --measure nominal [--use CODE …]`: take in house price indices of the FHFA or the BIS."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collateral.management.commands._value_file import take_in
from collateral.models import IndexSeries
from collateral.services.index_use import PATH, propose_index_use
from collateral.services.value_files import import_index
from core.business_date import get_business_date
from core.errors import DomainError


class Command(BaseCommand):
    """Exit 0 when something was taken in, with the refused lines named on standard error; 2 when nothing was."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--measure", choices=["nominal", "real"], default="nominal", help="which the table does not tell")
        parser.add_argument("--use", nargs="*", default=[], metavar="CODE", help="propose that values follow these series, such as bis:DE")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        today = get_business_date()
        asked = {"file_name": path.name, "measure": options["measure"].upper(), "actor_name": "command"}
        take_in(self, path, lambda stream: import_index(stream=stream, actor=None, business_date=today, **asked), "points new")
        for code in options["use"]:
            series = IndexSeries.objects.filter(code=code).first()
            if series is None:
                raise CommandError(f"There is no index {code}.", returncode=2)
            try:
                propose_index_use(series=series, used=True, actor=None, business_date=today)
                self.stdout.write(f"That values follow {code} waits for a risk manager, who confirms it at {PATH}.")
            except DomainError as refusal:
                raise CommandError(refusal.detail, returncode=2) from refusal
