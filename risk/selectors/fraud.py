"""Where an application meets others, and the signals raised on it, as their readers need them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from core import access
from core.crypto import blind_index
from core.models import User
from core.roles import Role
from loans.models import Application
from loans.selectors.applications import visible_applications
from risk.domain.fraud import SHARED_WORDS, Rule
from risk.models import ApplicationTrace, FraudSignal

READERS = (Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR)
JUDGES = (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.COMPLIANCE)
MOST_OTHERS = 200
Kind = ApplicationTrace.Kind


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
    rows = FraudSignal.objects.filter(application__in=visible_applications(user)).order_by().values("state")
    return defaultdict(int, rows.annotate(number=Count("pk")).values_list("state", "number"))


def access_signal(user: User, application_id: UUID, signal_id: UUID) -> FraudSignal:
    """One signal of this file, which the user may see, or NotFound."""
    rows: Any = FraudSignal.objects.filter(application__in=visible_applications(user).filter(pk=application_id))
    found: FraudSignal = access.one(rows.select_related("application"), pk=signal_id)
    return found
