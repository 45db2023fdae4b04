"""The history on an asset's page tells of its values, pledges and flags too, and costs no query more for having many."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse

from collateral.models import Pledge, RedFlag, Valuation
from core import audit
from core.models import User
from tests.collateral.conftest import SignIn

pytestmark = pytest.mark.django_db


def history_of(page: str) -> str:
    return re.split(r"<h2[^>]*>History</h2>", page)[1]


def test_tells_of_values_pledges_and_flags(accepted: Valuation, pledge: Pledge, investigator: User, sign_in: SignIn, today: date) -> None:
    asset = accepted.asset
    flag = RedFlag.objects.create(asset=asset, code="title_missing", raised_date=today)
    audit.record("red_flag.raised", actor=None, actor_name="rule", target=flag)
    audit.record("pledge.perfected", actor=investigator, target=pledge)
    told = history_of(sign_in(investigator).get(reverse("collateral:asset_detail", args=[asset.pk])).text)
    missing = [
        words
        for words in ("Registered", "Valuation ordered", "Valuation submitted", "Valuation accepted", "Pledge perfected", "Red flag raised")
        if words not in told
    ]
    assert missing == []


def test_is_read_by_one_query_however_much_belongs_to_it(accepted: Valuation, pledge: Pledge, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    audit.record("pledge.perfected", actor=None, target=pledge)
    with django_assert_num_queries(1):
        entries = list(audit.entries_about(accepted.asset, accepted, pledge))
    assert {entry.target_type for entry in entries} == {"collateral.asset", "collateral.valuation", "collateral.pledge"}
    assert entries == sorted(entries, key=lambda entry: -entry.pk)
