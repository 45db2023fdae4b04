"""Rows of the blacklist: entries with what identifies their subject, their history, and what screening found."""

from blacklist.models.entry import (
    BlacklistEntry,
    EntryAddress,
    EntryAppeal,
    EntryHistory,
    EntryIdentifier,
    EntryName,
    IdentifierKind,
    ReasonCode,
    SourceKind,
    SubjectKindChoice,
)
from blacklist.models.screening import (
    ListVersion,
    Purpose,
    Screening,
    ScreeningHit,
    ScreeningResult,
    ScreeningRun,
)
from blacklist.models.watch_list import (
    ChangeKind,
    ListFormat,
    VersionState,
    WatchList,
    WatchListChange,
    WatchListRecord,
    WatchListVersion,
)

__all__ = [
    "BlacklistEntry",
    "ChangeKind",
    "EntryAddress",
    "EntryAppeal",
    "EntryHistory",
    "EntryIdentifier",
    "EntryName",
    "IdentifierKind",
    "ListFormat",
    "ListVersion",
    "Purpose",
    "ReasonCode",
    "Screening",
    "ScreeningHit",
    "ScreeningResult",
    "ScreeningRun",
    "SourceKind",
    "SubjectKindChoice",
    "VersionState",
    "WatchList",
    "WatchListChange",
    "WatchListRecord",
    "WatchListVersion",
]
