"""States of entries and hits, and which may follow which."""

from __future__ import annotations

from enum import StrEnum


class EntryState(StrEnum):
    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    APPEALED = "APPEALED"  # still in force while the appeal is open
    LIFTED = "LIFTED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


ENTRY_TRANSITIONS: dict[EntryState, frozenset[EntryState]] = {
    EntryState.PROPOSED: frozenset({EntryState.ACTIVE, EntryState.REJECTED}),
    EntryState.ACTIVE: frozenset({EntryState.APPEALED, EntryState.LIFTED, EntryState.EXPIRED}),
    EntryState.APPEALED: frozenset({EntryState.ACTIVE, EntryState.LIFTED, EntryState.EXPIRED}),
    EntryState.LIFTED: frozenset(),
    EntryState.EXPIRED: frozenset(),
    EntryState.REJECTED: frozenset(),
}

#: An entry in one of these states bars its subject.
IN_FORCE = frozenset({EntryState.ACTIVE, EntryState.APPEALED})


def may_follow(old: EntryState, new: EntryState) -> bool:
    """Whether an entry may go from `old` to `new`."""
    return new in ENTRY_TRANSITIONS[old]


class HitState(StrEnum):
    OPEN = "OPEN"
    PROPOSED_FALSE = "PROPOSED_FALSE"  # one person says false positive; the grade asks for a second
    TRUE_MATCH = "TRUE_MATCH"
    FALSE_POSITIVE = "FALSE_POSITIVE"
    ENDED = "ENDED"  # the entry was lifted or expired before somebody decided


#: A hit in one of these states holds the application and blocks the payout.
UNDECIDED = frozenset({HitState.OPEN, HitState.PROPOSED_FALSE})


class Grade(StrEnum):
    """How strongly a subject resembles an entry; `NONE` never becomes a hit."""

    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    NONE = "NONE"
