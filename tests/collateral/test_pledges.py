"""Perfecting a pledge, what it covers, and the night on which its value runs out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from collateral.models import Asset, Pledge, Valuation
from collateral.selectors.assets import valuations_for
from collateral.selectors.coverage import coverage_of, facts_of
from collateral.services.facts import record_facts
from collateral.services.flags import decide_flag
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledges import perfect_pledge
from collateral.services.sweep import mark_revaluations_due
from collateral.services.valuations import accept_valuation, order_valuation
from core.models import Branch, OutboxEvent, User
from core.roles import Role
from loans.models import Application, ConditionPrecedent, Facility, Loan
from tests.collateral.conftest import Register, Value, hire
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import world
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def condition(application: Application) -> ConditionPrecedent:
    return ConditionPrecedent.objects.create(application=application, code="collateral_perfected", title="Collateral perfected")


class TestPerfectPledge:
    def test_records_the_lien_and_satisfies_the_loan_s_condition(
        self, accepted: Valuation, pledge: Pledge, condition: ConditionPrecedent, investigator: User, today: date
    ) -> None:
        done = perfect_pledge(pledge=pledge, registry_reference=" REG-77 ", actor=investigator, business_date=today)
        assert (done.state, done.registry_reference, done.perfected_date, done.perfected_by) == ("PERFECTED", "REG-77", today, investigator)
        condition.refresh_from_db()
        assert condition.state == "SATISFIED"
        assert OutboxEvent.objects.filter(name="PledgePerfected").count() == 1

    def test_waits_for_every_pledge_of_the_application(
        self, accepted: Valuation, pledge: Pledge, condition: ConditionPrecedent, register: Register, investigator: User, today: date
    ) -> None:
        register(title_number="SN 9", description="Press")
        perfect_pledge(pledge=pledge, registry_reference="REG-77", actor=investigator, business_date=today)
        condition.refresh_from_db()
        assert condition.state == "OPEN"

    def test_is_refused_without_a_value_in_force(self, pledge: Pledge, investigator: User, today: date) -> None:
        refuse(pledge, investigator, today, "no_valuation")

    def test_is_refused_when_the_value_ran_out(self, accepted: Valuation, pledge: Pledge, investigator: User) -> None:
        assert accepted.expires_date is not None
        refuse(pledge, investigator, accepted.expires_date, "no_valuation")

    def test_is_refused_while_a_red_flag_is_open(self, accepted: Valuation, pledge: Pledge, investigator: User, today: date) -> None:
        pledge.asset.flags.create(code="idle", text="The asset is idle.", raised_date=today)
        refuse(pledge, investigator, today, "red_flags")

    def test_is_refused_after_an_upheld_flag_of_the_asset_and_free_after_a_cleared_one(
        self, accepted: Valuation, pledge: Pledge, investigator: User, risk_manager: User, today: date
    ) -> None:
        idle = pledge.asset.flags.create(code="idle", text="The asset is idle.", raised_date=today)
        decide_flag(flag=idle, uphold=True, reason="Idle indeed.", actor=risk_manager, business_date=today)
        refuse(pledge, investigator, today, "red_flags")
        idle.delete()
        other = pledge.asset.flags.create(code="owner_differs", text="The owner differs.", raised_date=today)
        decide_flag(flag=other, uphold=False, reason="Consent is on file.", actor=risk_manager, business_date=today)
        assert perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today).state == "PERFECTED"

    def test_is_free_once_another_value_took_the_place_of_an_upheld_one(
        self, ordered: Valuation, submit: Value, pledge: Pledge, investigator: User, risk_manager: User, approver: User, today: date
    ) -> None:
        inflated = submit(ordered, "400000.00")
        for flag in pledge.asset.flags.all():
            decide_flag(flag=flag, uphold=True, reason="Inflated.", actor=risk_manager, business_date=today)
        Valuation.objects.filter(pk=inflated.pk).update(state="REJECTED")
        second = submit(order_valuation(asset=pledge.asset, actor=investigator, business_date=today), "205000.00")
        accept_valuation(valuation=second, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
        assert perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today).state == "PERFECTED"

    def test_is_refused_to_who_registered_the_asset(self, accepted: Valuation, pledge: Pledge, investigator: User, today: date) -> None:
        Asset.objects.filter(pk=pledge.asset_id).update(registered_by=investigator)
        refuse(pledge, investigator, today, "own_registration")

    @every_role([role for role in Role if role not in (Role.INVESTIGATOR, Role.RISK_MANAGER)])
    def test_is_refused_to_other_roles(self, accepted: Valuation, pledge: Pledge, branch: Branch, role: Role, today: date) -> None:
        refuse(pledge, hire("somebody", role, branch=branch), today, "not_entitled")

    def test_needs_the_registry_s_word_and_happens_once(self, accepted: Valuation, pledge: Pledge, investigator: User, today: date) -> None:
        refuse(pledge, investigator, today, "reference_missing", reference="  ")
        perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        refuse(pledge, investigator, today, "wrong_state")


def refuse(pledge: Pledge, actor: User, day: date, code: str, reference: str = "REG-77") -> None:
    before = world()
    with pytest.raises(UnableToPerfectPledge) as refusal:
        perfect_pledge(pledge=pledge, registry_reference=reference, actor=actor, business_date=day)
    assert refusal.value.code == code
    assert world() == before


class TestCoverage:
    def test_is_nothing_without_an_accepted_value(self, submitted: Valuation, application: Application, today: date) -> None:
        found = coverage_of(application, business_date=today)
        assert (found.market_value, found.available, found.ltv) == (0, 0, None)
        assert found.shortfall == Decimal("100000.00")

    # Machinery: 210,000.00 less 45% is 115,500.00 to a lender. Registered amount, prior claims, available, LTV.
    @pytest.mark.parametrize(
        ("amount", "prior", "available", "ltv"),
        [
            ("100000.00", "0", "100000.00", "0.4762"),
            ("200000.00", "0", "115500.00", "0.4762"),
            ("200000.00", "20000.00", "95500.00", "0.5714"),
            ("50000.00", "20000.00", "50000.00", "0.5714"),
            ("200000.00", "150000.00", "0", "1.1905"),
        ],
    )
    def test_counts_as_the_table_says(
        self, accepted: Valuation, pledge: Pledge, amount: str, prior: str, available: str, ltv: str, today: date
    ) -> None:
        Pledge.objects.filter(pk=pledge.pk).update(amount=Decimal(amount), prior_claims=Decimal(prior))
        found = coverage_of(pledge.application, business_date=today)
        assert (found.lending_value, found.available) == (Decimal("115500.00"), Decimal(available))
        assert found.ltv is not None and round(found.ltv, 4) == Decimal(ltv)
        assert found.coverage == Decimal(available) / 100_000
        assert found.shortfall == max(Decimal(0), Decimal(100_000) - Decimal(available))

    def test_of_what_nothing_secures_is_nothing_for_one_query(self, application: Application, today: date) -> None:
        Pledge.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            found = coverage_of(application, business_date=today)
        assert (found.shortfall, found.coverage, found.ltv, found.oldest_valued_date) == (100_000, 0, None, None)
        assert len(queries) == 1

    def test_ends_on_the_day_the_value_runs_out(self, accepted: Valuation, application: Application) -> None:
        assert accepted.expires_date is not None
        last = accepted.expires_date - timedelta(days=1)
        assert coverage_of(application, business_date=last).available == Decimal("100000.00")
        assert coverage_of(application, business_date=accepted.expires_date).available == 0

    @pytest.mark.parametrize("state", ["RELEASED", "ENFORCED"])
    def test_is_nothing_by_a_released_asset(self, accepted: Valuation, pledge: Pledge, state: str, today: date) -> None:
        Pledge.objects.filter(pk=pledge.pk).update(state=state)
        assert coverage_of(pledge.application, business_date=today).available == 0

    def test_becomes_facts_for_the_policy(self, accepted: Valuation, application: Application, today: date) -> None:
        later = today + timedelta(days=10)
        facts = facts_of(coverage_of(application, business_date=later), business_date=later)
        assert facts["collateral_coverage"] == Decimal(1)
        assert (facts["valuation_age_days"], facts["open_red_flags"]) == (10, 0)

    def test_knows_who_appraised_and_so_never_decides(self, accepted: Valuation, application: Application) -> None:
        assert {value.appraiser_id for value in valuations_for(application.pk)} == {accepted.appraiser_id}


class TestMarkRevaluationsDue:
    @pytest.fixture
    def loan_id(self, accepted: Valuation, pledge: Pledge, investigator: User, branch: Branch, today: date) -> int:
        perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        application = pledge.application
        facility = Facility.objects.create(
            application=application, borrower=application.borrower, branch=branch, limit_amount=Decimal(100_000), currency="EUR"
        )
        loan = Loan.objects.create(
            reference="LN-1",
            facility=facility,
            application=application,
            borrower=application.borrower,
            branch=branch,
            product_version=application.product_version,
            currency="EUR",
            principal=Decimal(100_000),
            annual_rate=Decimal("0.06"),
            state="ACTIVE",
            signed_date=today,
        )
        return loan.pk

    def test_expires_the_value_and_tells_once(self, accepted: Valuation, loan_id: int) -> None:
        day = accepted.expires_date
        assert day is not None
        assert self.sweep(day - timedelta(days=1), loan_id) == 0
        assert self.sweep(day, loan_id) == 1
        assert self.sweep(day, loan_id) == 0
        accepted.refresh_from_db()
        assert accepted.state == "EXPIRED"
        told = OutboxEvent.objects.filter(name="RevaluationDue").values_list("payload", flat=True)
        assert list(told) == [
            {"asset_id": str(accepted.asset_id), "loan_id": loan_id, "expired_date": day.isoformat(), "reason": "EXPIRED"}
        ]

    def test_asks_for_an_older_commercial_value_after_a_year_and_lets_it_count(
        self, accepted: Valuation, loan_id: int, today: date, investigator: User, risk_manager: User
    ) -> None:
        asset, held = accepted.asset, today + timedelta(days=1095)
        Asset.objects.filter(pk=asset.pk).update(kind="REAL_ESTATE")
        asset.refresh_from_db()
        record_facts(asset=asset, facts=GOOD["REAL_ESTATE"], valid_from=today, actor=None, business_date=today)
        # Accepted before the calendar knew commercial property: for three years.
        Valuation.objects.filter(pk=accepted.pk).update(expires_date=held, valued_date=today, state="ACCEPTED")
        year = today + timedelta(days=365)
        told = [day for day in range(-2, 62) if self.sweep(year + timedelta(days=day), loan_id)]
        assert told == [0, 30, 60]
        accepted.refresh_from_db()
        assert (accepted.state, accepted.expires_date) == ("ACCEPTED", held)
        row = OutboxEvent.objects.filter(name="RevaluationDue").first()
        assert row is not None
        assert (row.payload["reason"], row.payload["expired_date"]) == ("CALENDAR", year.isoformat())
        # Once a value is on its way nobody is told again, and a home waits for its three years.
        order_valuation(asset=asset, actor=investigator, business_date=today)
        assert self.sweep(year + timedelta(days=90), loan_id) == 0
        Valuation.objects.filter(asset=asset, state="ORDERED").delete()
        home = {**GOOD["REAL_ESTATE"], "use": "HOME"}
        record_facts(asset=asset, facts=home, valid_from=today, actor=None, business_date=today)
        # That it is one is said by two people.
        waiting = asset.flags.get(code="facts_raised")
        decide_flag(flag=waiting, uphold=False, reason="Seen on site.", actor=risk_manager, business_date=today)
        assert self.sweep(year + timedelta(days=90), loan_id) == 0

    def test_leaves_loans_of_other_shards_alone(self, accepted: Valuation, loan_id: int) -> None:
        assert accepted.expires_date is not None
        assert mark_revaluations_due(business_date=accepted.expires_date, first_loan_id=loan_id + 1, last_loan_id=loan_id + 9) == 0
        accepted.refresh_from_db()
        assert accepted.state == "ACCEPTED"

    @staticmethod
    def sweep(day: date, loan_id: int) -> int:
        return mark_revaluations_due(business_date=day, first_loan_id=loan_id, last_loan_id=loan_id)
