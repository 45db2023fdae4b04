"""Entries for those who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from blacklist.domain.states import EntryState
from blacklist.models import BlacklistEntry, EntryAppeal, EntryHistory, EntryName
from blacklist.selectors.proposals import ENTRY_PROPOSAL, LIFT_PROPOSAL, latest_proposal
from core import crypto
from core.access import one
from core.models import Proposal, ProposalState, User
from core.roles import Role

#: Officers learn only that a file is in review, never why: entries are for these roles.
READERS = (Role.COMPLIANCE, Role.RISK_MANAGER, Role.COLLECTIONS, Role.AUDITOR)


def visible_entries(user: User) -> QuerySet[BlacklistEntry]:
    """The entries the user may see; none without a reading role."""
    if not user.is_active or not user.has_role(*READERS):
        return BlacklistEntry.objects.none()
    return BlacklistEntry.objects.all()


def access_entry(user: User, entry_id: UUID | str) -> BlacklistEntry:
    """One entry, with who proposed and confirmed it. Raises NotFound when absent or not for this user."""
    rows = visible_entries(user).select_related("proposed_by", "confirmed_by")
    return one(rows.prefetch_related("names", "identifiers", "addresses"), pk=entry_id)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One line of the list: the name is decrypted for this page only."""

    entry: BlacklistEntry
    name: str


def list_entries(user: User, *, state: str = "", reason: str = "", reference: str = "") -> QuerySet[BlacklistEntry]:
    """Entries for the list, newest first; an unknown filter value finds nothing."""
    rows = visible_entries(user).select_related("proposed_by", "confirmed_by")
    if state == "in_force":
        rows = rows.in_force()  # type: ignore[attr-defined]
    elif state:
        rows = rows.filter(state=state)
    if reason:
        rows = rows.filter(reason_code=reason)
    if reference:
        rows = rows.filter(reference__iexact=reference.strip())
    return rows


def count_by_state(user: User) -> dict[str, int]:
    """How many entries stand in each state."""
    rows = visible_entries(user).order_by().values_list("state").annotate(number=Count("pk"))
    return dict(rows)


def primary_names(entry_ids: list[Any]) -> dict[Any, str]:
    """The primary name of each entry, decrypted; one query."""
    names = EntryName.objects.filter(entry__in=entry_ids, is_primary=True)
    return {row.entry_id: row.name for row in names}


def entry_rows(entries: list[BlacklistEntry]) -> list[EntryRow]:
    """The page's entries with their names; one query for all."""
    names = primary_names([entry.pk for entry in entries])
    return [EntryRow(entry, names.get(entry.pk, "not provided")) for entry in entries]


@dataclass(frozen=True, slots=True)
class EntryFile:
    """Everything the entry's page shows; `identifiers` are (kind, masked value)."""

    entry: BlacklistEntry
    history: list[EntryHistory]
    appeals: list[EntryAppeal]
    open_appeal: EntryAppeal | None
    entry_proposal: Proposal | None
    lift_proposal: Proposal | None
    identifiers: list[tuple[str, str]]
    open_hits: int
    may_confirm: bool
    may_reject: bool
    may_appeal: bool
    may_decide_appeal: bool
    may_propose_lift: bool
    may_confirm_lift: bool


def get_entry_file(user: User, entry_id: UUID | str) -> EntryFile:
    """The entry with its history and what this user may do with it now. Raises NotFound."""
    entry = access_entry(user, entry_id)
    history = list(entry.history.select_related("actor"))
    appeals = list(entry.appeals.select_related("filed_by", "decided_by"))
    open_appeal = next(
        (appeal for appeal in appeals if appeal.outcome == EntryAppeal.Outcome.OPEN),
        None,
    )
    entry_proposal = latest_proposal(kind=ENTRY_PROPOSAL, target=entry)
    lift_proposal = latest_proposal(kind=LIFT_PROPOSAL, target=entry)
    lift_open = lift_proposal is not None and lift_proposal.state == ProposalState.OPEN
    second = user.has_role(Role.COMPLIANCE, Role.RISK_MANAGER)
    proposes = user.has_role(Role.COLLECTIONS, Role.RISK_MANAGER, Role.COMPLIANCE)
    proposed = entry.state == EntryState.PROPOSED
    own_work = {
        entry.proposed_by_id,
        entry.confirmed_by_id,
        open_appeal.filed_by_id if open_appeal else None,
    }
    return EntryFile(
        entry=entry,
        history=history,
        appeals=appeals,
        open_appeal=open_appeal,
        entry_proposal=entry_proposal,
        lift_proposal=lift_proposal if lift_open else None,
        identifiers=[(row.get_kind_display(), crypto.mask(row.value)) for row in entry.identifiers.all()],
        open_hits=entry.hits.filter(state="OPEN").count(),
        may_confirm=proposed and second and entry.proposed_by_id != user.pk,
        may_reject=proposed and (second or entry.proposed_by_id == user.pk),
        may_appeal=entry.state == EntryState.ACTIVE and proposes,
        may_decide_appeal=open_appeal is not None and second and user.pk not in own_work,
        may_propose_lift=entry.state == EntryState.ACTIVE and proposes and not lift_open,
        may_confirm_lift=(
            lift_open
            and lift_proposal is not None
            and entry.state == EntryState.ACTIVE
            and second
            and lift_proposal.proposed_by_id != user.pk
        ),
    )
