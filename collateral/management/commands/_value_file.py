"""What the commands that take in a file of values share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from django.core.management.base import BaseCommand, CommandError

from collateral.models import ValueFile
from core.errors import DomainError


def take_in(command: BaseCommand, path: Path, act: Callable[[BinaryIO], ValueFile], words: str) -> None:
    """Let `act` read the file; tell the refused lines on standard error and the counts on standard output.
    Exit code 2 when nothing was read.
    """
    try:
        with path.open("rb") as stream:
            taken = act(stream)
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}", returncode=2) from error
    except DomainError as refusal:
        raise CommandError(refusal.detail, returncode=2) from refusal
    for refused in taken.refusals:
        command.stderr.write(f"Line {refused['line']}: {refused['reason']}.")
    command.stdout.write(f"{taken.kept:,} {words}, {taken.known:,} known already, {taken.refused:,} lines refused.")
    if taken.held:
        command.stdout.write(f"{len(taken.held):,} wait for a second person, who confirms them at /collateral/indices/figures/.")
