"""Shares of the book count what is granted from the moment it is, until it is paid out and after."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse

from core.models import Branch, User
from core.row_security import WHOLE_BANK, branches_of, see
from loans.models import Application, ApplicationOutcome, Borrower, Facility, Loan
from loans.selectors.borrowers import exposure_of, exposure_of_group
from risk.domain import limits
from risk.domain.authority import COMMITTEE
from risk.models import Decision, PortfolioFigure
from risk.selectors.book import Book, book_now, stands_of
from risk.selectors.terms import authority_for
from risk.services.portfolio import take_snapshot
from risk.services.replay import replay_decision
from tests.risk.book import lent
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.test_committee import Kind, Make, client_of, in_force, vote

YESTERDAY = TODAY - timedelta(days=1)


def offer(application: Application, *amounts: int, state: str = "OFFERED", on: date = TODAY) -> Application:
    """Granted, last with the last of the amounts."""
    Application.objects.filter(pk=application.pk).update(state=state, decided_date=on)
    for amount in amounts:
        ApplicationOutcome.objects.create(application=application, outcome="APPROVED", amount=Decimal(amount), decided_date=on)
    application.refresh_from_db()
    return application


def contract(application: Application, *, paid: int = 0, undrawn: int = 0, state: str = "ACTIVE", on: date = TODAY) -> Loan:
    """What became of an offer of that day."""
    offer(application, paid + undrawn, state="CONTRACTED", on=on)
    return lent(application, principal=paid + undrawn, outstanding_principal=paid, undrawn=undrawn, state=state)


def limit(loan: Loan, amount: int, **changes: Any) -> None:
    """Make what the loan was drawn under a limit that may be drawn again."""
    drawn = loan.undrawn + loan.outstanding_principal
    values: dict[str, Any] = {"revolving": True, "limit_amount": amount, "drawn": drawn, "end_date": TODAY, "state": "AVAILABLE"}
    Facility.objects.filter(pk=loan.facility_id).update(**values | changes)


def pay_out(loan: Loan, amount: int) -> None:
    """Of what is not drawn yet."""
    Loan.objects.filter(pk=loan.pk).update(
        state="ACTIVE", undrawn=F("undrawn") - amount, outstanding_principal=F("outstanding_principal") + amount
    )


def told(book: Book) -> tuple[Decimal, Decimal]:
    return book.paid.total, book.granted.total


@pytest.fixture
def apart(apply: Make) -> Make:
    """A file of somebody of their own each."""
    return lambda number: apply(number=f"L01X0{number:04d}")


class TestBook:
    def test_counts_what_is_granted_in_every_state_until_it_is_over(self, apart: Make, branch: Branch) -> None:
        take_snapshot(business_date=YESTERDAY)
        offer(apart(1), 900, 1_000)
        offer(apart(2), 200, state="ACCEPTED")
        contract(apart(3), undrawn=30, state="SIGNED")
        contract(apart(4), paid=5_000, undrawn=4)
        limit(contract(apart(5), paid=300, undrawn=100), 8_000)
        offer(apart(6), 70_000, state="OFFER_EXPIRED")
        offer(apart(7), 70_000, state="WITHDRAWN")
        contract(apart(8), undrawn=70_000, state="CLOSED")
        offer(apart(9), state="DECLINED")
        book = book_now()
        assert (*told(book), book.business_date) == (5_300, 8_934, YESTERDAY)
        assert book.granted.by == {"product": {"personal": 8_934}, "branch": {"B1": 8_934}, "industry": {"": 8_934}}
        take_snapshot(business_date=TODAY)
        assert told(book_now()) == (5_300, 8_934), "the close counts what was counted before it, and nothing of it twice"

    def test_holds_no_amount_twice_when_money_leaves(self, apart: Make, branch: Branch) -> None:
        """The sum stands whenever it leaves: in the figures of the close, or of a file that was decided since."""
        early = contract(apart(1), undrawn=1_000, state="SIGNED", on=YESTERDAY)
        take_snapshot(business_date=YESTERDAY)
        late = contract(apart(2), undrawn=500, state="SIGNED")
        assert told(book_now()) == (0, 1_500)
        pay_out(early, 400)
        assert told(book_now()) == (0, 1_500)
        pay_out(late, 200)
        assert told(book_now()) == (200, 1_300)
        take_snapshot(business_date=TODAY)
        assert told(book_now()) == (600, 900)

    def test_agrees_with_the_exposure_of_those_it_is_lent_to(self, apart: Make, branch: Branch) -> None:
        """One definition: whatever the states, the exposures of all are the book, before a close and in its figures."""
        files = [offer(apart(1), 1_000), offer(apart(2), 200, state="ACCEPTED"), *(apart(number) for number in range(3, 7))]
        contract(files[2], undrawn=30, state="SIGNED")
        contract(files[3], paid=5_000, undrawn=4)
        limit(contract(files[4], paid=300, undrawn=100), 8_000)
        limit(contract(files[5], paid=300, undrawn=100), 8_000, state="EXPIRED")
        each = [exposure_of(file.borrower) for file in files if file.borrower]
        assert each == [1_000, 200, 30, 5_004, 8_000, 400]
        assert sum(each) == book_now().total == exposure_of_group([file.borrower_id for file in files if file.borrower_id])
        take_snapshot(business_date=TODAY)
        assert sum(each) == book_now().total
        assert exposure_of_group([]) == 0

    def test_leaves_out_the_file_that_is_decided(self, apart: Make, branch: Branch) -> None:
        mine = offer(apart(1), 1_000)
        offer(apart(2), 200)
        assert told(book_now(without=mine)) == (0, 200) and mine.borrower_id is not None
        assert exposure_of_group([mine.borrower_id], without=mine) == 0

    def test_is_placed_by_product_branch_and_industry(self, apart: Make, branch: Branch) -> None:
        hill = Branch.objects.create(code="B9", name="Far")
        there, here = offer(apart(1), 1_000), offer(apart(2), 200)
        Application.objects.filter(pk=there.pk).update(branch=hill)
        Borrower.objects.filter(pk=here.borrower_id).update(industry="F43")
        by = {"product": {"personal": 1_200}, "branch": {"B9": 1_000, "B1": 200}, "industry": {"F": 200}}
        before = book_now().granted.by
        assert before == by | {"industry": {"": 1_000, "F": 200}}
        take_snapshot(business_date=TODAY)
        assert book_now().granted.by == by and book_now().granted.total == 1_200

    def test_is_the_whole_banks_for_whoever_asks(self, apart: Make, branch: Branch, outsider: User) -> None:
        take_snapshot(business_date=YESTERDAY)
        offer(apart(1), 1_000)
        see(branches_of(outsider))
        try:
            assert told(book_now()) == (0, 1_000)
        finally:
            see(WHOLE_BANK)

    def test_takes_two_queries_whatever_is_granted(self, apart: Make, branch: Branch, django_assert_num_queries: Any) -> None:
        take_snapshot(business_date=YESTERDAY)
        for number in range(1, 4):
            offer(apart(number), 1_000)
            with django_assert_num_queries(2):
                book_now()


class TestLimits:
    @pytest.fixture
    def narrow(self, branch: Branch, risk_manager: User, second_risk_manager: User) -> None:
        """No product may hold more than a half; 40,000 of this one and 60,000 of another are paid out."""
        for dimension, key, amount in (("total", "outstanding", 100_000), ("product", "personal", 40_000), ("product", "auto", 60_000)):
            PortfolioFigure.objects.create(business_date=YESTERDAY, branch=branch, dimension=dimension, key=key, amount=Decimal(amount))
        half = (limits.ConcentrationLimit("product", "", Decimal("0.50")),)
        document = limits.as_document(replace(limits.DEFAULTS, from_book=Decimal(50_000), concentrations=half))
        in_force(Kind.APPETITE, document, risk_manager, second_risk_manager)

    def test_are_passed_by_what_was_granted_this_morning(
        self,
        narrow: None,
        reviewed: Make,
        apart: Make,
        approver: User,
        second_approver: User,
        risk_manager: User,
        second_risk_manager: User,
    ) -> None:
        mine = reviewed()
        asked: dict[str, Any] = {"amount": Decimal(12_000), "approves": True, "business_date": TODAY, "by": approver}
        assert not authority_for(mine, **asked).breaches
        offer(apart(1), 10_000)
        [breach] = authority_for(mine, **asked).breaches
        assert (breach.key, breach.paid, breach.granted) == ("personal", Decimal("0.327869"), Decimal("0.081967"))
        page = client_of(approver).get(reverse("risk:decision_panel", args=[mine.pk]))
        said = "would hold 50.8% of the book: 32.8% paid out, 8.2% granted before and 9.8% by this decision, appetite 50.0%."
        assert said in " ".join(page.text.split())
        decided(mine, approver)
        for member in (second_approver, risk_manager, second_risk_manager):
            vote(mine, member)
        decision = Decision.objects.get()
        assert decision.authority_level == COMMITTEE and decision.authority["beyond_appetite"]
        ground = decision.authority["ground"]
        assert Decimal(ground["granted"]["product"]) == Decimal(ground["granted_book"]) == 10_000
        assert replay_decision(decision=decision).identical
        offer(apart(2), 50_000)
        assert replay_decision(decision=decision).identical, "it is read again from what was granted then"

    def test_of_a_decision_of_an_older_house_are_read_as_it_read_them(self, narrow: None, reviewed: Make, approver: User) -> None:
        made = decided(reviewed(), approver)
        decision = Decision.objects.get(pk=made.pk)
        for name in ("granted", "granted_book"):
            del decision.authority["ground"][name]
        assert replay_decision(decision=decision).identical

    def test_page_tells_paid_out_from_granted(
        self, narrow: None, apart: Make, risk_manager: User, django_assert_max_num_queries: Any
    ) -> None:
        offer(apart(1), 25_000)
        client = client_of(risk_manager)
        page = client.get(reverse("risk:appetite"))
        rows = {name: (one.paid, one.granted, one.share) for _, name, one in page.context["stands"]}
        assert rows["Personal loan"] == (40_000, 25_000, Decimal("0.520000")) and "Breach" in page.text
        assert rows["auto"] == (60_000, 0, Decimal("0.480000"))
        table = page.text.split("Shares against their limits</caption>")[1].split("</table>")[0]
        heads, cells = (len(re.findall(rf"<{tag}[ >]", table)) for tag in ("th", "td"))
        assert '40,000<span class="inrow"> paid out' in table and '25,000<span class="inrow"> granted' in table
        assert (heads, cells) == (7 + len(rows), 6 * len(rows)), "a cell under each head"
        offer(apart(2), 1_000)
        with django_assert_max_num_queries(26):
            client.get(reverse("risk:appetite"))

    def test_stand_of_what_is_granted_and_nothing_paid_out(self, apart: Make, branch: Branch) -> None:
        offer(apart(1), 1_000)
        found = {(one.dimension, one.key): (one.paid, one.granted, one.share) for one in stands_of(limits.DEFAULTS, book_now())}
        assert found == {("product", "personal"): (0, 1_000, 1), ("branch", "B1"): (0, 1_000, 1)}
