"""One order of all claims on an asset: what others stand before a pledge with, who is paid first, and what is proposed no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from collateral.domain.allocation import Claim, pay_out, split
from collateral.handlers import follow_the_offer, withdraw_what_was_proposed
from collateral.models import Asset, Lien, Pledge, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import UnableToWithdrawPledge, perfect_pledge, withdraw_pledge
from collateral.services.realisations import record_realisation
from collateral.services.records import UnableToRecord, end_lien, record_lien
from collateral.services.releases import decide_release, propose_release
from core.models import Branch, User
from core.roles import Role
from loans.events import ApplicationDecided, ApplicationStatusChanged
from loans.models import Application, ConditionPrecedent, ProductVersion
from loans.services.decisions import decide_application
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.papers import file_paper
from tests.collateral.test_services import another_application, open_codes
from tests.every_role import every_role
from tests.shared_rows import shared

CENT = Decimal("0.01")
Record = Callable[..., Lien]


@shared
def other(application: Application) -> Application:
    return another_application(application)


@pytest.fixture
def lien(officer: User, today: date) -> Record:
    """Somebody else's claim on an asset."""

    def make(asset: Asset, amount: int, rank: int) -> Lien:
        return record_lien(
            asset=asset, holder="Other Bank", rank=rank, amount=Decimal(amount), registry_reference="R-1",
            registered_date=today, actor=officer, business_date=today,
            proof=file_paper(asset, "LIEN_REGISTRATION", today),
        )  # fmt: skip

    return make


def claims(asset: Asset) -> list[tuple[int, Decimal]]:
    return list(asset.pledges.order_by("rank").values_list("rank", "prior_claims"))


class TestClaimsBeforeAPledge:
    def test_are_those_on_file_for_a_second_pledge_too(
        self, accepted: Valuation, pledge: Pledge, other: Application, lien: Record, officer: User, today: date
    ) -> None:
        asset = pledge.asset
        lien(asset, 80_000, 1)
        second = propose_pledge(asset=asset, application=other, actor=officer, business_date=today, amount=Decimal(50_000))
        assert (second.rank, second.prior_claims) == (3, 80_000)
        worth = coverage_of(other, business_date=today).lending_value
        # What is proposed at a better rank counts like what is registered.
        Pledge.objects.filter(pk=pledge.pk).update(amount=10_000)
        assert coverage_of(other, business_date=today).available == worth - 80_000 - 10_000 > 0

    def test_fall_when_a_claim_ends_and_what_never_came_on_file_stays(
        self, register: Register, lien: Record, officer: User, today: date
    ) -> None:
        asset = register(prior_claims=Decimal(50_000))
        found = lien(asset, 30_000, 1)
        assert claims(asset) == [(2, 50_000)] and open_codes(asset) == set()
        end_lien(lien=found, ended_date=today, actor=officer, business_date=today)
        assert claims(asset) == [(2, 20_000)]

    def test_ahead_of_what_is_registered_are_told_and_counted(
        self, accepted: Valuation, pledge: Pledge, lien: Record, investigator: User, today: date
    ) -> None:
        Pledge.objects.filter(pk=pledge.pk).update(rank=2)
        perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
        lien(pledge.asset, 80_000, 1)
        assert claims(pledge.asset) == [(2, 80_000)] and open_codes(pledge.asset) == {"lien_undeclared"}

    def test_are_registered_behind_all_that_stands_however_many_were_given_back(
        self, accepted: Valuation, pledge: Pledge, lien: Record, investigator: User, today: date
    ) -> None:
        Pledge.objects.filter(pk=pledge.pk).update(rank=2)
        perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
        assert lien(pledge.asset, 9_000, 3).rank == 3
        with pytest.raises(UnableToRecord):
            lien(pledge.asset, 9_000, 5)
        assert claims(pledge.asset) == [(2, 0)]


class TestAClaimThatWasDeclaredAlone:
    """50,000 that stand before a first pledge and never came on file, so before a second one of another file too,
    which declares nothing.
    """

    @pytest.fixture
    def second(self, register: Register, other: Application, officer: User, today: date) -> Pledge:
        asset = register(prior_claims=Decimal(50_000))
        found = propose_pledge(asset=asset, application=other, actor=officer, business_date=today, amount=Decimal(50_000))
        assert found.prior_claims == 50_000
        return found

    @pytest.mark.parametrize("how", ["released", "withdrawn"])
    def test_stands_on_when_its_pledge_is_given_back(
        self, second: Pledge, how: str, lien: Record, officer: User, approver: User, today: date
    ) -> None:
        first = second.asset.pledges.get(rank=1)
        if how == "released":
            Pledge.objects.filter(pk=first.pk).update(state="PERFECTED", perfected_date=today)
            Application.objects.filter(pk=first.application_id).update(state="DECLINED")
            asked: dict[str, Any] = {"pledge": first, "reason": "Repaid", "business_date": today}
            propose_release(**asked, kind="release", actor=officer)
            decide_release(**asked, confirm=True, actor=approver)
        else:
            withdraw_pledge(pledge=first, reason="Another asset", actor=officer, business_date=today)
        behind = lien(second.asset, 1_000, 1)
        second.refresh_from_db()
        assert (second.rank, second.prior_claims) == (2, 50_000)
        # It comes on file, and ends by its paper.
        named = lien(second.asset, 50_000, 2)
        second.refresh_from_db()
        assert second.prior_claims == 51_000
        for one in (named, behind):
            end_lien(lien=one, ended_date=today, actor=officer, business_date=today)
        second.refresh_from_db()
        assert second.prior_claims == 0


claim = st.builds(
    Claim,
    key=st.uuids(),
    rank=st.integers(1, 4),
    amount=st.decimals(0, 5000, places=2),
    prior=st.decimals(0, 3000, places=2),
)


class TestAPrice:
    @given(price=st.decimals(0, 9000, places=2), claims=st.lists(claim, max_size=5), behind=st.decimals(0, 5000, places=2))
    def test_is_given_out_once_whatever_the_claims_say(self, price: Decimal, claims: list[Claim], behind: Decimal) -> None:
        paid = pay_out(price, claims, behind, CENT)
        assert sum(paid.shares.values(), paid.others) + paid.left == price
        assert min([paid.others, paid.left, *paid.shares.values()]) >= 0
        assert all(paid.shares[one.key] <= one.amount for one in claims)

    @given(given_out=st.decimals(0, 9000, places=2), amounts=st.lists(st.decimals(0, 5000, places=2), min_size=1, max_size=6))
    def test_of_one_rank_is_split_to_the_last_cent(self, given_out: Decimal, amounts: list[Decimal]) -> None:
        shares = split(given_out, amounts, CENT)
        assert sum(shares) == min(given_out, sum(amounts)) and all(0 <= share <= one for share, one in zip(shares, amounts, strict=True))
        due = [min(one, given_out * one / max(sum(amounts), CENT)) for one in amounts]
        assert all(abs(share - one) <= CENT for share, one in zip(shares, due, strict=True))

    def test_goes_by_rank_to_us_to_others_and_what_is_left_to_those_behind(self) -> None:
        ours = [Claim("first", 1, Decimal(100)), Claim("third", 3, Decimal(100), prior=Decimal(80))]
        for price, first, third, others, left in ((120, 100, 0, 20, 0), (200, 100, 20, 80, 0), (400, 100, 100, 130, 70)):
            paid = pay_out(Decimal(price), ours, Decimal(50), CENT)
            assert (paid.shares, paid.others, paid.left) == ({"first": first, "third": third}, others, left)
            assert (paid.ahead[1], paid.ahead[3] + paid.behind) == (0, others)

    def test_is_not_given_out_twice_where_only_one_pledge_knows_of_a_claim(self) -> None:
        paid = pay_out(Decimal(200), [Claim(1, 1, Decimal(100), prior=Decimal(80)), Claim(2, 2, Decimal(100))], Decimal(0), CENT)
        assert (paid.shares, paid.others, paid.left) == ({1: 100, 2: 20}, 80, 0)


class TestPerfecting:
    def test_is_refused_on_what_is_sold_and_for_what_is_closed(
        self, accepted: Valuation, pledge: Pledge, investigator: User, today: date
    ) -> None:
        for change, code in (({"asset": "SOLD"}, "gone"), ({"application": "DECLINED"}, "application_closed")):
            Asset.objects.update(state=change.get("asset", "REGISTERED"))
            Application.objects.update(state=change.get("application", "REVIEW"))
            with pytest.raises(UnableToPerfectPledge) as refusal:
                perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
            assert refusal.value.code == code
        assert Pledge.objects.get().state == "PROPOSED"


class TestWithdrawing:
    @pytest.fixture
    def condition(self, application: Application) -> ConditionPrecedent:
        return ConditionPrecedent.objects.create(application=application, code="collateral_perfected", title="Collateral perfected")

    def test_lets_the_rest_stand_alone(
        self, accepted: Valuation, pledge: Pledge, condition: ConditionPrecedent, register: Register, officer: User, investigator: User,
        today: date,
    ) -> None:  # fmt: skip
        bad = register(title_number="SN 9", description="Press").pledges.get()
        perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
        done = withdraw_pledge(pledge=bad, reason="The title is false", actor=officer, business_date=today)
        condition.refresh_from_db()
        assert (done.state, done.ended_date, condition.state) == ("WITHDRAWN", today, "SATISFIED")
        # And it may be proposed again once it is mended.
        assert propose_pledge(asset=bad.asset, application=bad.application, actor=officer, business_date=today).state == "PROPOSED"

    def test_leaves_the_condition_open_where_nothing_stands(
        self, pledge: Pledge, condition: ConditionPrecedent, officer: User, today: date
    ) -> None:
        ProductVersion.objects.update(collateral_required=True)
        withdraw_pledge(pledge=pledge, reason="Wrong file", actor=officer, business_date=today)
        condition.refresh_from_db()
        assert condition.state == "OPEN"

    def test_is_refused_where_a_decision_counts_on_it(self, accepted: Valuation, pledge: Pledge, officer: User, today: date) -> None:
        Application.objects.update(state="APPROVED")
        with pytest.raises(UnableToWithdrawPledge, match="counted_on"):
            withdraw_pledge(pledge=pledge, reason="Not needed", actor=officer, business_date=today)
        assert Pledge.objects.get().state == "PROPOSED"

    def test_is_for_what_does_not_stand_in_the_registry(
        self, accepted: Valuation, pledge: Pledge, officer: User, investigator: User, today: date
    ) -> None:
        perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
        with pytest.raises(UnableToWithdrawPledge, match="wrong_state"):
            withdraw_pledge(pledge=pledge, reason="Not needed", actor=officer, business_date=today)

    def test_happens_by_itself_when_the_file_closes(self, pledge: Pledge, application: Application, bank: Any) -> None:
        for new, state in (("REFERRED", "PROPOSED"), ("DECLINED", "WITHDRAWN")):
            withdraw_what_was_proposed(ApplicationStatusChanged(str(application.pk), old_state="REVIEW", new_state=new))
            assert Pledge.objects.get().state == state

    def test_what_is_proposed_follows_a_smaller_offer(
        self, accepted: Valuation, pledge: Pledge, application: Application, officer: User, approver: User, sign_in: Any, today: date
    ) -> None:
        """100,000 asked for and to be registered, 80,000 offered: the panel, the pledge and the shortfall are of 80,000."""
        offered = {"amount": Decimal(80_000), "term_months": 24, "annual_rate": Decimal("0.06"), "conditions": [], "reasons": []}
        decide_application(application=application, outcome="COUNTER_OFFERED", actor=approver, business_date=today, **offered)
        assert coverage_of(application, business_date=today).exposure == 80_000
        follow_the_offer(ApplicationDecided(str(application.pk), outcome="COUNTER_OFFERED"))
        pledge.refresh_from_db()
        assert pledge.amount == 80_000 and coverage_of(application, business_date=today).shortfall == 0
        client = sign_in(officer)
        panel = client.get(reverse("collateral:application_panel", args=[application.pk])).text
        assert "80,000 EUR to be registered" in panel and ", asked for 100,000 EUR" in panel
        file = client.get(reverse("loans:application_detail", args=[application.pk])).text
        assert "Granted" in file and "months, asked " in file and "Counter-offered" in file and "Counteroffered" not in file
        Pledge.objects.update(amount=Decimal(90_000))
        follow_the_offer(ApplicationDecided(str(application.pk), outcome="COUNTER_OFFERED"))
        assert Pledge.objects.get().amount == 90_000  # a sum of its own

    def test_happens_by_itself_when_the_asset_is_sold(self, pledge: Pledge, today: date) -> None:
        record_realisation(asset=pledge.asset, sold_date=today, price=Decimal(9_000), actor=None, business_date=today)
        assert Pledge.objects.get().state == "WITHDRAWN"

    @every_role(Role)
    def test_has_a_page_for_who_may(self, pledge: Pledge, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client, page = sign_in(hire("somebody", role, branch=branch)), reverse("collateral:pledge_withdraw", args=[pledge.pk])
        may = role in (Role.OFFICER, Role.INVESTIGATOR)
        assert client.get(page).status_code == (200 if may else 403)
        assert client.post(page, {"reason": ""}).status_code == (422 if may else 403)
        assert Pledge.objects.get().state == "PROPOSED"
        assert client.post(page, {"reason": "Not needed"}).status_code == (302 if may else 403)
        assert Pledge.objects.get().state == ("WITHDRAWN" if may else "PROPOSED")
