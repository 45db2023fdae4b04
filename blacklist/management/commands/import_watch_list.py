"""Import a version of a public watch list: OFAC (`--sdn`, `--alt`, `--add`), the UN's XML or the documented CSV (`--file`)."""

from __future__ import annotations

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from blacklist.models import ListFormat, VersionState
from blacklist.services.watch_lists import check_import, import_watch_list, open_list
from core.business_date import get_business_date
from core.errors import DomainError


class Command(BaseCommand):
    """Exit 0 when the list is in force, 3 when it is held back or refused (the old one stays in force), 2 when nothing was read."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("format", choices=ListFormat.values)
        parser.add_argument("--list", default="", help="code of the list; the format when left out")
        parser.add_argument("--title", default="")
        parser.add_argument("--sdn", type=Path)
        parser.add_argument("--alt", type=Path)
        parser.add_argument("--add", type=Path)
        parser.add_argument("--file", type=Path, help="the XML or CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["list"] or options["format"]
        title = options["title"] or ListFormat(options["format"]).label
        today = get_business_date()
        paths = {"sdn": options["sdn"], "alt": options["alt"], "add": options["add"], "list": options["file"]}
        try:
            with ExitStack() as stack:
                files: dict[str, BinaryIO] = {part: stack.enter_context(path.open("rb")) for part, path in paths.items() if path}
                with transaction.atomic():
                    watch_list = open_list(
                        code=code, title=title, kind=options["format"], actor=None, actor_name="command", business_date=today
                    )
                    check_import(watch_list=watch_list, files=files, actor=None)
                version = import_watch_list(watch_list=watch_list, files=files, actor=None, actor_name="command", business_date=today)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from error
        except DomainError as refusal:
            raise CommandError(refusal.detail, returncode=2) from refusal
        self.stdout.write(
            f"{watch_list.title}, version {version.number}: {version.get_state_display().lower()}. {version.records:,} records, "
            f"{version.added:,} added, {version.changed:,} changed, {version.removed:,} removed. {version.note}".strip()
        )
        if version.state in (VersionState.HELD, VersionState.REFUSED):
            raise CommandError("The list in force is as it was.", returncode=3)
