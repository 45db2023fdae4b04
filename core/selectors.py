"""What the core's own pages read: the audit trail, proposals that wait, people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from core.access import one, within_branches
from core.counts import count_up_to_most
from core.models import AuditEntry, Proposal, ProposalState, User
from core.roles import Role

AUDIT_READERS = (Role.AUDITOR, Role.COMPLIANCE, Role.RISK_MANAGER, Role.ADMINISTRATOR)
PEOPLE_READERS = (Role.ADMINISTRATOR, Role.AUDITOR, Role.COMPLIANCE)


@dataclass(frozen=True)
class AuditFilter:
    """What a reader of the audit trail looks for; empty words filter nothing. Days are business dates, both ends
    included.
    """

    text: str = ""
    actor: str = ""
    action: str = ""
    first: date | None = None
    last: date | None = None


def list_audit_entries(user: User, wanted: AuditFilter | None = None) -> QuerySet[AuditEntry]:
    """The audit entries this person may read, newest first. An administrator reads what concerns accounts, never a
    borrower's file.
    """
    wanted = wanted or AuditFilter()
    rows = AuditEntry.objects.select_related("actor", "branch").order_by("-id")
    if not user.has_role(*AUDIT_READERS):
        return rows.none()
    if user.is_bank_wide:
        rows = within_branches(user, rows)
    else:
        rows = rows.filter(Q(target_type__in=["core.user", "core.bankstate", "core.partnerclient"]) | Q(action__startswith="role_change."))
    if wanted.text:
        rows = rows.filter(Q(target_label__icontains=wanted.text) | Q(target_id=wanted.text) | Q(request_id=wanted.text))
    if wanted.actor:
        rows = rows.filter(actor_name__icontains=wanted.actor)
    if wanted.action:
        rows = rows.filter(action__startswith=wanted.action)
    if wanted.first:
        rows = rows.filter(business_date__gte=wanted.first)
    if wanted.last:
        rows = rows.filter(business_date__lte=wanted.last)
    return rows


def list_open_proposals(user: User) -> QuerySet[Proposal]:
    """Open proposals that this person made, may confirm, or may read as auditor; oldest first, because they wait."""
    rows = Proposal.objects.filter(state=ProposalState.OPEN).select_related("proposed_by", "branch").order_by("id")
    if user.has_role(Role.AUDITOR):
        return rows
    entitled = Q(proposed_by=user)
    for role in user.roles:
        mine = Q(roles__contains=[role.value])
        if not user.is_bank_wide:
            mine &= Q(branch__isnull=True) | Q(branch__in=user.branch_ids)
        entitled |= mine
    return rows.filter(entitled)


def count_for_me(user: User) -> int:
    """How many open proposals wait for this person's eyes: the number in the navigation."""
    if user.has_role(Role.AUDITOR):
        return 0
    return count_up_to_most(list_open_proposals(user).exclude(proposed_by=user))


def list_users(user: User) -> QuerySet[User]:
    """The people of the bank with their roles and branches; three queries whatever their number."""
    rows = User.objects.prefetch_related("role_rows", "branches").order_by("full_name")
    return rows if user.has_role(*PEOPLE_READERS) else rows.none()


def access_user(user: User, pk: int) -> User:
    """One person, for those who may read people; NotFound otherwise."""
    return one(list_users(user), pk=pk)
