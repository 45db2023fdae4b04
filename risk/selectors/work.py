"""What waits for a person to take it up, by the kind of work, and what that person holds already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from core import access
from core.counts import count_up_to_most
from core.models import Proposal, ProposalState, User
from core.roles import Role
from loans.models import Application, ApplicationHold
from loans.selectors.applications import DECIDABLE, IN_HAND, visible_applications
from loans.selectors.intake_hands import taken_in_by
from loans.selectors.interests import interests_in
from risk.models import CommitteeVote, FraudSignal, Investigation
from risk.selectors.conflicts import without_conflict, worked_on
from risk.selectors.terms import DECIDERS

ENDS_FIRST = (ApplicationHold.Reason.SCREENING, ApplicationHold.Reason.BLACKLIST, ApplicationHold.Reason.FRAUD)
WORKERS = (Role.INVESTIGATOR, *DECIDERS)


class Work(StrEnum):
    """What a file waits for."""

    INVESTIGATE = "INVESTIGATE"
    SIGN_OFF = "SIGN_OFF"
    SECOND = "SECOND"
    DECIDE = "DECIDE"


def investigations_for(user: User) -> QuerySet[Investigation]:
    """Investigations this person may take up and nobody holds: to be done, or done by others and to be signed off. Most urgent first."""
    if not user.has_role(Role.INVESTIGATOR):
        return Investigation.objects.none()
    # Asked of the joined file itself, not of a list of files: so the index in the order of the work ends the search at the first row.
    mine_to_see = access.within_branches(user, Investigation.objects.all(), branch="application__branch")
    waiting = mine_to_see.filter(application__state="INVESTIGATING", application__assigned_to=None).exclude(
        taken_in_by(user, "application")
    )
    judged = Exists(FraudSignal.objects.filter(application=OuterRef("application_id"), decided_by=user))
    waiting = waiting.exclude(Exists(interests_in(OuterRef("application_id")).filter(staff=user)))
    # First somebody else says whether the file goes on at all. Who has it in hand works on; a flag against a pledge stops money alone.
    held = ApplicationHold.objects.filter(application=OuterRef("application_id"), released_at=None, reason__in=ENDS_FIRST)
    waiting = waiting.filter(~Exists(held))
    to_do = Q(state=Investigation.State.OPEN) & (Q(investigator=None) & ~Q(judged) | Q(investigator=user))
    to_sign = Q(state=Investigation.State.SUBMITTED) & ~worked_on(user, OuterRef("application_id"))
    return waiting.filter(to_do | to_sign).order_by("application__due_date", "application_id")


def decisions_for(user: User) -> QuerySet[Application]:
    """Files this person may decide, or confirm as the second one, and nobody holds. Most urgent first; what is held back is left out."""
    if not user.has_role(*DECIDERS):
        return Application.objects.none()
    rows = without_conflict(visible_applications(user).filter(state__in=_decidable(user), assigned_to=None), user)
    held = ApplicationHold.objects.filter(application=OuterRef("pk"), released_at=None)
    own = open_decisions().filter(proposed_by=user).values_list("target_id", flat=True)
    voted = CommitteeVote.objects.filter(
        recommendation__application=OuterRef("pk"), recommendation__proposal__state=ProposalState.OPEN, member=user
    )
    rows = rows.filter(~Exists(held), ~Exists(voted)).exclude(pk__in=[UUID(target) for target in own])
    return rows.order_by("due_date", "id")


def open_decisions() -> QuerySet[Proposal]:
    """Decisions that were put up and wait for others."""
    return Proposal.objects.filter(kind="decision", state=ProposalState.OPEN, target_type=Application._meta.label_lower)


def held_by(user: User) -> QuerySet[Application]:
    """The files in this person's hands, most urgent first, with the state of each one's investigation."""
    rows = visible_applications(user).filter(assigned_to=user, state__in=IN_HAND)
    return rows.select_related("borrower", "product_version__product", "investigation").order_by("due_date", "id")


@dataclass(frozen=True)
class Waiting:
    """How many files wait to be taken up, by kind, and the most urgent of them all."""

    counts: dict[Work, int]
    first_due: date | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def waiting_for(user: User) -> Waiting:
    """What "Start next" would choose from: five queries at most, whatever waits."""
    counts: dict[Work, int] = {}
    due: list[date | None] = []
    if user.has_role(Role.INVESTIGATOR):
        rows = investigations_for(user)
        counts[Work.INVESTIGATE] = count_up_to_most(rows.filter(state=Investigation.State.OPEN))
        counts[Work.SIGN_OFF] = count_up_to_most(rows.filter(state=Investigation.State.SUBMITTED))
        due += rows.values_list("application__due_date", flat=True)[:1]
    if user.has_role(*DECIDERS):
        files = decisions_for(user)
        put_up = [UUID(target) for target in open_decisions().values_list("target_id", flat=True)]
        counts[Work.SECOND] = count_up_to_most(files.filter(pk__in=put_up))
        counts[Work.DECIDE] = count_up_to_most(files.exclude(pk__in=put_up))
        due += files.values_list("due_date", flat=True)[:1]
    return Waiting(counts, min((day for day in due if day), default=None))


def next_to_decide(user: User, application: Application) -> Application | None:
    """The most urgent other file that this person may decide and nobody holds. Two queries."""
    return decisions_for(user).exclude(pk=application.pk).select_related("borrower").first()


def work_of(application: Application, put_up: set[str]) -> Work:
    """What a file waits for now. `put_up`: ids of the files with an open decision, as text."""
    if application.state in DECIDABLE:
        return Work.SECOND if str(application.pk) in put_up else Work.DECIDE
    investigation = getattr(application, "investigation", None)
    submitted = investigation is not None and investigation.state == Investigation.State.SUBMITTED
    return Work.SIGN_OFF if submitted else Work.INVESTIGATE


def _decidable(user: User) -> tuple[str, ...]:
    """What was referred is a risk manager's."""
    return DECIDABLE if user.has_role(Role.RISK_MANAGER) else DECIDABLE[:1]
