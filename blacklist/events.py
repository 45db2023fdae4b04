"""What the blacklist tells the world. Ids are text, so that they travel as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True)
class EntryProposed(Event):
    """Somebody or a rule asks for an entry; it bars nobody yet."""

    entry_id: str
    subject_key: str


@dataclass(frozen=True)
class EntryActivated(Event):
    """An entry bars its subject from now on: hold open applications, look at live exposure."""

    entry_id: str
    subject_key: str


@dataclass(frozen=True)
class EntryLifted(Event):
    """An entry no longer bars its subject (lifted, or its appeal was granted): release what it held."""

    entry_id: str
    subject_key: str


@dataclass(frozen=True)
class EntryExpired(Event):
    """An entry reached its last day."""

    entry_id: str
    subject_key: str


@dataclass(frozen=True)
class WatchListChanged(Event):
    """A new version of a watch list is in force: whoever keeps people meets what it added or changed (after `list_version` - 1)."""

    version_id: str
    list_version: int


@dataclass(frozen=True)
class BookScreeningRequested(Event):
    """The book is to be rescreened: whoever keeps people hands them over in pieces."""

    run_id: str


@dataclass(frozen=True)
class HitOpened(Event):
    """A subject resembles an entry and waits for a person."""

    hit_id: str
    subject_key: str
    grade: str


@dataclass(frozen=True)
class HitDecided(Event):
    """A hit is decided: `outcome` is TRUE_MATCH, FALSE_POSITIVE or ENDED."""

    hit_id: str
    subject_key: str
    outcome: str
