"""The OFAC lists: `sdn.csv` with its aliases (`alt.csv`) and addresses (`add.csv`).
No header, "-0-" is nothing, birth dates stand in remarks.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import BinaryIO

from blacklist.domain.lists.record import MAX_NAME, ListRecord, UnreadableList, clean, read_day, read_text

SDN_COLUMNS, ALT_COLUMNS, ADD_COLUMNS = 12, 5, 6
KINDS = {"individual": "person", "": "company"}
_BIRTH = re.compile(r"\b(?:alt\. )?DOB ([^;.]+)")
_QUOTED = re.compile(r"a\.k\.a\. '([^']{3,})'")
_IDENTIFIERS = (
    ("passport", re.compile(r"\bPassport ([A-Z0-9][A-Z0-9\-/ ]{3,24})")),
    ("national_id", re.compile(r"\b(?:National ID No\.|Cedula No\.|Identity Card|C\.U\.R\.P\.|SSN) ([A-Z0-9][A-Z0-9\-./]{3,24})")),
    ("tax_id", re.compile(r"\b(?:Tax ID No\.|R\.F\.C\.|NIT #|RUC #) ([A-Z0-9][A-Z0-9\-./]{3,24})")),
    (
        "registration_number",
        re.compile(r"\b(?:Registration (?:ID|Number)|Company Number|Business Registration Number) ([A-Z0-9][A-Z0-9\-./ ]{3,24})"),
    ),
)


def read_ofac(sdn: BinaryIO, alt: BinaryIO | None = None, add: BinaryIO | None = None) -> Iterator[ListRecord]:
    """The records of the list. Raises UnreadableList; nothing of an unreadable file may be used."""
    names: dict[str, list[str]] = defaultdict(list)
    addresses: dict[str, list[str]] = defaultdict(list)
    if alt is not None:
        for row in _rows(alt, ALT_COLUMNS, "alt.csv"):
            names[row[0]].append(row[3][:MAX_NAME])
    if add is not None:
        for row in _rows(add, ADD_COLUMNS, "add.csv"):
            address = ", ".join(part for part in row[2:5] if part)
            if address:
                addresses[row[0]].append(address)
    seen: set[str] = set()
    for row in _rows(sdn, SDN_COLUMNS, "sdn.csv"):
        uid, name, kind, program, remarks = row[0], row[1][:MAX_NAME], row[2], row[3], row[11]
        if uid in seen:
            raise UnreadableList("twice", f"Record {uid} stands in sdn.csv twice.")
        seen.add(uid)
        if kind in ("vessel", "aircraft"):
            continue
        aliases = [alias for alias in (*names.get(uid, ()), *_QUOTED.findall(remarks)) if alias]
        yield ListRecord(
            uid=uid,
            kind=KINDS.get(kind, ""),
            names=tuple(dict.fromkeys([name, *aliases])),
            birth_dates=tuple(dict.fromkeys(day for day in map(read_day, _BIRTH.findall(remarks)) if day)),
            identifiers=tuple(dict.fromkeys((k, value.strip()) for k, pattern in _IDENTIFIERS for value in pattern.findall(remarks))),
            addresses=tuple(dict.fromkeys(addresses.get(uid, ()))),
            program=program[:200],
            remarks=remarks,
        )


def _rows(stream: BinaryIO, columns: int, title: str) -> Iterator[list[str]]:
    """Rows of exactly `columns` clean fields. A cut file shows in its last row, which is then short or has an open quotation."""
    count = 0
    reader = csv.reader(read_text(stream), strict=True)
    try:
        for row in reader:
            if not row or (len(row) == 1 and not row[0].strip()):
                continue
            if len(row) != columns or not row[0].strip().isdigit():
                raise UnreadableList("truncated" if len(row) < columns else "malformed", _where(title, reader.line_num, len(row), columns))
            count += 1
            yield [clean(field) for field in row]
    except csv.Error as error:
        raise UnreadableList("truncated", f"{title} ends inside a quoted field near line {reader.line_num}.") from error
    if count == 0:
        raise UnreadableList("empty", f"{title} has no records.")


def _where(title: str, line: int, found: int, expected: int) -> str:
    return f"Line {line} of {title} has {found} fields instead of {expected}, or no record number."
