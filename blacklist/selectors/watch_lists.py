"""Watch lists for those who may see them: what is in force, the versions, and what each changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from blacklist.models import VersionState, WatchList, WatchListChange, WatchListUpload, WatchListVersion
from core.access import one
from core.models import User
from core.roles import Role

LIST_READERS = (Role.COMPLIANCE, Role.RISK_MANAGER, Role.AUDITOR)
LABELS = {
    "names": "Names",
    "birth_dates": "Birth dates",
    "identifiers": "Identifiers",
    "addresses": "Addresses",
    "countries": "Countries",
    "program": "Program",
    "subject_kind": "Kind",
}


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list with the version in force (None before the first) and how many records it has."""

    watch_list: WatchList
    version: WatchListVersion | None
    records: int


def list_versions(user: User) -> QuerySet[WatchListVersion]:
    """Every version of every list, newest first; none without a reading role."""
    if not user.is_active or not user.has_role(*LIST_READERS):
        return WatchListVersion.objects.none()
    return WatchListVersion.objects.select_related("watch_list", "imported_by", "decided_by")


def access_version(user: User, version_id: UUID | str) -> WatchListVersion:
    """One version. Raises NotFound when absent or not for this user."""
    return one(list_versions(user), pk=version_id)


def watch_list_rows(user: User) -> list[ListRow]:
    """Each list with what is in force; two queries."""
    versions = {version.watch_list_id: version for version in list_versions(user).filter(state=VersionState.IN_FORCE)}
    lists = WatchList.objects.annotate(number=Count("rows", filter=Q(rows__in_force=True))).order_by("title", "id")
    return [ListRow(watch_list, versions.get(watch_list.pk), watch_list.number) for watch_list in lists]


def list_uploads(user: User, *, last: int = 5) -> list[WatchListUpload]:
    """The last uploads with their progress, newest first; none without a reading role."""
    if not user.is_active or not user.has_role(*LIST_READERS):
        return []
    return list(WatchListUpload.objects.select_related("watch_list", "uploaded_by", "version__watch_list")[:last])


def list_changes(version: WatchListVersion, kind: str) -> QuerySet[WatchListChange]:
    """What the version added, changed or removed."""
    return version.changes.filter(kind=kind).order_by("id")


def compare_change(change: WatchListChange) -> list[tuple[str, str, str]]:
    """(field, before, after) of what differs."""
    return [
        (label, _shown(change.before.get(field)), _shown(change.after.get(field)))
        for field, label in LABELS.items()
        if change.before.get(field) != change.after.get(field) and (change.before.get(field) or change.after.get(field))
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"{item[0].replace('_', ' ')}: {item[1]}" if isinstance(item, list) else str(item) for item in value)
    return str(value or "")
