"""Two files of one person decided in the same instant, in two connections: the later one sees what the earlier one granted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from core.models import Branch, User
from loans.models import Application, Borrower
from loans.services.locks import lock_people, people_of
from risk.domain import authority
from risk.models import Decision, LimitSettings, PolicyEvaluation, Recommendation
from risk.services.decisions import confirm_decision
from tests.collateral.test_sales_at_once import in_turn
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.files import make_stranger
from tests.risk.test_committee import Make, put_up

pytestmark = pytest.mark.django_db(transaction=True)
TIGHT = {"monthly_obligations": "1150", "employment_months": "238"}
"""With this of 4,200 a month either loan of 12,000 passes and both do not."""


def newest(application: Application) -> PolicyEvaluation:
    return PolicyEvaluation.objects.filter(application=application)[0]


def granting(application: Application, actor: User, **changes: Any) -> Callable[[], object]:
    return lambda: decided(application, actor, **changes)


@pytest.fixture
def two(reviewed: Make) -> list[Application]:
    """Each sound by itself, together too much."""
    files = [reviewed(facts=TIGHT), reviewed(facts=TIGHT)]
    assert files[0].borrower_id == files[1].borrower_id and [newest(file).outcome for file in files] == ["APPROVE", "APPROVE"]
    return files


@pytest.fixture
def pair(reviewed: Make) -> list[Application]:
    """The files of two people who share nothing."""
    files = [reviewed(facts=TIGHT), reviewed(facts=TIGHT, number="L01X00T48")]
    make_stranger(files[1])
    return files


def join(application: Application, borrower: Borrower | None) -> None:
    assert borrower is not None
    application.parties.create(borrower=borrower, part="CO_BORROWER")


class TestOnePerson:
    def test_is_assessed_on_what_was_granted_an_instant_before(self, two: list[Application], approver: User, second_approver: User) -> None:
        assert in_turn(granting(two[0], approver), granting(two[1], second_approver)) == ("ok", "override_missing")
        assert list(Decision.objects.values_list("application", flat=True)) == [two[0].pk]

    def test_is_shown_what_is_owed_by_then(self, two: list[Application], approver: User, second_approver: User) -> None:
        """Whoever had looked at the file before looks at it again."""
        before = newest(two[1])
        said = in_turn(granting(two[0], approver), granting(two[1], second_approver, seen=before.pk))
        assert said == ("ok", "assessed_anew")
        after = newest(two[1])
        month = Decimal(newest(two[0]).facts["new_instalment"]["value"])
        assert (before.facts.get("later_obligations"), after.outcome) == (None, "REFER")
        assert abs(Decimal(after.facts["later_obligations"]["value"]) - month) < 1

    def test_is_one_in_two_branches(self, pair: list[Application], approver: User, second_approver: User) -> None:
        """Other rows, the same identifier."""
        other = pair[1].borrower
        assert other is not None and pair[0].borrower is not None
        other.national_id, other.branch = pair[0].borrower.national_id, Branch.objects.create(code="B9", name="Far")
        other.save()
        assert in_turn(granting(pair[0], approver), granting(pair[1], second_approver)) == ("ok", "override_missing")

    def test_counts_what_was_borrowed_with_another(self, pair: list[Application], approver: User, second_approver: User) -> None:
        """She borrows, he with her; in the same instant he borrows alone."""
        join(pair[0], pair[1].borrower)
        assert in_turn(granting(pair[0], approver), granting(pair[1], second_approver)) == ("ok", "override_missing")

    def test_is_confirmed_by_nobody_on_what_is_no_longer_so(self, two: list[Application], approver: User, risk_manager: User) -> None:
        """What waits for a second person stands on duties of before: whoever confirms it is told."""
        matrix = [authority.AuthorityRow(3, "Two", Decimal(90_000))]
        document = authority.as_document(replace(authority.DEFAULTS, rows=tuple(matrix)))
        held = LimitSettings(
            kind="AUTHORITY",
            number=1,
            state="ACTIVE",
            document=document,
            reason="Set by a test",
            proposed_by=approver,
            confirmed_by=risk_manager,
        )
        held.save()
        for file in two:
            assert isinstance(put_up(file, approver), Recommendation)
        confirm = [lambda file=file: confirm_decision(application=file, actor=risk_manager, business_date=TODAY) for file in two]
        assert in_turn(*confirm) == ("ok", "changed")
        assert Decision.objects.get().application_id == two[0].pk


class TestOrder:
    def test_is_the_same_whoever_applied(self, pair: list[Application]) -> None:
        """Two couples' files that cross wait for each other at the lower number, and never both."""
        join(pair[0], pair[1].borrower)
        join(pair[1], pair[0].borrower)
        numbers = people_of(pair[0])
        assert numbers == people_of(pair[1]) == sorted(set(numbers)) and len(numbers) == 4

    def test_lets_strangers_and_guarantors_pass(self, pair: list[Application]) -> None:
        pair[0].parties.create(borrower=pair[1].borrower, part="GUARANTOR")
        assert not set(people_of(pair[0])) & set(people_of(pair[1]))

    def test_takes_two_queries(self, pair: list[Application], django_assert_num_queries: Any) -> None:
        join(pair[0], pair[1].borrower)
        locked = Application.objects.select_related("borrower").get(pk=pair[0].pk)
        with transaction.atomic(), django_assert_num_queries(2):
            lock_people(locked)
