"""What an application states beside what statements, bureau, accounts and visits show, worked out anew each time it is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from core.crypto import blind_index
from core.written_number import read_number
from loans.models import Application
from loans.models.borrowers import BorrowerKind
from loans.selectors.former_parties import former_parties
from loans.selectors.otherwise import place_stated, stated_otherwise
from risk.domain.addresses import Place, read_place
from risk.domain.affordability import step_of
from risk.domain.cross_checks import (
    ADDRESS,
    ADDRESS_REGISTERED,
    ADDRESS_SEEN_REGISTERED,
    COUNTED,
    EMPLOYER_BEFORE,
    ON_RECORD,
    PAIRS,
    PARTY_DROPPED,
    SOURCES,
    STATED,
    SUPERSEDED,
    TITLES,
    UNRESOLVED,
    Pair,
    Verdict,
    compare,
    figure,
    held_against,
    is_the_systems,
)
from risk.domain.facts import CATALOGUE
from risk.domain.fraud import employer_key
from risk.domain.statement_unknown import why_unknown
from risk.models import Explanation, Fact, FieldRecord, RegisteredAddress
from risk.selectors.facts import SHOWN
from risk.selectors.field_work import newest_registered
from risk.selectors.traces import UNASKED, Traces
from risk.services.joint_duties import joint_duties
from risk.services.our_books import OWN_SERVICE, facts_of_books
from risk.services.registered_addresses import agree, place_of, stated_place
from risk.services.statement_checks import files_left_out, statement_checks
from risk.services.statements import Found, statement_facts

ACCOUNTS = "annual accounts"
"""Entered by a person, in a form of their own; every other source is written by nobody but the system."""


@dataclass(frozen=True)
class CrossCheck:
    """One check with both sides as text (canonical amounts, or words), the signed difference as a share, how what was seen comes about
    where that is not plain, and its explanation if one holds.
    """

    code: str
    title: str
    seen_by: str
    stated: str | None
    seen: str | None
    share: Decimal | None
    verdict: Verdict
    explanation: Explanation | None
    beside: str | None = None
    """Other money that came in beside the income seen, a month: it never makes the check agree."""
    how: str = ""
    unseen: str = ""
    """Why nothing was seen although statements are on file, and what to ask for."""

    @property
    def differs(self) -> bool:
        return self.verdict == Verdict.DIFFERS

    @property
    def is_explained(self) -> bool:
        """Whether somebody found out why it differs. That nobody could is said in an explanation, too, and explains nothing."""
        return self.explanation is not None and self.explanation.code != UNRESOLVED

    @property
    def name(self) -> str:
        """The check and by whom it was seen: two may have one title."""
        return f"{self.title} ({self.seen_by})"

    @property
    def figures(self) -> str:
        """The fingerprint of both sides: an address is among them, and is never kept in clear."""
        return figures_of_sides(self.stated, self.seen)


def figures_of_sides(stated: str | None, seen: str | None) -> str:
    """The fingerprint under which an explanation of these two sides is kept."""
    return blind_index(f"{stated} / {seen}", kind="cross_check").hex()


def cross_checks(
    application: Application, *, business_date: date, statements: Found | None = None, traces: Traces = UNASKED
) -> list[CrossCheck]:
    """Every check of the file, whether its sides are known or not. `statements` are the facts of the statements, and of our
    books, when they were worked out already. Six queries, one more without them, one more where there are some, one more of who was
    somewhere else by an earlier word, and two where the file was handed in anew; of what left no trace none.
    """
    codes = {code for pair in (*PAIRS, *COUNTED, *SUPERSEDED) for code in (pair.stated, pair.seen)}
    said: dict[str, str] = {}
    counted: dict[str, Fact] = {}
    recorded: dict[str, list[str]] = defaultdict(list)
    seen: dict[tuple[str, str], str] = {}
    step = step_of(application.currency)
    found_on = statement_facts(application, business_date=business_date) if statements is None else statements
    for code, (value, _, _) in found_on.items():
        if code in codes and value is not None:
            seen[code, "account statements"] = CATALOGUE[code].canonical(value, step)
    asked: dict[str, Any] = {"application": application, "code__in": codes, "recorded_date__lte": business_date}
    for fact in Fact.objects.filter(**asked).order_by("-id") if traces.facts else ():
        counted.setdefault(fact.code, fact)
        if counted[fact.code] is not fact and _is_recorded(fact, application):
            recorded[fact.code].append(fact.value)
        if _is_stated(fact):
            said.setdefault(fact.code, fact.value)
        for source, beginning in SOURCES.items():
            if fact.source.startswith(beginning) and (source == ACCOUNTS or fact.author_id is None):
                seen.setdefault((fact.code, source), fact.value)
    seen |= _on_our_books(application, business_date, found_on)
    explained = _explained(application) if traces.explanations else {}
    found = []
    kind = application.borrower.kind if application.borrower else ""
    for pair in held_against(PAIRS, kind, seen):
        stated, shown = said.get(pair.stated), seen.get((pair.seen, pair.seen_by))
        verdict, share = compare(pair, figure(pair.stated, stated), figure(pair.seen, shown))
        row = replace(_row(pair.code, pair.seen_by, stated, shown, share, verdict, explained), how=pair.how if shown else "")
        row = replace(row, beside=_other_money(found_on, step)) if pair.seen in ("statement_income", "recent_income") else row
        found.append(replace(row, unseen=why_unknown(pair.seen, getattr(found_on, "parts", None))) if shown is None else row)
    unsaid = {code: fact for code, fact in counted.items() if said.get(code) != fact.value}
    found += _of_what_counts(kind, unsaid, seen, explained)
    found += _superseded({code: fact for code, fact in counted.items() if not _is_stated(fact)}, recorded, explained)
    for pair, together in joint_duties(application, seen, kind=kind, step=step) if traces.reports else ():
        if (counts := counted.get(pair.stated)) is not None:
            found += _better(pair, counts.value, together, explained)
    if "statement_lines" in found_on:
        whole = statement_checks(application, business_date=business_date)
        found += [
            _row(code, "account statements", stated, shown, None, _verdict(agrees), explained) for code, stated, shown, agrees in whole
        ]
    if traces.accounts:
        found += [
            _row(code, "another source of the account", words, why, None, Verdict.DIFFERS, explained, f"Statement {why}")
            for code, words, why in files_left_out(application, business_date=business_date)
        ]
    found += _addresses(application, explained, traces)
    if traces.otherwise:
        found += _on_record(application, explained)
    found += _employer_before(application, explained)
    found += _dropped(application, explained)
    return found


def _other_money(statements: Found, step: Decimal) -> str | None:
    """What else came in a month by the statements, where there is any, as it is stored."""
    value = statements["statement_received"][0] if "statement_received" in statements else None
    return CATALOGUE["statement_received"].canonical(value, step) if value else None


def _on_our_books(application: Application, business_date: date, known: Found) -> dict[tuple[str, str], str]:
    """What a company pays on loans with us now, whatever was recorded before: what was worked out for this day already, or asked of our
    books. Of a person it counts without a word of anybody's, so nothing is explained.
    """
    if application.borrower is None or application.borrower.kind != BorrowerKind.COMPANY:
        return {}
    books = known if OWN_SERVICE in known else facts_of_books(application, business_date=business_date)
    return {
        (OWN_SERVICE, "our books"): CATALOGUE[OWN_SERVICE].canonical(books[OWN_SERVICE][0] or Decimal(0), step_of(application.currency))
    }


def _of_what_counts(
    kind: str,
    counted: Mapping[str, Fact],
    seen: Mapping[tuple[str, str], str],
    explained: dict[tuple[str, str], Explanation],
) -> Iterator[CrossCheck]:
    """Where the figure that counts, and is not what the applicant stated, is better than one that was seen beside it."""
    for pair in held_against(COUNTED, kind, seen):
        if (counts := counted.get(pair.stated)) is not None:
            yield from _better(pair, counts.value, seen.get((pair.seen, pair.seen_by)), explained)


def _superseded(
    counted: Mapping[str, Fact], recorded: Mapping[str, list[str]], explained: dict[tuple[str, str], Explanation]
) -> Iterator[CrossCheck]:
    """Where the fact that counts is better than one that somebody recorded and showed before it, be it themselves."""
    for pair in SUPERSEDED:
        if (counts := counted.get(pair.stated)) is not None and (before := recorded.get(pair.seen)):
            worst = max(before, key=lambda value: (figure(pair.seen, value) or Decimal(0)) * pair.worse)
            yield from _better(pair, counts.value, worst, explained)


def _better(pair: Pair, counts: str, shown: str | None, explained: dict[tuple[str, str], Explanation]) -> Iterator[CrossCheck]:
    verdict, share = compare(pair, figure(pair.stated, counts), figure(pair.seen, shown))
    if verdict == Verdict.DIFFERS:
        yield _row(pair.code, pair.seen_by, counts, shown, share, verdict, explained)


def _is_stated(fact: Fact) -> bool:
    return fact.source == STATED and fact.author_id is None


def _is_recorded(fact: Fact, application: Application) -> bool:
    """Whether somebody recorded and showed it since the file was handed in. Annual accounts are held against what counts by themselves:
    those of an earlier year are no worse word about this one.
    """
    since = application.submitted_date
    by_hand = fact.author_id is not None and not is_the_systems(fact.source)
    return by_hand and fact.authenticity in SHOWN and (since is None or fact.recorded_date >= since)


def differences(application: Application, *, business_date: date) -> list[CrossCheck]:
    """The checks of the file that differ, explained or not. Seven queries, one more where there are statements."""
    return [row for row in cross_checks(application, business_date=business_date) if row.differs]


def _explained(application: Application) -> dict[tuple[str, str], Explanation]:
    """The newest explanation of each check and its figures."""
    oldest_first = Explanation.objects.filter(application=application).select_related("author").reverse()
    return {(row.check_code, row.figures): row for row in oldest_first}


def _addresses(application: Application, explained: dict[tuple[str, str], Explanation], traces: Traces) -> list[CrossCheck]:
    """The address on file beside the newest one of a register and the one that the newest visit saw; and these two beside each other where
    the visit saw another one than is on file.
    """
    stated = stated_place(application.borrower)
    on_file = str(stated) or None
    registered = newest_registered(RegisteredAddress.objects.filter(application=application)) if traces.registered else None
    unseen = FieldRecord.Address.NOT_SEEN
    visit = FieldRecord.objects.filter(application=application).exclude(address=unseen).first() if traces.visits else None
    found = []
    if registered is None:
        found.append(_row(ADDRESS_REGISTERED, "register", on_file, None, None, Verdict.OPEN, explained))
    else:
        shown = place_of(registered)
        by = f"{registered.get_register_display()}, {registered.as_of_date:%d %b %Y}"
        found.append(_row(ADDRESS_REGISTERED, by, on_file, str(shown), None, _verdict(agree(stated, shown)), explained))
    if visit is None:
        return [*found, _row(ADDRESS, "visit", on_file, None, None, Verdict.OPEN, explained)]
    agrees = visit.address == FieldRecord.Address.AGREES
    by = f"visit, {visit.seen_date:%d %b %Y}"
    if registered is not None and not agrees:
        verdict = _verdict(agree(place_of(registered), read_place(visit.address_seen)))
        found.append(_row(ADDRESS_SEEN_REGISTERED, by, str(place_of(registered)), visit.address_seen, None, verdict, explained))
    seen = on_file if agrees else visit.address_seen
    return [*found, _row(ADDRESS, by, on_file, seen, None, _verdict(agrees), explained)]


def _on_record(application: Application, explained: dict[tuple[str, str], Explanation]) -> Iterator[CrossCheck]:
    """What was stated of people whom the bank knew already, where its record said otherwise; agrees once the record was amended to it."""
    for one in stated_otherwise(application):
        applies = one.party.borrower_id == application.borrower_id
        code = ON_RECORD[one.name] if applies else f"{ON_RECORD[one.name]}_{one.party.borrower_id.hex[-8:]}"
        agrees = not one.differs
        if one.name == "address" and not agrees:
            agrees = bool(agree(Place(*place_stated(one.party).values()), stated_place(one.party.borrower)))
        title = one.label if applies else f"{one.label} of {one.party.borrower.name}"
        yield _row(code, "customer record", *one.sides, None, _verdict(agrees), explained, title)


def _employer_before(application: Application, explained: dict[tuple[str, str], Explanation]) -> Iterator[CrossCheck]:
    """Another employer than the last application of the same person named, at a time at which this one says they worked here already."""
    work = application.stated.get("employment") or {}
    employer, months = str(work.get("employer") or ""), read_number(work.get("months"))
    if not employer or months is None or application.submitted_date is None:
        return
    earlier = Application.objects.filter(borrower=application.borrower_id, submitted_date__lte=application.submitted_date)
    earlier = earlier.exclude(pk=application.pk).filter(stated__employment__has_key="employer").order_by("-submitted_date", "-pk")
    last = earlier.values_list("stated__employment__employer", "submitted_date", "reference").first()
    if last is None or last[1] is None or employer_key(str(last[0])) == employer_key(employer):
        return
    since = (application.submitted_date - last[1]).days / 30.44
    if float(months) > since:
        title = f"Employer, {int(months)} months"
        by = f"{last[2]}, {last[1]:%d %b %Y}"
        yield _row(EMPLOYER_BEFORE, by, employer, str(last[0]), None, Verdict.DIFFERS, explained, title)


def _dropped(application: Application, explained: dict[tuple[str, str], Explanation]) -> Iterator[CrossCheck]:
    """Who was a party of what was handed in before and is none any more: why they are not has to be said."""
    for one in former_parties(application):
        title = f"{one.get_part_display()} {one.borrower.name}"
        by = f"request handed in before {one.dropped_date:%d %b %Y}"
        yield _row(f"{PARTY_DROPPED}_{one.borrower_id.hex[-8:]}", by, "no party", "a party", None, Verdict.DIFFERS, explained, title)


def _verdict(agrees: bool | None) -> Verdict:
    return {True: Verdict.AGREES, False: Verdict.DIFFERS, None: Verdict.OPEN}[agrees]


def _row(
    code: str,
    seen_by: str,
    stated: str | None,
    seen: str | None,
    share: Decimal | None,
    verdict: Verdict,
    explained: dict[tuple[str, str], Explanation],
    title: str = "",
) -> CrossCheck:
    found = CrossCheck(code, title or TITLES[code], seen_by, stated, seen, share, verdict, None)
    return replace(found, explanation=explained.get((code, found.figures))) if found.differs else found


def unexplained(application: Application, *, business_date: date, statements: Found | None = None, traces: Traces = UNASKED) -> list[str]:
    """The codes of the checks that differ and of which nobody found out why. As `cross_checks`."""
    rows = cross_checks(application, business_date=business_date, statements=statements, traces=traces)
    return [row.code for row in rows if row.differs and not row.is_explained]
