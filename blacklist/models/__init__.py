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

__all__ = [
    "BlacklistEntry",
    "EntryAddress",
    "EntryAppeal",
    "EntryHistory",
    "EntryIdentifier",
    "EntryName",
    "IdentifierKind",
    "ListVersion",
    "Purpose",
    "ReasonCode",
    "Screening",
    "ScreeningHit",
    "ScreeningResult",
    "ScreeningRun",
    "SourceKind",
    "SubjectKindChoice",
]
