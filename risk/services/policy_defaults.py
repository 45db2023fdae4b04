"""Rows of the present default that a policy in force from before lacks: taken into a new version, which people try, propose and confirm."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from core.models import User
from risk.domain.lacking_rows import lacking, take_in
from risk.models import PolicyVersion
from risk.services.policies import UnableToChangePolicy, active_policy, draft_policy, save_examples


@transaction.atomic
def draft_with_defaults(*, actor: User, business_date: date) -> tuple[PolicyVersion, int]:
    """Begin a new version as a copy of the policy in force with the rows of the present default that it lacks. Its examples still say what
    they said, and those of the default on these rows come along. Returns it with how many examples were told a sound value of the new
    facts.

    Raises UnableToChangePolicy: `not_entitled`, `nothing_lacks`, `invalid` with a fault per cell.
    """
    current = active_policy()
    added = lacking(current.rules) if current else []
    if current is None or not added:
        raise UnableToChangePolicy("nothing_lacks")
    taken = take_in(current.rules, current.examples)
    note = f"With {len(added)} row{'s' if len(added) > 1 else ''} of the present default"
    version = draft_policy(actor=actor, business_date=business_date, rules=taken.rules, note=note)
    return save_examples(version=version, examples=taken.examples, actor=actor, business_date=business_date), taken.filled
