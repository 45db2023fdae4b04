"""Screening a file of names against a file of listed names, outside the database."""

from __future__ import annotations

import csv
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

from blacklist.domain.evidence import DEFAULT_THRESHOLDS, Thresholds, compare_profiles
from blacklist.domain.lists.ofac import SDN_COLUMNS, read_ofac
from blacklist.domain.lists.record import MAX_BYTES, ListRecord, UnreadableList, read_text
from blacklist.domain.lists.un import read_un
from blacklist.domain.name_comparison import NameEvidence
from blacklist.domain.name_index import PIECE, Match, NameIndex
from blacklist.domain.normalise import PreparedName
from blacklist.domain.pairs import UnusableDescription, profile_of
from blacklist.domain.profiles import Profile
from blacklist.domain.states import Grade

#: Columns by the names people give them.
SYNONYMS = {
    "full_name": "name", "caption": "name", "id": "uid", "date_of_birth": "birth_date", "dob": "birth_date", "birth_dates": "birth_date",
    "nationality": "country", "countries": "country", "schema": "kind", "type": "kind", "addresses": "address", "phones": "phone",
}  # fmt: skip
FIELDS = frozenset(
    {"uid", "name", "aliases", "birth_date", "country", "kind", "address", "phone", "iban", "national_id", "tax_id"}
    | {"registration_number", "passport"}
)


@dataclass(frozen=True, slots=True)
class Described:
    """One line of a file: where it stands, what it is called, and its comparable form (None when the line can't be used, with why)."""

    line: int
    uid: str
    name: str
    profile: Profile | None
    error: str = ""


def read_described(stream: BinaryIO) -> Iterator[Described]:
    """Lines of a CSV with a header that names a `name` column; without one, the first column is the name.

    A line that can't be used comes with its error and does not end the file. Raises UnreadableList for what is no text at all.
    """
    rows = csv.reader(line.replace("\0", "") for line in read_text(stream))
    header: list[str] | None = None
    try:
        for row in rows:
            if not any(field.strip() for field in row):
                continue
            if header is None:
                names = [SYNONYMS.get(field.strip().lower(), field.strip().lower()) for field in row]
                header = names if "name" in names else ["name"]
                if "name" in names:
                    continue
            yield _described(rows.line_num, dict(zip(header, row, strict=False)))
    except csv.Error as error:
        raise UnreadableList("malformed", f"Line {rows.line_num}: {error}.") from error


def read_listed(stream: BinaryIO) -> Iterator[Described]:
    """Who is listed: the UN's XML, OFAC's sdn.csv, or a CSV as `read_described` takes it. Raises UnreadableList."""
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise UnreadableList("too_large", f"The file is larger than {MAX_BYTES >> 20} MB.")
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        yield from map(_from_record, read_un(BytesIO(content)))
        return
    first = next(csv.reader([content[:20_000].decode("utf-8", "replace").split("\n")[0]]), [])
    if len(first) == SDN_COLUMNS and first[0].strip().isdigit():
        yield from map(_from_record, read_ofac(BytesIO(content)))
        return
    yield from read_described(BytesIO(content))


def _from_record(record: ListRecord) -> Described:
    values = asdict(record)
    identifiers: dict[str, list[str]] = {}
    for kind, value in record.identifiers:
        identifiers.setdefault(kind, []).append(value)
    description = {
        "names": list(record.names), "kind": record.kind, "birth_dates": list(record.birth_dates), "addresses": list(record.addresses),
        "countries": list(record.countries), **identifiers,
    }  # fmt: skip
    return Described(0, record.uid, values["names"][0], profile_of(description))


def _described(line: int, row: Mapping[str, str]) -> Described:
    fields = {field: [part.strip() for part in (value or "").split("|") if part.strip()] for field, value in row.items() if field in FIELDS}
    uid = " ".join(fields.pop("uid", []))
    name = (fields.get("name") or [""])[0]
    if not name:
        return Described(line, uid, name, None, "The line has no name.")
    try:
        profile = profile_of({**fields, "kind": (fields.get("kind") or [""])[0]})
    except UnusableDescription as error:
        return Described(line, uid, name, None, str(error))
    if not profile.names:
        return Described(
            line, uid, name, None, "The name has no word that identifies anybody: only titles, particles, legal forms or signs."
        )
    return Described(line, uid, name, profile)


class BulkScreen:
    """A list in memory and the question who of it resembles somebody."""

    def __init__(self, listed: Iterable[Described], thresholds: Thresholds = DEFAULT_THRESHOLDS) -> None:
        self.listed = [row for row in listed if row.profile is not None]
        self.thresholds = thresholds
        self._owners: list[int] = []
        self._by_identifier: dict[tuple[str, Hashable], set[int]] = {}
        names: list[PreparedName] = []
        for number, row in enumerate(self.listed):
            profile = row.profile
            assert profile is not None  # filtered above
            names += profile.names
            self._owners += [number] * len(profile.names)
            for kind, values in profile.identifiers.items():
                for value in values:
                    self._by_identifier.setdefault((kind, value), set()).add(number)
        self._index = NameIndex.build(enumerate(names))

    def ask_about(self, rows: Iterable[Described]) -> Iterator[tuple[Described, list[dict[str, Any]]]]:
        """Each row in turn with the listed ones from the lowest grade on, strongest first; a piece of the rows at a time."""
        rest = iter(rows)
        while piece := list(islice(rest, PIECE)):
            profiles = [row.profile for row in piece if row.profile is not None]
            answers = map(self._answers, profiles, self._index.matches_of_profiles(profiles))
            for row in piece:
                yield row, [] if row.profile is None else next(answers)

    def _answers(self, profile: Profile, matches: Iterable[Match]) -> list[dict[str, Any]]:
        found: dict[int, NameEvidence | None] = {}
        for kind, values in profile.identifiers.items():
            for value in values:
                found.update(dict.fromkeys(self._by_identifier.get((kind, value), ())))
        for row, evidence in matches:
            owner = self._owners[row]
            known = found.get(owner)
            if owner not in found or (known is not None and known.score < evidence.score):
                found[owner] = evidence
        answers: list[dict[str, Any]] = []
        for number, evidence_of_name in found.items():
            other = self.listed[number]
            assert other.profile is not None  # the list keeps no other
            comparison = compare_profiles(profile, other.profile, self.thresholds, name=evidence_of_name)
            if comparison.grade is not Grade.NONE:
                answers.append(
                    {
                        "uid": other.uid,
                        "line": other.line,
                        "name": other.name,
                        "score": comparison.score,
                        "grade": comparison.grade.value,
                        "evidence": comparison.as_evidence(),
                    }
                )
        answers.sort(key=lambda answer: (-answer["score"], answer["line"], answer["uid"]))
        return answers
