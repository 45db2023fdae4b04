"""Where an application meets others, and the signals raised on it, as their readers need them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core import access
from core.crypto import blind_index
from core.models import User
from core.roles import Role
from loans.models import Application, Document
from loans.selectors.applications import visible_applications
from risk.domain.fraud import SHARED_WORDS, Rule
from risk.models import ApplicationTrace, FraudSignal

READERS = (Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR)
JUDGES = (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.COMPLIANCE)
MOST_OTHERS = 200
Kind = ApplicationTrace.Kind


@dataclass(frozen=True)
class Meeting:
    """What an application shares with others: the rule it falls under, the fingerprint of the thing, the others' traces newest first."""

    rule: Rule
    key: bytes
    others: tuple[ApplicationTrace, ...]


def meetings(traces: list[ApplicationTrace], *, since: date) -> dict[tuple[str, bytes], list[ApplicationTrace]]:
    """Traces of other subjects' applications from this day on that meet these, by kind and key: one query. Nobody meets the other parties of the own file."""
    rows = (
        ApplicationTrace.objects.filter(
            key__in={bytes(trace.key) for trace in traces if trace.kind != Kind.PARTY},
            submitted_date__gte=since,
        )
        .exclude(application_id=traces[0].application_id)
        .exclude(subject__in={bytes(trace.subject) for trace in traces})
        .select_related("borrower")
        .order_by("-submitted_date", "-id")
    )
    found: dict[tuple[str, bytes], list[ApplicationTrace]] = defaultdict(list)
    for row in rows[: MOST_OTHERS * len(Kind)]:
        found[row.kind, bytes(row.key)].append(row)
    return found


def household_of(subjects: Iterable[bytes]) -> set[bytes]:
    """Everybody who ever stood in one file with these: they may share a home and a phone. One query."""
    files = ApplicationTrace.objects.filter(kind=Kind.PARTY, key__in=set(subjects)).values("application")
    rows = ApplicationTrace.objects.filter(kind=Kind.PARTY, application__in=files)
    return {bytes(subject) for subject in rows.values_list("subject", flat=True)}


def same_person(subjects: Iterable[bytes], *, application: Application) -> list[ApplicationTrace]:
    """The files in which the same identifiers stand, this one left out, newest first: one query."""
    rows = ApplicationTrace.objects.filter(kind=Kind.PARTY, key__in=set(subjects)).exclude(application=application)
    return list(rows.select_related("borrower").order_by("-submitted_date", "-id")[:MOST_OTHERS])


def same_documents(application: Application, subjects: Iterable[bytes]) -> dict[str, list[UUID]]:
    """Content hash of a document of this file → files of other people that hold the same content: one query."""
    own = Document.objects.filter(application=application).values("sha256")
    theirs = ApplicationTrace.objects.filter(kind=Kind.PARTY, key__in=set(subjects)).values("application")
    rows = Document.objects.filter(sha256__in=own).exclude(application=application).exclude(application__in=theirs)
    found: dict[str, list[UUID]] = defaultdict(list)
    for digest, other in rows.order_by("-id").values_list("sha256", "application_id")[:MOST_OTHERS]:
        if other not in found[digest]:
            found[digest].append(other)
    return found


def finding_of(rule: str, key: bytes | str) -> str:
    """The fingerprint under which a finding is raised once."""
    return blind_index(f"{rule} {key if isinstance(key, str) else key.hex()}", kind="finding").hex()


@dataclass(frozen=True)
class SharedWith:
    """Another file as this reader may see it: without its name and reference where it belongs to a branch of others."""

    application: Application | None

    @property
    def words(self) -> str:
        if self.application is None:
            return "A file of another branch"
        name = self.application.borrower.name if self.application.borrower else "Draft"
        return f"{self.application.reference}, {name}"


@dataclass(frozen=True)
class SignalRow:
    """A signal with the files it names."""

    signal: FraudSignal
    others: tuple[SharedWith, ...]

    @property
    def shared(self) -> str:
        return SHARED_WORDS.get(Rule(self.signal.rule), "")


def signals_of(user: User, application: Application) -> list[SignalRow]:
    """The signals on a file, open ones first, and what they point to: two queries."""
    signals = list(FraudSignal.objects.filter(application=application).select_related("decided_by"))
    order = list(Rule)
    signals.sort(key=lambda signal: (signal.state != FraudSignal.State.OPEN, order.index(Rule(signal.rule)), signal.pk))
    wanted = {other for signal in signals for other in signal.evidence["others"]}
    seen = {str(row.pk): row for row in visible_applications(user).filter(pk__in=wanted).select_related("borrower")} if wanted else {}
    return [SignalRow(signal, tuple(SharedWith(seen.get(other)) for other in signal.evidence["others"])) for signal in signals]


def list_signals(user: User, state: str) -> QuerySet[FraudSignal]:
    """Signals on files the user may see, longest waiting first."""
    rows = FraudSignal.objects.filter(state=state, application__in=visible_applications(user))
    return rows.select_related("application__borrower", "application__branch", "decided_by").order_by("id")


def count_signals(user: User) -> dict[str, int]:
    """How many signals of each state the user may see: one query."""
    rows = FraudSignal.objects.filter(application__in=visible_applications(user)).order_by().values_list("state", flat=True)
    counts: dict[str, int] = defaultdict(int)
    for state in rows:
        counts[state] += 1
    return counts


def access_signal(user: User, application_id: UUID, signal_id: UUID) -> FraudSignal:
    """One signal of this file, which the user may see, or NotFound."""
    rows: Any = FraudSignal.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    found: FraudSignal = access.one(rows.select_related("application"), pk=signal_id)
    return found
