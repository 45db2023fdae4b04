"""Rows of the blacklist: entries with what identifies their subject, their history, and what screening found."""

from blacklist.models.batch import EntryBatch, EntryBatchLine
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
    ScreenedSubject,
    Screening,
    ScreeningHit,
    ScreeningResult,
    ScreeningRun,
)
from blacklist.models.thresholds import ThresholdSet
from blacklist.models.watch_list import (
    ChangeKind,
    ListFormat,
    UploadState,
    VersionState,
    WatchList,
    WatchListChange,
    WatchListRecord,
    WatchListUpload,
    WatchListVersion,
)

__all__ = [
    "BlacklistEntry",
    "ChangeKind",
    "EntryAddress",
    "EntryAppeal",
    "EntryBatch",
    "EntryBatchLine",
    "EntryHistory",
    "EntryIdentifier",
    "EntryName",
    "IdentifierKind",
    "ListFormat",
    "ListVersion",
    "Purpose",
    "ReasonCode",
    "ScreenedSubject",
    "Screening",
    "ScreeningHit",
    "ScreeningResult",
    "ScreeningRun",
    "SourceKind",
    "SubjectKindChoice",
    "ThresholdSet",
    "UploadState",
    "VersionState",
    "WatchList",
    "WatchListChange",
    "WatchListRecord",
    "WatchListUpload",
    "WatchListVersion",
]
