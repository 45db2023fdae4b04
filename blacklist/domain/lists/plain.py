"""The documented CSV: a header and one subject a line. Several values in a field are separated by "|".

Columns: `uid` and `name` are needed; `kind` (person, company), `aliases`, `birth_dates` (ISO, may be partial), `national_id`,
`tax_id`, `registration_number`, `passport`, `addresses`, `countries` (two letters), `program`, `remarks` may be there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from blacklist.domain.lists.record import MAX_NAME, ListRecord, UnreadableList, clean, read_text

IDENTIFIERS = ("national_id", "tax_id", "registration_number", "passport")
COLUMNS = frozenset({"uid", "name", "kind", "aliases", "birth_dates", *IDENTIFIERS, "addresses", "countries", "program", "remarks"})


def read_plain(stream: BinaryIO) -> Iterator[ListRecord]:
    """The records of the list. Raises UnreadableList; nothing of an unreadable file may be used."""
    reader = csv.DictReader(read_text(stream), strict=True)
    seen: set[str] = set()
    try:
        header = [column.strip() for column in reader.fieldnames or []]
        if not {"uid", "name"} <= set(header) or not set(header) <= COLUMNS:
            raise UnreadableList(
                "malformed", f"The header needs uid and name, and may have {', '.join(sorted(COLUMNS - {'uid', 'name'}))}."
            )
        reader.fieldnames = header
        for row in reader:
            if row.get(None) or any(value is None for value in row.values()):
                raise UnreadableList("truncated", f"Line {reader.line_num} has not as many fields as the header.")
            record = _record(row)
            if not record.uid or not record.names:
                raise UnreadableList("malformed", f"Line {reader.line_num} has no uid or no name.")
            if record.uid in seen:
                raise UnreadableList("twice", f"Record {record.uid} stands in the file twice.")
            seen.add(record.uid)
            yield record
    except csv.Error as error:
        raise UnreadableList("truncated", f"The file ends inside a quoted field near line {reader.line_num}.") from error
    if not seen:
        raise UnreadableList("empty", "The file has no records.")


def _record(row: dict[str, str]) -> ListRecord:
    def several(column: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for text in map(clean, (row.get(column) or "").split("|")) if text))

    kind = clean(row.get("kind")).lower()
    return ListRecord(
        uid=clean(row["uid"])[:60],
        kind=kind if kind in ("person", "company") else "",
        names=tuple(name[:MAX_NAME] for name in dict.fromkeys([*several("name"), *several("aliases")])),
        birth_dates=several("birth_dates"),
        identifiers=tuple((column, value) for column in IDENTIFIERS for value in several(column)),
        addresses=several("addresses"),
        countries=tuple(country.upper() for country in several("countries") if len(country) == 2),
        program=clean(row.get("program"))[:200],
        remarks=clean(row.get("remarks")),
    )
