"""One subject of a public watch list, as every reader gives it, and what makes a list file unreadable."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MAX_BYTES = 256 << 20
MAX_NAME = 500


class UnreadableList(ValueError):
    """The file is no complete list. `code` is one of `empty`, `too_large`, `malformed`, `truncated`, `encoding`, `twice`;
    the text says where.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class ListRecord:
    """A subject of a list. `uid` is the list's own number of it; `birth_dates` are ISO texts, possibly partial;
    `identifiers` (kind, value).
    """

    uid: str
    kind: str
    names: tuple[str, ...]
    birth_dates: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    program: str = ""
    remarks: str = field(default="", compare=False)


def read_text(stream: BinaryIO) -> Iterator[str]:
    """Lines of a UTF-8 (or UTF-16 with a mark) text file, one at a time; a last 0x1A is the old end mark and falls away.

    Raises UnreadableList: `empty`, `too_large`, `encoding`, `truncated` (the last line has no end and no mark).
    """
    head = stream.read(4)
    if not head.strip(b"\x1a \r\n\t"):
        raise UnreadableList("empty", "The file is empty.")
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    reader = io.TextIOWrapper(io.BufferedReader(Limited(head, stream)), encoding=encoding, newline="")
    number = 0
    try:
        for line in reader:
            number += 1
            yield line.replace("\x1a", "")
    except UnicodeDecodeError as error:
        raise UnreadableList("encoding", f"Line {number + 1} is not {encoding.removesuffix('-sig').upper()} text.") from error


class Limited(io.RawIOBase):
    """The stream with its first bytes put back; refuses to go on after `MAX_BYTES`."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self.head, self.rest, self.seen = head, rest, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self.head[: len(buffer)] if self.head else self.rest.read(len(buffer))
        self.head = self.head[len(chunk) :] if self.head else b""
        self.seen += len(chunk)
        if self.seen > MAX_BYTES:
            raise UnreadableList("too_large", f"The file is larger than {MAX_BYTES >> 20} MB.")
        buffer[: len(chunk)] = chunk
        return len(chunk)


def clean(text: str | None) -> str:
    """One line of text without control characters; "-0-" is the lists' word for nothing."""
    if text is None:
        return ""
    plain = " ".join("".join(c for c in text if unicodedata.category(c) != "Cc" or c in "\t\n").split())
    return "" if plain == "-0-" else plain


_MONTHS = {
    name: number
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1)
}
_DAY = re.compile(r"(?:(?:(\d{1,2}) )?([A-Z][a-z]{2})[a-z]* )?(\d{4})")


def read_day(text: str) -> str:
    """ISO text of "31 Aug 1960", "Aug 1960" or "1960"; empty for anything else. A range ("1960 to 1965") gives its first year."""
    match = _DAY.search(text)
    if match is None:
        return ""
    day, month, year = match.groups()
    number = _MONTHS.get((month or "").lower())
    if number is None:
        return year
    return f"{year}-{number:02d}-{int(day):02d}" if day else f"{year}-{number:02d}"
