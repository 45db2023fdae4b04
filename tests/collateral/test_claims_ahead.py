"""A claim of somebody else that the registry shows before or beside a pledge that is perfected: on the registry's paper and two people's
word ours moves down, counts for less, and a sale pays the senior first.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Lien, Pledge, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.services.claims_ahead import decide_claim, propose_claim
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.lien_ends import decide_lien_end, propose_lien_end
from collateral.services.pledges import perfect_pledge
from collateral.services.proceeds import Plan, plan_sale
from collateral.services.records import UnableToRecord, end_lien, record_lien
from core.four_eyes import UnableToConfirm
from core.models import Branch, Proposal, User
from core.roles import Role
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.papers import sheet
from tests.collateral.test_services import open_codes
from tests.every_role import every_role
from tests.shared_rows import shared

CONFIRMERS = (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)


@shared
def perfected(accepted: Valuation, pledge: Pledge, investigator: User, today: date) -> Asset:
    """A lathe on which the bank stands first, before anybody else was known."""
    perfect_pledge(pledge=pledge, registry_reference="REG-1", actor=investigator, business_date=today)
    return pledge.asset


def propose(asset: Asset, actor: User, today: date, **changes: Any) -> Proposal:
    given: dict[str, Any] = {
        "place": "before", "holder": "Tax office", "rank": 1, "amount": Decimal(80_000), "registry_reference": "R-9",
        "registered_date": date(2024, 5, 5), "proof": sheet("extract.pdf", f"{changes}"), **changes,
    }  # fmt: skip
    return propose_claim(asset=asset, actor=actor, business_date=today, **given)


def decide(asset: Asset, actor: User, today: date, *, confirm: bool = True) -> Lien | None:
    return decide_claim(asset=asset, confirm=confirm, reason="Seen in the registry.", actor=actor, business_date=today)


def order(asset: Asset) -> list[tuple[int, Decimal]]:
    """Our pledges that stand or are proposed, with what is before each."""
    return list(asset.pledges.order_by("rank").values_list("rank", "prior_claims"))


class TestBefore:
    def test_what_is_perfected_it_moves_that_down_and_counts(self, perfected: Asset, officer: User, approver: User, today: date) -> None:
        application = perfected.pledges.get().application
        before = coverage_of(application, business_date=today)
        propose(perfected, officer, today)
        # It counts on a second person's word; what has not left waits for that.
        assert order(perfected) == [(1, 0)] and open_codes(perfected) == {"lien_undeclared"}
        lien = decide(perfected, approver, today)
        after = coverage_of(application, business_date=today)
        assert lien is not None and lien.document is not None and (lien.rank, lien.confirmed_by) == (1, approver)
        assert order(perfected) == [(2, 80_000)] and open_codes(perfected) == {"lien_undeclared"}
        assert after.available == before.lending_value - 80_000 < before.available
        assert before.ltv is not None and after.ltv is not None and after.ltv > before.ltv
        assert perfected.flags.get().evidence == {"declared": "0.0000", "registered": "80000.0000"}

    def test_a_claim_of_somebody_else_it_moves_all_that_is_behind(
        self, perfected: Asset, officer: User, approver: User, today: date
    ) -> None:
        other: dict[str, Any] = {"asset": perfected, "holder": "Other Bank", "amount": Decimal(5_000), "registered_date": today}
        for rank in (2, 3):
            record_lien(**other, rank=rank, registry_reference=f"R-{rank}", actor=None, business_date=today)
        propose(perfected, officer, today, rank=2)
        assert not open_codes(perfected)
        decide(perfected, approver, today)
        assert list(perfected.liens.values_list("rank", "holder")) == [(2, "Tax office"), (3, "Other Bank"), (4, "Other Bank")]
        # Nothing of ours stands behind it.
        assert order(perfected) == [(1, 0)] and not open_codes(perfected)

    def test_it_ends_as_any_other(self, perfected: Asset, officer: User, approver: User, investigator: User, today: date) -> None:
        propose(perfected, officer, today)
        lien = decide(perfected, approver, today)
        assert lien is not None
        asked: dict[str, Any] = {"lien": lien, "business_date": today, "reason": "Paid."}
        propose_lien_end(**asked, ended_date=today, proof=sheet("deleted.pdf", "D"), actor=officer)
        decide_lien_end(**asked, confirm=True, actor=investigator)
        assert order(perfected) == [(2, 0)]

    def test_one_that_was_declared_is_no_more_than_was_known(self, perfected: Asset, officer: User, approver: User, today: date) -> None:
        perfected.pledges.update(declared_claims=80_000, prior_claims=80_000)
        propose(perfected, officer, today)
        decide(perfected, approver, today)
        assert order(perfected) == [(2, 80_000)] and not open_codes(perfected)


class TestBeside:
    def test_counts_as_before_and_moves_nothing(self, perfected: Asset, officer: User, approver: User, today: date) -> None:
        for holder in ("Tax office", "Other Bank"):
            propose(perfected, officer, today, place="beside", holder=holder)
            decide(perfected, approver, today)
        assert order(perfected) == [(1, 160_000)]
        assert list(perfected.liens.values_list("rank", flat=True)) == [1, 1]
        end_lien(lien=perfected.liens.get(holder="Other Bank"), ended_date=today, actor=None, business_date=today)
        assert order(perfected) == [(1, 80_000)]


class TestTheSecondPerson:
    def test_is_another_one(self, perfected: Asset, investigator: User, risk_manager: User, today: date) -> None:
        propose(perfected, investigator, today)
        with pytest.raises(UnableToConfirm):
            decide(perfected, investigator, today)
        assert order(perfected) == [(1, 0)]
        decide(perfected, risk_manager, today)
        # Who confirmed that it stands there does not say that it does not matter.
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide_flag(flag=perfected.flags.get(), uphold=False, reason="Small", actor=risk_manager, business_date=today)

    def test_refuses_and_nothing_moves(self, perfected: Asset, officer: User, approver: User, today: date) -> None:
        propose(perfected, officer, today)
        assert decide(perfected, approver, today, confirm=False) is None
        assert order(perfected) == [(1, 0)] and not Lien.objects.exists() and not open_codes(perfected)

    def test_has_not_looked_where_it_is_taken_back(
        self, perfected: Asset, officer: User, approver: User, risk_manager: User, today: date
    ) -> None:
        propose(perfected, officer, today)
        decide(perfected, officer, today, confirm=False)
        flag = perfected.flags.get(state="OPEN")
        assert flag.evidence == {"taken_back": "Tax office"} and "taken back before a second person had looked" in flag.text
        # Nor does who refuses another claim look at this one.
        propose(perfected, officer, today, holder="Town")
        decide(perfected, approver, today, confirm=False)
        propose(perfected, officer, today, holder="Town", amount=Decimal(70_000))
        decide(perfected, officer, today, confirm=False)
        flag = perfected.flags.get(state="OPEN")
        assert flag.evidence == {"taken_back": "Tax office; Town"}
        word: dict[str, Any] = {"flag": flag, "uphold": False, "reason": "The register shows none.", "business_date": today}
        decide_flag(**word, actor=risk_manager)
        assert not open_codes(perfected)

    def test_who_told_of_it_does_not_say_either(self, perfected: Asset, branch: Branch, today: date) -> None:
        ruth = hire("ruth_risk", Role.OFFICER, branch=branch)
        propose(perfected, ruth, today)
        decide(perfected, ruth, today, confirm=False)
        # Her role changed since.
        ruth.role_rows.update(role=Role.RISK_MANAGER)
        ruth = User.objects.get(pk=ruth.pk)
        with pytest.raises(UnableToDecideFlag, match="own_record"):
            decide_flag(flag=perfected.flags.get(state="OPEN"), uphold=False, reason="None", actor=ruth, business_date=today)

    def test_finds_one_that_was_taken_back_before_by_its_figures(
        self, perfected: Asset, officer: User, approver: User, today: date
    ) -> None:
        propose(perfected, officer, today)
        decide(perfected, officer, today, confirm=False)
        propose(perfected, officer, today, amount=Decimal(70_000))
        decide(perfected, approver, today)
        assert perfected.flags.get(state="OPEN").evidence == {"declared": "0.0000", "registered": "70000.0000"}

    def test_leaves_what_was_found_before_as_it_is(self, perfected: Asset, officer: User, approver: User, today: date) -> None:
        propose(perfected, officer, today)
        decide(perfected, approver, today)
        propose(perfected, officer, today, holder="Other Bank")
        decide(perfected, approver, today, confirm=False)
        assert perfected.flags.get(state="OPEN").evidence == {"declared": "0.0000", "registered": "80000.0000"}

    def test_is_asked_anew_once_something_else_stands_there(self, perfected: Asset, officer: User, approver: User, today: date) -> None:
        propose(perfected, officer, today)
        Pledge.objects.update(rank=4)
        with pytest.raises(UnableToConfirm, match="changed"):
            decide(perfected, approver, today)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"rank": 2}, "rank"), ({"place": "above"}, "place"), ({"proof": None}, "paper"), ({"amount": Decimal("NaN")}, "amount")],
)
def test_takes_a_paper_and_a_rank_that_is_taken(perfected: Asset, officer: User, today: date, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(UnableToRecord) as refusal:
        propose(perfected, officer, today, **changes)
    assert [fault.field for fault in refusal.value.faults] == [field] and not Proposal.objects.exists()


class TestASale:
    @pytest.fixture
    def book(self, branch: Branch, product: Any, today: date) -> Book:
        return Book(branch, product, today)

    @staticmethod
    def lent(book: Book, worth: int, *amounts: int) -> tuple[Asset, list[Lent]]:
        """A house on which each of these loans stands in turn."""
        house, loans = book.asset(worth), [book.lend(amount) for amount in amounts]
        for rank, loan in enumerate(loans, 1):
            book.pledge(house, loan, loan.loan.principal, rank=rank)
        return house, loans

    @staticmethod
    def gives(plan: Plan) -> tuple[list[Decimal], dict[str, Decimal], Decimal]:
        assert plan.to_loans + plan.others + plan.surplus == plan.net and plan.others == sum(one.amount for one in plan.claims)
        return [part.amount for part in plan.parts], {one.holder: one.amount for one in plan.claims}, plan.surplus

    def test_pays_the_senior_first(self, book: Book, officer: User, approver: User, today: date) -> None:
        house, _ = self.lent(book, 1_000, 100, 100)
        propose(house, officer, today, amount=Decimal(60))
        decide(house, approver, today)
        assert self.gives(plan_sale(house, Decimal(120), today)) == ([60, 0], {"Tax office": 60}, 0)
        assert self.gives(plan_sale(house, Decimal(300), today)) == ([100, 100], {"Tax office": 60}, 40)

    def test_shares_with_who_stands_beside(self, book: Book, officer: User, approver: User, today: date) -> None:
        house, _ = self.lent(book, 1_000, 100, 100)
        propose(house, officer, today, amount=Decimal(300), place="beside")
        decide(house, approver, today)
        # A quarter of the first hundred; the second loan comes after both.
        assert self.gives(plan_sale(house, Decimal(100), today)) == ([25, 0], {"Tax office": 75}, 0)
        assert self.gives(plan_sale(house, Decimal(450), today)) == ([100, 50], {"Tax office": 300}, 0)

    def test_shares_the_last_rank_and_leaves_the_rest_to_who_is_behind(
        self, book: Book, officer: User, approver: User, today: date
    ) -> None:
        house, _ = self.lent(book, 1_000, 100)
        behind: dict[str, Any] = {"holder": "Other Bank", "rank": 2, "amount": Decimal(50), "registry_reference": "R-2"}
        record_lien(asset=house, **behind, registered_date=today, actor=None, business_date=today)
        propose(house, officer, today, amount=Decimal(100), place="beside")
        decide(house, approver, today)
        assert self.gives(plan_sale(house, Decimal(90), today)) == ([45], {"Tax office": 45, "Other Bank": 0}, 0)
        assert self.gives(plan_sale(house, Decimal(270), today)) == ([100], {"Tax office": 100, "Other Bank": 50}, 20)

    def test_is_shared_by_others_of_one_rank(self, book: Book, officer: User, approver: User, today: date) -> None:
        house, _ = self.lent(book, 1_000, 100)
        for holder, amount in (("Tax office", 300), ("Town", 100)):
            propose(house, officer, today, holder=holder, amount=Decimal(amount), place="beside" if holder == "Town" else "before")
            decide(house, approver, today)
        Lien.objects.update(rank=1)
        Pledge.objects.update(rank=2)
        assert self.gives(plan_sale(house, Decimal(100), today)) == ([0], {"Tax office": 75, "Town": 25}, 0)
        Lien.objects.update(rank=3)
        Pledge.objects.update(rank=2, prior_claims=0)
        assert self.gives(plan_sale(house, Decimal(200), today)) == ([100], {"Tax office": 75, "Town": 25}, 0)


class TestThePage:
    @every_role(Role)
    def test_is_for_who_may(self, perfected: Asset, officer: User, branch: Branch, sign_in: SignIn, today: date, role: Role) -> None:
        propose(perfected, officer, today)
        client = sign_in(hire("somebody", role, branch=branch))
        answer = client.post(reverse("collateral:lien_add_decide", args=[perfected.pk]), about_open(outcome="confirm", reason="Seen."))
        may = role in CONFIRMERS
        assert answer.status_code == (302 if may else 422 if role == Role.OFFICER else 403)
        assert Lien.objects.exists() is may

    def test_asks_for_a_place_once_the_rank_is_taken(
        self, perfected: Asset, officer: User, investigator: User, sign_in: SignIn, today: date
    ) -> None:
        address, client = reverse("collateral:lien_add", args=[perfected.pk]), sign_in(officer)
        sent = {
            "holder": "Tax office", "rank": "1", "amount": "80,000", "registry_reference": "R-9", "registered_date": "2024-05-05", "document": "",
        }  # fmt: skip
        refused = client.post(address, {**sent, "paper": sheet("extract.pdf", "E")})
        assert refused.status_code == 422 and "before or beside it, choose that below" in refused.text and "Tax office" in refused.text
        answer = client.post(address, {**sent, "place": "before", "paper": sheet("extract.pdf", "E")}, follow=True)
        assert "Take it back" in answer.text and "before what has this rank" in " ".join(answer.text.split())
        page = sign_in(investigator).get(reverse("collateral:records", args=[perfected.pk])).text
        assert "Does the registry show it there?" in page and "80,000 EUR" in page
        again = client.post(address, {**sent, "place": "before", "paper": sheet("again.pdf", "F")})
        assert again.status_code == 422 and "already proposed" in again.text

    def test_of_the_second_person_keeps_what_was_typed(
        self, perfected: Asset, officer: User, investigator: User, sign_in: SignIn, today: date
    ) -> None:
        propose(perfected, officer, today)
        address = reverse("collateral:lien_add_decide", args=[perfected.pk])
        refused = sign_in(investigator).post(address, about_open(reason="Not there"))
        assert refused.status_code == 422 and "Not there" in refused.text
