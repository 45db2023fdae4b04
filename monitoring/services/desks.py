"""On whose desk an alert lies from the first: that of whoever began what it is about, as long as they are there."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, QuerySet

from core.models import User
from core.roles import Role
from monitoring.models import Alert

# Somebody of the bank, None where the system did it, and the branch in which it has to be looked at, None for the whole bank.
Begun = tuple[User | None, int | None]


def desks_of(begun: Sequence[Begun]) -> list[User | None]:
    """For each in its order who is there still, in their place the risk manager of the branch with the fewest alerts in hand. Nobody where
    there is none, or where nobody began it: then it lies on the common desk. The same few queries for any number.
    """
    there = _there(User.objects.filter(pk__in={person.pk for person, _ in begun if person}, is_active=True))
    found = [_still_there(there, *one) for one in begun]
    if None not in found:
        return found
    managers = _there(User.objects.filter(role_rows__role=Role.RISK_MANAGER, is_active=True))
    waiting = Alert.objects.filter(owner__in=managers).exclude(state=Alert.State.RESOLVED).order_by()
    load = dict.fromkeys(managers, 0) | dict(waiting.values_list("owner").annotate(Count("pk")))
    for place, (person, branch) in enumerate(begun):
        if found[place] is None and person is not None:
            able = [key for key, manager in managers.items() if _works_in(manager, branch)]
            if able:
                key = min(able, key=lambda key: (load[key], key))
                load[key] += 1
                found[place] = managers[key]
    return found


def _there(people: QuerySet[User]) -> dict[int, User]:
    return {person.pk: person for person in people.prefetch_related("role_rows", "branch_rows")}


def _still_there(there: dict[int, User], person: User | None, branch: int | None) -> User | None:
    found = there.get(person.pk) if person else None
    return found if found and _works_in(found, branch) else None


def _works_in(person: User, branch: int | None) -> bool:
    """Whether they still have work there: somebody without a role has moved on."""
    return bool(person.roles) and (person.is_bank_wide or branch is None or branch in {row.branch_id for row in person.branch_rows.all()})
