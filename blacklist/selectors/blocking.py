"""May money move for a subject? The question that loans asks at every door."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from blacklist.domain.states import IN_FORCE, UNDECIDED, HitState
from blacklist.models import BlacklistEntry, ScreeningHit

# Whether a list or a hit names any of these at all, in force or not: a query for others to embed, wider than what blocks.
MENTIONED = """SELECT FROM blacklist_screeninghit WHERE subject_key IN ({keys})
UNION ALL SELECT FROM blacklist_blacklistentry WHERE subject_key IN ({keys})"""
_IN_FORCE = [state.value for state in IN_FORCE]


def has_blocking(subject_key: str) -> bool:
    """True while a hit of the subject is open, a true match stands on an entry or record in force,
    or an entry in force names the subject.
    """
    return bool(blocked_keys([subject_key]))


def blocked_keys(subject_keys: Collection[str]) -> set[str]:
    """Those of `subject_keys` for which `has_blocking` is true; two queries however many are asked."""
    keys = [key for key in subject_keys if key]
    if not keys:
        return set()
    hits = ScreeningHit.objects.filter(subject_key__in=keys).filter(
        Q(state__in=[state.value for state in UNDECIDED])
        | Q(state=HitState.TRUE_MATCH.value, entry__state__in=_IN_FORCE)
        | Q(state=HitState.TRUE_MATCH.value, record__in_force=True)
    )
    blocked = set(hits.values_list("subject_key", flat=True))
    return blocked | set(BlacklistEntry.objects.in_force().filter(subject_key__in=keys).values_list("subject_key", flat=True))
