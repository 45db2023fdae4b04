"""Reads of the blacklist: what other apps may ask."""

from blacklist.selectors.blocking import blocked_keys, has_blocking
from blacklist.selectors.entries import access_entry, list_entries
from blacklist.selectors.hits import access_hit, count_open_hits, list_hits

__all__ = [
    "access_entry",
    "access_hit",
    "blocked_keys",
    "count_open_hits",
    "has_blocking",
    "list_entries",
    "list_hits",
]
