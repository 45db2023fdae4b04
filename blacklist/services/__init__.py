"""Writes of the blacklist: what other apps may call."""

from blacklist.services.appeals import (
    UnableToAppeal,
    UnableToDecideAppeal,
    decide_appeal,
    file_appeal,
)
from blacklist.services.entries import (
    UnableToConfirmEntry,
    UnableToProposeEntry,
    confirm_entry,
    expire_entries,
    propose_entry,
    reject_entry,
)
from blacklist.services.hits import UnableToDecideHit, decide_hit
from blacklist.services.lifting import (
    UnableToLiftEntry,
    confirm_lift,
    propose_lift,
    refuse_lift,
)
from blacklist.services.screening import ScreeningSubject, screen_subject

__all__ = [
    "ScreeningSubject",
    "UnableToAppeal",
    "UnableToConfirmEntry",
    "UnableToDecideAppeal",
    "UnableToDecideHit",
    "UnableToLiftEntry",
    "UnableToProposeEntry",
    "confirm_entry",
    "confirm_lift",
    "decide_appeal",
    "decide_hit",
    "expire_entries",
    "file_appeal",
    "propose_entry",
    "propose_lift",
    "refuse_lift",
    "reject_entry",
    "screen_subject",
]
