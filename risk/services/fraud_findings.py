"""What a file shows by the fraud rules: the rule, the thing it is about and the other files, from what was read of it before. No query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from blacklist.selectors.names import name_likeness
from loans.models.borrowers import BorrowerKind
from risk.domain.fraud import Rule, births_alike, contradictions
from risk.domain.fraud_settings import Thresholds
from risk.models import ApplicationTrace
from risk.selectors.fraud_ground import Ground

Kind = ApplicationTrace.Kind
AT_HOME = (Kind.PHONE, Kind.ADDRESS, Kind.DEVICE, Kind.NETWORK, Kind.ACCOUNT)


@dataclass(frozen=True)
class Found:
    """One finding: the rule, the thing it is about, the words for people, the other files, newest first."""

    rule: Rule
    key: bytes | str
    words: str
    others: tuple[str, ...] = ()


def findings(ground: Ground, *, on: date, limits: Thresholds) -> Iterator[Found]:
    """What a file shows by these thresholds on a day. No query."""
    for (kind, key), rows in ground.met.items():
        if kind == Kind.NAME:
            continue
        if kind in AT_HOME:
            rows = [row for row in rows if bytes(row.subject) not in ground.household]
        days, least = limits.of_many(kind)
        rows = [row for row in rows if row.submitted_date >= on - timedelta(days=days)]
        people = len({bytes(row.subject) for row in rows})
        if people + 1 < least:
            continue
        yield Found(Rule(kind), key, f"{_SHARED[kind].format(days=days)} {_others(people)}.", _files(rows))
    yield from _like_names(ground, on, limits)
    for digest, files in ground.documents.items():
        if len(files) + 1 < limits.document_files:
            continue
        yield Found(
            Rule.DOCUMENT, digest, f"A document of this file also lies in {len(files)} other, of other people.", tuple(map(str, files))
        )
    yield from _of_the_person(ground, on, limits)


_SHARED: dict[str, str] = {
    Kind.PHONE: "The phone number is also that of",
    Kind.ADDRESS: "The address is also that of",
    Kind.PAYEE: "The account the money goes to is also the payee's of",
    Kind.ACCOUNT: "The account of a statement, or the very file, is also that of",
    Kind.EMPLOYER: "The employer is named within {days} days by",
    Kind.DEVICE: "The machine this was sent from was also used by",
    Kind.NETWORK: "The internet address was used within {days} days by",
}


def _others(people: int) -> str:
    return "one other applicant" if people == 1 else f"{people} other applicants"


def _files(rows: Iterable[ApplicationTrace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(row.application_id) for row in rows))


def _like_names(ground: Ground, on: date, limits: Thresholds) -> Iterator[Found]:
    """Parties whose names and births may be written twice, under another identifier."""
    traces, since = ground.traces, on - timedelta(days=limits.window_days)
    for mine in {trace.borrower_id: trace for trace in traces}.values():
        who = mine.borrower
        company = who.kind == BorrowerKind.COMPANY
        least = float(limits.company_likeness if company else limits.person_likeness)
        keys = [(Kind.NAME.value, bytes(trace.key)) for trace in traces if trace.borrower_id == who.pk and trace.kind == Kind.NAME]
        near = [row for key in keys for row in ground.met.get(key, ()) if row.submitted_date >= since]
        candidates = {row.borrower_id: row for row in near if row.borrower.kind == who.kind}
        alike = []
        for row in candidates.values():
            if births_alike(who.birth_date, row.borrower.birth_date):
                likeness = name_likeness(who.name, row.borrower.name, company=company)
                if likeness >= least:
                    alike.append((likeness, row))
        if alike:
            closest = max(alike, key=lambda pair: pair[0])[0]
            words = f"{who.name} resembles {_others(len(alike))} under another identifier (likeness up to {closest:.2f})."
            yield Found(Rule.NAME, bytes(mine.subject), words, _files(row for _, row in alike))


def _of_the_person(ground: Ground, on: date, limits: Thresholds) -> Iterator[Found]:
    """Too many files of the same person in a short time, and what the file says against itself or an earlier one."""
    application, traces, earlier = ground.application, ground.traces, ground.earlier
    since = on - timedelta(days=limits.velocity_days)
    recent = _files(row for row in earlier if row.submitted_date >= since)
    if len(recent) + 1 >= limits.velocity_files:
        words = f"{len(recent) + 1} applications with the same person in {limits.velocity_days} days."
        yield Found(Rule.VELOCITY, b"".join(sorted(ground.own)), words, recent)
    yield from _behind_strangers(ground, on, limits)
    births = {bytes(trace.subject): trace.borrower.birth_date for trace in traces}
    other = [row for row in earlier if row.borrower.birth_date and births[bytes(row.key)] not in (None, row.borrower.birth_date)]
    if other and "other_birth" in limits.contradictions:
        yield Found(Rule.IMPOSSIBLE, "birth", "The same identifier stands elsewhere with another date of birth.", _files(other))
    yield from _against_the_record(ground, limits)
    applicant = application.borrower
    parts = [(party.part, bytes(trace.subject)) for party in ground.parties for trace in traces if trace.borrower_id == party.borrower_id]
    born = applicant.birth_date if applicant else None
    for row in contradictions(stated=application.stated or {}, birth_date=born, parts=parts, on=on, limits=limits):
        # What was explained was explained of these figures.
        yield Found(Rule.IMPOSSIBLE, f"{row.code} {row.figures}".strip(), row.words)


def _behind_strangers(ground: Ground, on: date, limits: Thresholds) -> Iterator[Found]:
    """Somebody who stands in the files of applicants who have nothing else in common, and borrows with none of them: an organiser."""
    since = on - timedelta(days=limits.window_days)
    persons = {bytes(trace.subject): trace.borrower for trace in ground.traces if trace.borrower.kind == BorrowerKind.PERSON}
    for subject, person in persons.items():
        files = [one for one in ground.behind[subject] if one.day >= since]
        applicants = {applicant for one in files for applicant in one.applicants}
        if not applicants or len(applicants) + (subject not in ground.here.home) < limits.behind_people:
            continue
        words = f"{person.name} also guarantees, owns or directs for {_others(len(applicants))} within {limits.window_days} days."
        newest = sorted(files, key=lambda one: (one.day, one.application), reverse=True)
        yield Found(Rule.BEHIND, subject, words, tuple(str(one.application) for one in newest))


IMPOSSIBLE_CHANGES = {
    "birth_date": ("other_birth", "another date of birth"),
    "national_id": ("other_number", "another identity document"),
    "tax_id": ("other_number", "another tax number"),
    "registration_number": ("other_number", "another registration number"),
}


def _against_the_record(ground: Ground, limits: Thresholds) -> Iterator[Found]:
    """What nobody can have two of, stated otherwise than it is on record for whoever was matched. That somebody moved is a question, among
    the cross-checks; that they were born on another day is none.
    """
    for one in ground.otherwise:
        code, words = IMPOSSIBLE_CHANGES.get(one.name, ("", ""))
        if one.differs and code in limits.contradictions:
            key = f"{one.name} {one.party.borrower_id} {one.stated}"
            yield Found(
                Rule.IMPOSSIBLE, key, f"{one.party.borrower.name} stated {words} than the bank has on record under the same identifier."
            )
