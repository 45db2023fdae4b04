"""What the fraud rules look at: the traces of a file and everything they meet, read for one file or for many in as many queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from loans.models import Application, ApplicationParty, Document
from loans.selectors.otherwise import Otherwise, otherwise_of
from risk.models import ApplicationTrace
from risk.selectors.fraud import MOST_OTHERS

Kind = ApplicationTrace.Kind
Part = ApplicationParty.Part
Met = Mapping[tuple[str, bytes], list[ApplicationTrace]]


HOME = frozenset({Part.APPLICANT, Part.CO_BORROWER, Part.SPOUSE})
"""Who borrows together, or is married, may share what strangers do not. Who guarantees for somebody or leads a firm may not."""


@dataclass(frozen=True)
class Standing:
    """Who stands in a file, each subject with its parts now; whoever is no party any more has none."""

    application: UUID
    day: date
    parts: Mapping[bytes, frozenset[str]]

    @property
    def home(self) -> set[bytes]:
        """Who borrows in it, and their spouses."""
        return {subject for subject, parts in self.parts.items() if parts & HOME}

    @property
    def applicants(self) -> set[bytes]:
        """Who asks for the loan."""
        return {subject for subject, parts in self.parts.items() if Part.APPLICANT in parts}

    def knows(self, other: Standing) -> bool:
        """Whether somebody who borrows in one of two files stands in the other: its papers may be theirs."""
        return bool(self.home & other.parts.keys() or other.home & self.parts.keys())


@dataclass(frozen=True)
class Ground:
    """A file and what it meets: others' traces by kind and key, the subjects of its household, files with its documents,
    earlier files of its people, and of each of them the files of strangers in which they stand and do not borrow.
    """

    application: Application
    traces: list[ApplicationTrace]
    met: Met
    here: Standing
    household: set[bytes]
    behind: Mapping[bytes, list[Standing]]
    documents: Mapping[str, list[UUID]]
    earlier: list[ApplicationTrace]
    parties: Sequence[ApplicationParty]
    otherwise: list[Otherwise] = field(default_factory=list)

    @property
    def own(self) -> set[bytes]:
        """Its subjects."""
        return {bytes(trace.subject) for trace in self.traces}


def grounds_of(applications: Sequence[Application], *, since: date) -> list[Ground]:
    """What files that left traces meet from a day on, with their borrowers read; those without are left out. As many queries for one as for
    many.

    Of a thing that very many share the newest traces are read, as many as one file is shown.
    """
    keys = [one.pk for one in applications]
    traces: dict[UUID, list[ApplicationTrace]] = defaultdict(list)
    for row in ApplicationTrace.objects.filter(application__in=keys).select_related("borrower").order_by("id"):
        traces[row.application_id].append(row)
    every = [row for rows in traces.values() for row in rows]
    subjects = {bytes(row.subject) for row in every}
    by_key = _newest({bytes(row.key) for row in every if row.kind != Kind.PARTY}, MOST_OTHERS * len(Kind), submitted_date__gte=since)
    persons = _newest(subjects, MOST_OTHERS + len(keys), kind=Kind.PARTY)
    standings = _files_of(subjects)
    documents = _documents(keys)
    parties: dict[UUID, list[ApplicationParty]] = defaultdict(list)
    for party in ApplicationParty.objects.filter(application__in=keys).select_related("borrower").order_by("pk"):
        parties[party.application_id].append(party)
    found = []
    for application in (one for one in applications if one.pk in traces):
        mine = traces[application.pk]
        own = {bytes(row.subject) for row in mine}
        # Traces may have been laid before anybody's part in the file was.
        here = standings.get(application.pk, Standing(application.pk, mine[0].submitted_date, {}))
        theirs = {subject: [one for one in standings.values() if subject in one.parts] for subject in own}
        known = {one.application for rows in theirs.values() for one in rows if here.knows(one)}
        met: dict[tuple[str, bytes], list[ApplicationTrace]] = {}
        for key in dict.fromkeys(bytes(row.key) for row in mine if row.kind != Kind.PARTY):
            for row in by_key[key]:
                if row.application_id != application.pk and bytes(row.subject) not in own:
                    met.setdefault((row.kind, key), []).append(row)
        earlier = {row.pk: row for subject in own for row in persons[subject] if row.application_id != application.pk}
        stated = sorted(parties[application.pk], key=lambda party: (party.part != ApplicationParty.Part.APPLICANT, party.pk))
        found.append(
            Ground(
                application=application,
                traces=mine,
                met=met,
                here=here,
                household={found for subject, rows in theirs.items() for one in rows if subject in one.home for found in one.home},
                behind={
                    subject: [one for one in rows if subject not in one.home and not one.home & here.home]
                    for subject, rows in theirs.items()
                },
                documents=_others(documents, application.pk, known),
                earlier=sorted(earlier.values(), key=lambda row: (row.submitted_date, row.pk), reverse=True)[:MOST_OTHERS],
                parties=parties[application.pk],
                otherwise=otherwise_of(stated),
            )
        )
    return found


def _newest(keys: Iterable[bytes], most: int, **wanted: Any) -> dict[bytes, list[ApplicationTrace]]:
    """The newest traces of each of these keys, by key. One query."""
    place = Window(RowNumber(), partition_by=["key"], order_by=[F("submitted_date").desc(), F("id").desc()])
    rows = ApplicationTrace.objects.filter(key__in=list(keys), **wanted).annotate(place=place).filter(place__lte=most)
    if wanted.get("kind") is None:
        rows = rows.exclude(kind=Kind.PARTY)
    found: dict[bytes, list[ApplicationTrace]] = defaultdict(list)
    for row in rows.select_related("borrower").order_by("-submitted_date", "-id"):
        found[bytes(row.key)].append(row)
    return found


def _files_of(subjects: Iterable[bytes]) -> dict[UUID, Standing]:
    """The files in which any of these stands, and everybody who stands in those. Two queries."""
    files = ApplicationTrace.objects.filter(kind=Kind.PARTY, key__in=list(subjects)).values("application")
    parts: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
    for file, person, part in ApplicationParty.objects.filter(application__in=files).values_list("application_id", "borrower_id", "part"):
        parts[file, person].add(part)
    rows = ApplicationTrace.objects.filter(kind=Kind.PARTY, application__in=files)
    of_file: dict[UUID, dict[bytes, frozenset[str]]] = defaultdict(dict)
    days: dict[UUID, date] = {}
    for file, person, key, day in rows.values_list("application_id", "borrower_id", "key", "submitted_date"):
        subject = bytes(key)
        of_file[file][subject] = of_file[file].get(subject, frozenset()) | parts[file, person]
        days[file] = day
    return {file: Standing(file, days[file], people) for file, people in of_file.items()}


def _documents(keys: Sequence[UUID]) -> dict[str, list[UUID]]:
    """For each content of a document of these files the files that hold it, newest first. One query."""
    own = Document.objects.filter(application__in=keys).values("sha256")
    found: dict[str, list[UUID]] = defaultdict(list)
    for digest, file in Document.objects.filter(sha256__in=own).order_by("-id").values_list("sha256", "application_id"):
        if file is not None and file not in found[digest]:
            found[digest].append(file)
    return found


def _others(documents: Mapping[str, list[UUID]], application: UUID, theirs: set[UUID]) -> dict[str, list[UUID]]:
    """Of the contents that a file holds those that lie in files of other people, too. `theirs` are files that know each other."""
    held = {digest: files for digest, files in documents.items() if application in files}
    found = {digest: [one for one in files if one != application and one not in theirs][:MOST_OTHERS] for digest, files in held.items()}
    return {digest: files for digest, files in found.items() if files}
