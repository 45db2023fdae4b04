"""What an insurer paid for a total loss: by rank to the loans and to others, worth from its day, on two people's word; the rest is the
owner's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import Asset, Lien, Pledge, Proceeds, Realisation, SaleRest
from collateral.selectors.flags import standing_flags
from collateral.services.ended_work import end_open_work
from collateral.services.enforcement import UnableToEnforce
from collateral.services.enforcement_undone import UnableToUndoEnforcement
from collateral.services.enforcement_undone import propose_undo as propose_sale_undone
from collateral.services.insurance_payments import UnableToBookInsurance, propose_insurance
from collateral.services.loss_undone import UnableToTakeLossBack
from collateral.services.proceeds import settles
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.ledger import chart, selectors
from loans.models import Borrower, DeclaredInterest, Facility, Loan, Payment, ProductVersion
from loans.selectors.audit import first_difference
from tests.collateral.conftest import about_open, hire
from tests.collateral.enforcement.selling import Two, ask_insurance, book_insurance
from tests.collateral.enforcement.selling import propose as propose_sale
from tests.collateral.enforcement.test_price_received import turn
from tests.collateral.losing import ask as ask_undone
from tests.collateral.papers import file_paper, sheet
from tests.collateral.test_services import another_application
from tests.every_role import every_role

pytestmark = pytest.mark.usefixtures("media")


def refused(act: Callable[[], object], error: type[Exception] = UnableToBookInsurance) -> set[str]:
    with pytest.raises(error) as refusal:
        act()
    return {fault.field for fault in refusal.value.faults} or {refusal.value.code}  # type: ignore[attr-defined]


class TestTheMoney:
    def test_pays_the_loans_by_rank_others_and_the_owner_and_ends_the_liens(
        self, two: Two, lost: Asset, collector: User, second_approver: User
    ) -> None:
        book, loans, _ = two
        owed = [settles(loan, book.today) for loan in loans]
        ask_insurance(lost, collector, book.today)
        assert not Payment.objects.exists()
        paid = book_insurance(lost, second_approver, book.today)
        assert paid is not None and (paid.buyer, paid.sold_date, paid.receipt is None) == ("Nordersund Mutual", book.today, False)
        assert [one.amount for one in Proceeds.objects.order_by("pledge__rank")] == owed
        assert {(rest.to, rest.amount) for rest in SaleRest.objects.all()} == {("OTHERS", 1_000), ("OWNER", 29_000 - sum(owed))}
        assert set(Loan.objects.values_list("state", flat=True)) == {"CLOSED"}
        assert set(Pledge.objects.values_list("state", flat=True)) == {"ENFORCED"}
        lost.refresh_from_db()
        assert lost.state == "DESTROYED" and first_difference() is None
        assert selectors.balance(account=chart.ENFORCED_SALES, currency="EUR") == 0
        assert AuditEntry.objects.filter(action="asset.insurance_paid").count() == 1
        # It says nothing any more once no lien stands on it.
        end_open_work(business_date=book.today)
        assert not standing_flags().filter(asset=lost).exists()

    def test_needs_no_ground_takes_no_fee_and_runs_no_interest_after_its_day(
        self, two: Two, lost: Asset, collector: User, second_approver: User
    ) -> None:
        book, loans, _ = two
        came_in, decided = turn(book, 5), turn(book, 20)
        ProductVersion.objects.update(prepayment_fee_percent=5)
        ask_insurance(lost, collector, decided, received_date=came_in)
        then = settles(loans[0], decided, came_in)
        book_insurance(lost, second_approver, decided)
        assert then < 12_100 and {(one.amount, one.value_date) for one in Payment.objects.all()} == {(then, came_in)}
        assert first_difference() is None

    def test_that_is_too_little_leaves_a_loan_without_a_ground_running(
        self, two: Two, lost: Asset, collector: User, second_approver: User
    ) -> None:
        book, (first, second), _ = two
        Loan.objects.filter(pk=second.pk).update(days_past_due=95)
        ask_insurance(lost, collector, book.today, amount=Decimal("9000.50"))
        book_insurance(lost, second_approver, book.today)
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, first.outstanding_principal) == ("ACTIVE", Decimal("3999.50"))
        # Of what is late the rest is owed at once: nothing secures it any more.
        assert second.state == "CALLED" and first_difference() is None

    def test_stops_what_may_still_be_drawn(self, two: Two, lost: Asset, collector: User, second_approver: User) -> None:
        book, loans, _ = two
        Facility.objects.update(revolving=True, end_date=book.today + timedelta(days=900), state="AVAILABLE", drawn=12_000)
        ask_insurance(lost, collector, book.today, amount=Decimal(9_000))
        book_insurance(lost, second_approver, book.today)
        assert set(Facility.objects.filter(application=loans[0].application_id).values_list("state", flat=True)) == {"SUSPENDED"}

    def test_names_whose_claim_it_pays(self, two: Two, lost: Asset, collector: User, second_approver: User) -> None:
        book, _, _ = two
        lien = Lien.objects.create(
            asset=lost, holder="Elbe Savings", rank=3, amount=2_000, registry_reference="R-3", registered_date=book.today,
            recorded_date=book.today,
        )  # fmt: skip
        ask_insurance(lost, collector, book.today)
        book_insurance(lost, second_approver, book.today)
        rest = SaleRest.objects.get(lien=lien)
        assert (rest.amount, rest.realisation.words) == (2_000, f"insurance of {lost.reference}")


class TestTwoPeople:
    def test_agree_none_of_whom_made_the_loan(self, two: Two, lost: Asset, collector: User, approver: User, second_approver: User) -> None:
        book, loans, _ = two
        loans[0].application.outcomes.create(decided_by=approver, outcome="APPROVED", decided_date=book.today)
        ask_insurance(lost, collector, book.today)
        for person in (collector, approver):
            with pytest.raises(UnableToConfirm):
                book_insurance(lost, person, book.today)
        assert book_insurance(lost, second_approver, book.today, confirm=False) is None
        assert not Realisation.objects.exists()

    def test_have_no_interest_in_the_insurer(self, two: Two, lost: Asset, branch: Branch, collector: User, second_approver: User) -> None:
        book, loans, _ = two
        ask_insurance(lost, collector, book.today)
        mutual = Borrower.objects.create(reference="BR-N", branch=branch, kind="COMPANY", name="Nordersund Mutual", country="DE")
        declared: dict[str, Any] = {"borrower": mutual, "application": another_application(loans[0].application)}
        DeclaredInterest.objects.create(**declared, staff=second_approver, declared_date=book.today)
        assert refused(lambda: book_insurance(lost, second_approver, book.today)) == {"own_interest"}

    def test_say_what_and_when_with_its_proof(self, two: Two, lost: Asset, collector: User, officer: User) -> None:
        today = two[0].today
        wrong: dict[str, Any] = {"insurer": " ", "reason": "", "amount": Decimal("1.005"), "received_date": today + timedelta(days=1)}
        assert refused(lambda: ask_insurance(lost, collector, today, **wrong)) == {"insurer", "reason", "amount", "received_date"}
        bare: dict[str, Any] = {"insurer": "A", "amount": Decimal(1), "received_date": None, "receipt": None, "reason": "R"}
        asked: dict[str, Any] = {"asset": lost, "actor": collector, "business_date": today}
        assert refused(lambda: propose_insurance(**asked, **bare)) == {"received_date", "receipt"}
        assert refused(lambda: ask_insurance(lost, officer, today)) == {"not_entitled"}


class TestItsPlace:
    def test_is_a_loss_that_stands_and_is_paid_once(self, two: Two, lost: Asset, collector: User, second_approver: User) -> None:
        book, _, _ = two
        there = book.asset(5_000)
        assert refused(lambda: ask_insurance(there, collector, book.today)) == {"not_lost"}
        ask_insurance(lost, collector, book.today)
        book_insurance(lost, second_approver, book.today)
        assert refused(lambda: ask_insurance(lost, collector, book.today)) == {"paid"}

    def test_is_no_sale(self, two: Two, lost: Asset, collector: User, second_approver: User) -> None:
        book, _, _ = two
        assert refused(lambda: propose_sale(book, lost, collector), UnableToEnforce) == {"gone"}
        ask_insurance(lost, collector, book.today)
        book_insurance(lost, second_approver, book.today)
        void = file_paper(lost, "SALE_VOID", book.today)
        undone: dict[str, Any] = {"asset": lost, "reason": "Wrong", "proof": void, "actor": collector, "business_date": book.today}
        assert refused(lambda: propose_sale_undone(**undone), UnableToUndoEnforcement) == {"not_sold"}
        with transaction.atomic(), pytest.raises(IntegrityError, match="realisation_of_loss_has_come_in"):
            Realisation.objects.update(received_date=None)

    def test_comes_before_or_after_what_takes_the_loss_back_never_beside_it(
        self, two: Two, lost: Asset, collector: User, second_approver: User
    ) -> None:
        book, _, _ = two
        undo = ask_undone(lost, collector, book.today)
        assert refused(lambda: ask_insurance(lost, collector, book.today)) == {"other_open"}
        Proposal.objects.filter(pk=undo.pk).update(state="REJECTED")
        ask_insurance(lost, collector, book.today)
        assert refused(lambda: ask_undone(lost, collector, book.today), UnableToTakeLossBack) == {"insuring"}
        book_insurance(lost, second_approver, book.today)
        assert refused(lambda: ask_undone(lost, collector, book.today), UnableToTakeLossBack) == {"given_out"}


class TestThePage:
    @every_role(Role)
    def test_lets_each_role_do_its_own(self, two: Two, lost: Asset, branch: Branch, role: Role) -> None:
        today, client = two[0].today, Client()
        client.force_login(hire("somebody", role, branch=branch))
        propose, decide = (reverse(f"collateral:{name}", args=[lost.pk]) for name in ("loss_insurance", "loss_insurance_decide"))
        proposes, decides = role == Role.COLLECTIONS, role in {Role.RISK_MANAGER, Role.APPROVER}
        sent = {
            "insurer": "Mutual", "amount": "9000", "received_date": today.isoformat(), "reason": "In full", "paper": sheet("statement.pdf", "in"),
        }  # fmt: skip
        assert client.post(propose, sent).status_code == (302 if proposes else 403)
        if not proposes:
            ask_insurance(lost, hire("another", Role.COLLECTIONS, branch=branch), today)
        word = about_open(outcome="confirm", reason="Seen")
        assert client.post(decide, word).status_code == (302 if decides else 422 if proposes else 403)
        assert Realisation.objects.exists() is decides

    def test_shows_how_it_falls_and_how_it_fell_and_keeps_what_was_typed(
        self, two: Two, lost: Asset, collector: User, second_approver: User
    ) -> None:
        book, (first, _), _ = two
        page, propose = reverse("collateral:loss", args=[lost.pk]), reverse("collateral:loss_insurance", args=[lost.pk])
        proposer, decider = Client(), Client()
        proposer.force_login(collector)
        decider.force_login(second_approver)
        assert "An insurer has paid" in proposer.get(page).text and "An insurer has paid" not in decider.get(page).text
        sent = {"insurer": "Nordersund Mutual", "amount": "30000", "received_date": book.today.isoformat(), "reason": "Policy 77"}
        wrong = proposer.post(propose, sent)
        assert wrong.status_code == 422 and "Policy 77" in wrong.text
        assert proposer.post(propose, {**sent, "paper": sheet("statement.pdf", "in")}).status_code == 302
        seen = decider.get(page).text
        assert (
            "How the insurer" in seen
            and "money would fall" in seen
            and "30,000.00 EUR that Nordersund Mutual paid" in seen
            and "statement.pdf" in seen
        )
        word = about_open(outcome="confirm", reason="Seen")
        done = decider.post(reverse("collateral:loss_insurance_decide", args=[lost.pk]), word, follow=True).text
        assert "What its insurer paid" in done and first.reference in done and "Not the bank" in done and "Recorded by mistake?" not in done
        rest = SaleRest.objects.get(to="OWNER")
        left = proposer.get(reverse("collateral:sale_rest", args=[rest.pk])).text
        assert f"Left of the insurance of {lost.reference}" in left and "paid by Nordersund Mutual" in left
        assert "lost" in proposer.get(reverse("collateral:margin_call_list")).text
        assert proposer.get(reverse("collateral:enforce", args=[lost.pk])).status_code == 200
        pledge = lost.pledges.first()
        assert "insurer" in proposer.get(reverse("collateral:pledge_release", args=[pledge.pk])).text  # type: ignore[union-attr]
