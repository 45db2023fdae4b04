"""The files of the data set, read as streams: a line becomes a typed row or is rejected with its place and the reason."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from config.berka.rows import BadRow, Raw
from config.berka.standing import UnableToImport

Row = TypeVar("Row")
NAMES = ("district.asc", "client.asc", "account.asc", "disp.asc", "order.asc", "loan.asc")
SECOND_SLICE = "feup_trans_test.csv"
WATCH_LINES = 5_000


@dataclass
class Tally:
    """What became of the lines of one file: how many there are, how many were accepted, which were rejected and why."""

    rows: int = 0
    accepted: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Put a line among the rejected. Lines are counted from 1, the header included."""
        self.rejected.append({"line": line, "reason": reason})

    def as_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "accepted": self.accepted, "rejected": sorted(self.rejected, key=lambda one: int(one["line"]))}


class SourceFile(Generic[Row]):
    """One file: iterating gives (line, row) of what reads; the rest goes to `tally` as rejected. Lines end in LF or CRLF."""

    def __init__(self, path: Path, columns: str, make: Callable[[Raw], Row], watch: Callable[[int, int], None] | None = None) -> None:
        """`watch(done, of)` is told now and then how many bytes were read."""
        self.path = path
        self.watch = watch
        self.columns = columns.split()
        self.make = make
        self.tally = Tally()

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        with self.path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
            header = _fields(next(lines, ""))
            missing = [name for name in self.columns if name not in header]
            if missing:
                raise UnableToImport("columns_missing", file=self.path.name, columns=", ".join(missing))
            read, size = 0, self.path.stat().st_size
            for number, line in enumerate(lines, start=2):
                read += len(line)
                if self.watch and number % WATCH_LINES == 0:
                    self.watch(read, size)
                if not line.strip():
                    continue
                self.tally.rows += 1
                try:
                    row = self.make(self._raw(header, line))
                except BadRow as reason:
                    self.tally.reject(number, str(reason))
                else:
                    yield number, row

    def accept(self) -> None:
        """One more row was taken in."""
        self.tally.accepted += 1

    def _raw(self, header: list[str], line: str) -> Raw:
        try:
            values = _fields(line)
        except csv.Error:
            values = []
        if len(values) != len(header):
            cut = "" if line.endswith("\n") else ": the line is cut"
            raise BadRow(f"{line.count(';') + 1} of {len(header)} fields{cut}")
        return dict(zip(header, values, strict=True))


def _fields(line: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=";", strict=True), [])


def find_files(folder: Path) -> dict[str, Path]:
    """The files the import reads, by their name. Raises UnableToImport: `files_missing` naming all of them."""
    first = sorted(folder.glob("trans*.asc"))
    named = [folder / name for name in (*NAMES, SECOND_SLICE)]
    missing = [path.name for path in named if not path.is_file()] + ([] if len(first) == 1 else ["trans*.asc (one file)"])
    if missing:
        raise UnableToImport("files_missing", folder=folder, files=", ".join(missing))
    return {path.name: path for path in [*named[:-1], first[0], named[-1]]}


def sha256_of(path: Path) -> str:
    """The content of a file as a fingerprint, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
