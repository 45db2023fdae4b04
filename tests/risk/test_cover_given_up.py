"""Cover of money that was granted is given up by the authority that the exposure to the group takes with the cover that is left."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from collateral.models import Covenant, Pledge
from collateral.services.covenants import decide_covenant, propose_covenant
from collateral.services.releases import decide_release, propose_release
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import Application, Loan
from risk.models import CoverSignature
from risk.services.cover_authority import UnableToGiveUpCover
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import about_open, product
from tests.risk.conftest import TODAY, make_person
from tests.shared_rows import shared

__all__ = ["product"]


@shared
def collector(branch: Branch) -> User:
    return make_person("cora", branch, Role.COLLECTIONS)


@shared
def approvers(branch: Branch) -> list[User]:
    return [make_person(name, branch, Role.APPROVER) for name in ("anna", "alan", "aida")]


@shared
def manager(branch: Branch) -> User:
    return make_person("mara", branch, Role.RISK_MANAGER)


class Lending:
    """A loan on a house that covers all of it."""

    def __init__(self, book: Book, amount: int, officer: User, proposer: User) -> None:
        self.book, self.proposer = book, proposer
        self.lent: Lent = book.lend(amount, officer=officer)
        Application.objects.update(grade="C")
        self.pledge = book.pledge(book.asset(amount * 2), self.lent, amount)
        Pledge.objects.update(perfected_date=book.today)
        book.sweep()

    def ask_for(self, least: str) -> None:
        asked: dict[str, Any] = {"loan": self.lent.loan, "reason": "Long a customer", "business_date": TODAY}
        propose_covenant(**asked, min_coverage=Decimal(least), actor=self.proposer)

    def agree(self, actor: User, *, confirm: bool = True) -> Decimal | None:
        """The covenant after this person's word."""
        word: dict[str, Any] = {"loan": self.lent.loan, "confirm": confirm, "reason": "Seen", "business_date": TODAY}
        kept = decide_covenant(**word, actor=actor)
        return kept.min_coverage if kept else None

    def give_back(self, **kind: Any) -> None:
        asked: dict[str, Any] = {"pledge": self.pledge, "reason": "Asked for", "business_date": TODAY}
        propose_release(**asked, **(kind or {"kind": "release"}), actor=self.proposer)

    def let_go(self, actor: User) -> str:
        """The state of the pledge after this person's word."""
        word: dict[str, Any] = {"pledge": self.pledge, "confirm": True, "reason": "Seen", "business_date": TODAY}
        return decide_release(**word, actor=actor).state


@pytest.fixture
def lending(branch: Branch, product: Any, officer: User, collector: User) -> Any:
    book = Book(branch, product, TODAY)
    return lambda amount: Lending(book, amount, officer, collector)


class TestACovenant:
    def test_that_leaves_millions_without_cover_takes_the_committee(self, lending: Any, approvers: list[User], manager: User) -> None:
        large = lending(9_000_000)
        large.ask_for("0")
        assert [large.agree(person) for person in approvers] == [None, None, None]
        assert large.agree(manager) == 0
        assert {one.person_name for one in CoverSignature.objects.all()} == {"Anna", "Alan", "Aida", "Mara"}
        assert Proposal.objects.get().decided_by == manager
        # And so does giving the house back under it.
        large.give_back()
        assert [large.let_go(person) for person in (manager, *approvers[:2])] == ["PERFECTED", "PERFECTED", "RELEASED"]
        assert AuditEntry.objects.filter(action="cover.signed").count() == 7

    @pytest.mark.parametrize(("amount", "who"), [(90_000, "one"), (200_000, "manager"), (200_000, "two"), (400_000, "two")])
    def test_takes_as_many_as_the_matrix_says(self, lending: Any, approvers: list[User], manager: User, amount: int, who: str) -> None:
        one = lending(amount)
        one.ask_for("0.5")
        *first, last = {"one": approvers[:1], "manager": [manager], "two": approvers[:2]}[who]
        assert [one.agree(person) for person in first] == [None] * len(first)
        assert one.agree(last) == Decimal("0.5")

    def test_counts_the_whole_group(self, lending: Any, approvers: list[User]) -> None:
        one, other = lending(90_000), lending(300_000)
        Loan.objects.filter(pk=other.lent.loan.pk).update(borrower=one.lent.loan.borrower_id)
        one.ask_for("0.5")
        assert (one.agree(approvers[0]), one.agree(approvers[1])) == (None, Decimal("0.5"))

    def test_that_asks_for_all_that_is_owed_or_for_no_less_takes_one(self, lending: Any, approvers: list[User]) -> None:
        large = lending(9_000_000)
        large.ask_for("1")
        assert large.agree(approvers[0]) == 1
        Covenant.objects.update(min_coverage=Decimal("0.2"))
        large.ask_for("0.3")
        assert large.agree(approvers[0]) == Decimal("0.3") and not CoverSignature.objects.exists()

    def test_is_refused_by_anybody(self, lending: Any, approvers: list[User]) -> None:
        large = lending(9_000_000)
        large.ask_for("0")
        large.agree(approvers[0])
        large.agree(approvers[1], confirm=False)
        assert Proposal.objects.get().state == "REJECTED" and not Covenant.objects.exists()


class TestAPledge:
    def test_given_back_in_part_under_all_that_is_owed_asks_it_again(self, lending: Any, approvers: list[User]) -> None:
        one = lending(400_000)
        Covenant.objects.create(application=one.lent.application, min_coverage=Decimal("0.5"), agreed_date=TODAY)
        one.give_back(kind="part", amount=Decimal(250_000))
        assert [one.let_go(person) for person in approvers[:2]] == ["PERFECTED", "PARTLY_RELEASED"]

    def test_that_leaves_all_covered_asks_nobody_else(self, lending: Any, approvers: list[User]) -> None:
        large = lending(9_000_000)
        large.book.pledge(large.book.asset(30_000_000), large.lent, 9_000_000)
        large.give_back()
        assert large.let_go(approvers[0]) == "RELEASED" and not CoverSignature.objects.exists()

    def test_of_a_loan_that_is_repaid_asks_nobody_else(self, lending: Any, approvers: list[User]) -> None:
        one, other = lending(90_000), lending(9_000_000)
        Loan.objects.filter(pk=other.lent.loan.pk).update(borrower=one.lent.loan.borrower_id)
        Loan.objects.filter(pk=one.lent.loan.pk).update(state="CLOSED", outstanding_principal=0)
        one.give_back()
        assert one.let_go(approvers[0]) == "RELEASED"


class TestAWord:
    def test_counts_for_no_more_than_was_at_stake_and_no_less_cover(self, lending: Any, approvers: list[User]) -> None:
        one = lending(200_000)
        one.ask_for("0.5")
        one.agree(approvers[0])
        Loan.objects.filter(pk=one.lent.loan.pk).update(outstanding_principal=210_000)
        assert one.agree(approvers[1]) is None
        # Who confirmed less before is asked again.
        assert one.agree(approvers[0]) == Decimal("0.5")

    def test_of_who_decides_no_more_counts_nothing(self, lending: Any, approvers: list[User]) -> None:
        one = lending(200_000)
        one.ask_for("0.5")
        one.agree(approvers[0])
        User.objects.filter(pk=approvers[0].pk).update(is_active=False)
        assert (one.agree(approvers[1]), one.agree(approvers[2])) == (None, Decimal("0.5"))

    def test_is_given_once_and_by_nobody_who_worked_on_the_file(
        self, lending: Any, approvers: list[User], collector: User, officer: User
    ) -> None:
        one = lending(200_000)
        one.ask_for("0.5")
        one.agree(approvers[0])
        with pytest.raises(UnableToGiveUpCover, match="signed"):
            one.agree(approvers[0])
        for barred in (collector, officer):
            with pytest.raises(UnableToConfirm):
                one.agree(barred)
        one.book.value(one.pledge.asset, 400_000)
        one.pledge.asset.valuations.filter(state="ACCEPTED").update(decided_by=approvers[1])
        with pytest.raises(UnableToGiveUpCover, match="conflict_of_interest"):
            one.agree(approvers[1])
        assert CoverSignature.objects.count() == 1

    def test_is_never_changed(self, lending: Any, approvers: list[User]) -> None:
        one = lending(200_000)
        one.ask_for("0.5")
        one.agree(approvers[0])
        for change in (lambda: CoverSignature.objects.update(exposure=1), lambda: CoverSignature.objects.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


def test_pages_say_what_it_takes_and_who_has_said_so(lending: Any, approvers: list[User]) -> None:
    large = lending(9_000_000)
    large.ask_for("0")
    page, client = reverse("collateral:covenant", args=[large.lent.loan.public_id]), Client()
    client.force_login(approvers[0])
    assert "What it takes: The credit committee. The exposure to the group is 9,000,000" in " ".join(client.get(page).text.split())
    decision = reverse("collateral:covenant_decide", args=[large.lent.loan.public_id])
    answer = client.post(decision, about_open(outcome="confirm", reason="Seen"), follow=True)
    assert "Confirmed so far by Anna" in answer.text and not Covenant.objects.exists()
    again = client.post(decision, about_open(outcome="confirm", reason="Seen"))
    assert again.status_code == 422 and "somebody else has to confirm it too" in again.text
    Covenant.objects.create(application=large.lent.application, min_coverage=0, agreed_date=TODAY)
    large.give_back()
    released = client.get(reverse("collateral:pledge_release", args=[large.pledge.pk])).text
    assert "What it takes: The credit committee" in " ".join(released.split())
