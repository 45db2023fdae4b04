"""Entries that a rule asks for, while somebody else lists the same subject at the same moment."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from blacklist.models import BlacklistEntry
from blacklist.services.rule_entries import RuleFinding, propose_by_rule
from core.models import Proposal

pytestmark = pytest.mark.django_db


def finding(key: str) -> RuleFinding:
    return RuleFinding("person", key, "Dragan Petrovic", None, "DE", {}, "default", "95 days past due.", "LN-1")


def test_what_another_proposed_meanwhile_is_left_and_the_rest_is_proposed(today: date, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = propose_by_rule([finding("a")], business_date=today)
    asked: list[Any] = []
    really = BlacklistEntry.objects.open_for

    def too_early(*keys: str) -> Any:
        """Whoever reads before the other has committed does not see it."""
        asked.append(keys)
        return BlacklistEntry.objects.none() if len(asked) == 1 else really(*keys)

    monkeypatch.setattr(BlacklistEntry.objects, "open_for", too_early)
    made = propose_by_rule([finding("a"), finding("b")], business_date=today)
    assert [one.subject_key for one in made] == ["b"] and len(asked) == 2
    assert set(BlacklistEntry.objects.values_list("pk", flat=True)) == {first.pk, made[0].pk}
    assert Proposal.objects.filter(kind="blacklist.entry").count() == 2
