"""What this room tells the world."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class InvestigationSignedOff(Event):
    """A second person stands behind the facts; score and recommendation are stored."""

    investigation_id: str
    application_id: str


@dataclass(frozen=True)
class InvestigationReopened(Event):
    """A fact or a check changed after sign-off: the file has to be signed again."""

    investigation_id: str
    application_id: str


@dataclass(frozen=True)
class DecisionProposed(Event):
    """A first approver put a decision up; a second one has to confirm it."""

    recommendation_id: str
    application_id: str


@dataclass(frozen=True)
class DecisionMade(Event):
    """An application is decided, with its evidence frozen."""

    decision_id: str
    application_id: str
    outcome: str


@dataclass(frozen=True)
class DecisionAmended(Event):
    """A party's record was amended after a file was decided and before its contract:
    it is held until others say that the decision stands.
    """

    decision_id: str
    application_id: str


@dataclass(frozen=True)
class AmendedDecisionSettled(Event):
    """Such a file is held for it no more: others carry the decision, or there is nothing left to carry."""

    application_id: str


@dataclass(frozen=True)
class SecondLookAsked(Event):
    """An applicant asks that somebody who had no part in it looks at the decline of a file."""

    second_look_id: str
    application_id: str


@dataclass(frozen=True)
class SecondLookAnswered(Event):
    """Somebody did: `outcome` is UPHELD, or TAKEN_UP for a file that is back in review."""

    second_look_id: str
    application_id: str
    outcome: str


@dataclass(frozen=True)
class SecondLookWithdrawn(Event):
    """A request was recorded by mistake: nobody looks."""

    second_look_id: str
    application_id: str


@dataclass(frozen=True)
class SecondLookOverdue(Event):
    """A request waits longer than its product promises a decision in. Told once of each."""

    second_look_id: str
    application_id: str


@dataclass(frozen=True)
class LetterOwed(Event):
    """Nobody has written to an applicant of a decision, and the last day for it is near. Told once of each."""

    decision_id: str
    application_id: str


@dataclass(frozen=True)
class LetterWritten(Event):
    """Somebody did."""

    decision_id: str
    application_id: str


@dataclass(frozen=True)
class FraudConfirmed(Event):
    """A person says that a signal is fraud: whoever applied is proposed for the blacklist."""

    signal_id: str
    application_id: str


@dataclass(frozen=True)
class AuditFoundFaults(Event):
    """A third party found faults in a file; whatever was granted on it is in doubt."""

    audit_id: str
    application_id: str


@dataclass(frozen=True)
class AuditReported(Event):
    """A third party's audit has reported, whatever it found."""

    audit_id: str
    application_id: str


@dataclass(frozen=True)
class AuditOverdue(Event):
    """An audit was ordered long ago and has not reported. Told once of each."""

    audit_id: str
    application_id: str


@dataclass(frozen=True)
class ScorecardDrifted(Event):
    """Applications of a month differ from the sample of the scorecard in force more than the night before. `what` is in words:
    the score, or a factor.
    """

    model_version_id: str
    month: str
    what: str
    verdict: str
    index: str
    business_date: str
