"""What each running loan's collateral is worth to it: shares by rank, in the rules and in the night's statement alike, and its pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collateral.domain.allocation import Claim, allocate
from collateral.domain.revaluation import DEFAULTS, UnfitSettings, as_document, from_document
from collateral.models import Asset, Covenant, Cover, MarginCall, Pledge, Valuation
from collateral.selectors.coverage import coverage_of
from collateral.selectors.covers import figures_of_book, holdings_of
from collateral.selectors.margin_calls import waiting_calls
from collateral.services.covers import refresh_covers
from collateral.services.margin_calls import watch_covers
from core.models import Branch, User
from core.roles import Role
from loans.models import Adjustment, Facility, Loan, Payment, PaymentAllocation
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import hire
from tests.every_role import every_role
from tests.shared_rows import shared

money = st.decimals(Decimal(0), Decimal(1_000_000), places=2)
claims = st.lists(st.tuples(st.integers(1, 3), money, money), min_size=1, max_size=5)


@shared
def book(branch: Branch, product: Any, today: date) -> Book:
    return Book(branch, product, today)


class TestAllocate:
    @given(money, claims)
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_gives_out_no_more_than_there_is_and_satisfies_the_better_rank_first(
        self, value: Decimal, rows: list[tuple[int, Decimal, Decimal]]
    ) -> None:
        given_out = allocate(value, [Claim(number, *row) for number, row in enumerate(rows)])
        assert sum(share.available for share in given_out.values()) <= value
        for number, (rank, amount, prior) in enumerate(rows):
            share = given_out[number]
            assert 0 <= share.available <= amount and share.before >= prior
            without_prior = all(other[2] == 0 for other in rows)
            if without_prior and share.available < amount and not any(other[0] == rank for other in rows[:number] + rows[number + 1 :]):
                worse = [given_out[at].available for at, other in enumerate(rows) if other[0] > rank]
                assert not any(worse)

    def test_shares_a_rank_in_proportion(self) -> None:
        found = allocate(Decimal(100), [Claim("a", 1, Decimal(40)), Claim("b", 2, Decimal(90)), Claim("c", 2, Decimal(30), Decimal(20))])
        assert (found["a"].available, found["b"].available, found["c"].available) == (40, 45, 10)
        assert (found["b"].before, found["c"].before) == (70, 150)


class TestRefreshCovers:
    @pytest.mark.parametrize("seed", range(3))
    def test_says_what_the_rules_say_of_a_shared_book(self, book: Book, seed: int) -> None:
        """The statement against the rules, over loans that share assets at all ranks."""
        lent = book.random(seed, loans=7, assets=5)
        for one in lent[::3]:
            # Limits of which more may be drawn, and one that has ended.
            ends = {"revolving": True, "end_date": book.today, "state": "CANCELLED" if one is lent[3] else "AVAILABLE"}
            Facility.objects.filter(pk=one.loan.facility_id).update(**ends, limit_amount=F("limit_amount") + 50_000)
        book.sweep()
        expected = book.expected(DEFAULTS)
        found = {c.loan_id: (c.exposure, c.available, c.claims_before, c.overhang) for c in Cover.objects.filter(pledges__gt=0)}
        assert found == expected and len(lent) == 7
        for asset in Asset.objects.all():
            shares = [
                min(h.available, h.claim)
                for loan in Loan.objects.all()
                for h in holdings_of(loan, business_date=book.today)
                if h.pledge.asset == asset
            ]
            assert sum(shares) <= book.lending_value(asset, DEFAULTS)

    def test_writes_only_what_changed_and_forgets_what_ended(self, book: Book) -> None:
        first, second = book.lend(100_000), book.lend(50_000)
        house = book.asset(200_000)
        book.pledge(house, first, 100_000)
        book.pledge(house, second, 50_000, rank=2)
        assert book.sweep() == 2 and book.sweep() == 0
        assert self.figures(first) == (100_000, 160_000, 0, 100_000)
        assert self.figures(second) == (50_000, 160_000, 100_000, 50_000)
        Loan.objects.filter(pk=first.loan.pk).update(outstanding_principal=0, state="CLOSED")
        assert book.sweep() == 2
        assert self.figures(first) == (0, 0, 0, 0) and self.figures(second) == (50_000, 160_000, 0, 50_000)
        Pledge.objects.filter(application=second.loan.application).update(state="RELEASED")
        assert book.sweep() == 1 and book.sweep() == 0
        assert self.figures(second) == (50_000, 0, 0, 0)

    @staticmethod
    def figures(lent: Lent) -> tuple[Decimal, ...]:
        cover = Cover.objects.get(loan=lent.loan)
        return cover.exposure, cover.lending_value, cover.claims_before, cover.available

    def test_counts_no_value_that_ran_out_is_of_another_currency_or_of_what_was_sold(self, book: Book) -> None:
        lent = book.lend(100_000)
        house = book.asset(200_000)
        book.pledge(house, lent, 100_000)
        book.sweep()
        for change, model in (({"expires_date": book.today}, Valuation), ({"currency": "CHF"}, Asset), ({"state": "SOLD"}, Asset)):
            before = {name: getattr(model.objects.get(), name) for name in change}
            model.objects.update(**change)
            book.sweep()
            cover = Cover.objects.get()
            assert (cover.available, cover.unvalued, cover.overhang, cover.ltv) == (0, 1, 100_000, None)
            model.objects.update(**before)
        book.sweep()
        assert Cover.objects.get().ltv == Decimal("0.5")

    def test_a_lien_without_a_loan_yet_stands_before_later_ones(self, book: Book) -> None:
        coming, lent = book.lend(80_000, state="SIGNED"), book.lend(100_000)
        house = book.asset(200_000)
        book.pledge(house, coming, 80_000)
        book.pledge(house, lent, 100_000, rank=2)
        book.sweep()
        assert Cover.objects.get().available == 80_000
        Loan.objects.filter(pk=coming.loan.pk).delete()
        book.sweep()
        assert Cover.objects.get().available == 80_000
        assert coverage_of(lent.loan.application, business_date=book.today).available == 80_000

    def test_debt_written_off_keeps_its_claim_until_it_has_come_in(self, book: Book) -> None:
        gone, lent = book.lend(80_000), book.lend(100_000)
        house = book.asset(200_000)
        book.pledge(house, gone, 80_000)
        book.pledge(house, lent, 100_000, rank=2)
        lost = Adjustment.objects.create(
            loan=gone.loan, kind="WRITE_OFF", amount=Decimal(70_000), booking_date=book.today, reason="Bankrupt"
        )
        Loan.objects.filter(pk=gone.loan.pk).update(outstanding_principal=0, state="WRITTEN_OFF", written_off_date=book.today)

        def available() -> tuple[Decimal, ...]:
            book.sweep()
            cover, page = Cover.objects.get(loan=lent.loan), coverage_of(lent.loan.application, business_date=book.today)
            (held,) = holdings_of(lent.loan, business_date=book.today)
            return cover.available, page.available, held.available, cover.claims_before

        # 160,000 of lending value, of which 70,000 falls to what was written off.
        assert available() == (90_000, 90_000, 90_000, 70_000)
        figures = {"number": 1, "due_date": book.today, "principal": 80_000, "interest": 0, "balance": 0, "paid_principal": 80_000}
        lost_part = gone.loan.instalments.create(**figures)
        payment = Payment.objects.create(
            reference="PY-1", loan=gone.loan, amount=Decimal(30_000), currency="EUR", value_date=book.today, booking_date=book.today
        )
        PaymentAllocation.objects.create(payment=payment, instalment=lost_part, component="recovery", amount=Decimal(30_000))
        assert available() == (100_000, 100_000, 100_000, 40_000)
        Payment.objects.filter(pk=payment.pk).update(reversed_at=timezone.now())
        assert available() == (90_000, 90_000, 90_000, 70_000)
        Adjustment.objects.filter(pk=lost.pk).update(reversed_at=timezone.now())
        assert available() == (100_000, 100_000, 100_000, 0)

    def test_a_drawing_that_was_written_off_shares_the_liens_with_the_others(self, book: Book) -> None:
        lent = book.lend(90_000)
        house = book.asset(100_000)
        book.pledge(house, lent, 200_000)
        second = book.draw(lent, 30_000)
        Adjustment.objects.create(loan=lent.loan, kind="WRITE_OFF", amount=Decimal(90_000), booking_date=book.today, reason="Bankrupt")
        Loan.objects.filter(pk=lent.loan.pk).update(outstanding_principal=0, state="WRITTEN_OFF")
        book.sweep()
        assert Cover.objects.get(loan=second.loan).available == 20_000

    def test_loans_under_one_limit_share_its_liens_by_what_is_owed(self, book: Book) -> None:
        lent = book.lend(90_000)
        house = book.asset(100_000)
        book.pledge(house, lent, 200_000)
        loan = lent.loan
        Loan.objects.create(
            reference="LN-2", application=lent.application, facility=loan.facility, borrower=loan.borrower, branch=loan.branch,
            product_version=loan.product_version, currency="EUR", principal=30_000, annual_rate=0, state="ACTIVE",
            signed_date=book.today, outstanding_principal=30_000,
        )  # fmt: skip
        book.sweep()
        found = [(c.available, c.claims_before, c.overhang) for c in Cover.objects.order_by("loan_id")]
        assert found == [(60_000, 30_000, 30_000), (20_000, 90_000, 10_000)]

    def test_a_value_by_index_counts_for_less(self, book: Book) -> None:
        lent = book.lend(160_000)
        house = book.asset(200_000)
        book.pledge(house, lent, 160_000)
        Valuation.objects.update(method="INDEX")
        refresh_covers(business_date=book.today, first_loan_id=lent.loan.pk, last_loan_id=lent.loan.pk)
        assert Cover.objects.get().available == 150_000


def test_haircuts_are_settings_that_older_versions_need_not_name() -> None:
    document = as_document(DEFAULTS)
    assert from_document({name: value for name, value in document.items() if "haircuts" not in name}) == DEFAULTS
    for change in ({"HOUSEBOAT": "0.1"}, {"LAND": "1"}, {"LAND": "-0.1"}, {"LAND": "0.97"}):
        with pytest.raises(UnfitSettings):
            from_document({**document, "haircuts": {**document["haircuts"], **change}})


@every_role(Role)
def test_every_role_sees_only_what_is_its_own(book: Book, branch: Branch, other_branch: Branch, role: Role) -> None:
    lent = book.lend(100_000)
    house = book.asset(100_000)
    book.pledge(house, lent, 100_000)
    book.sweep()
    client = Client()
    reads = role not in {Role.ADMINISTRATOR, Role.APPRAISER}
    client.force_login(hire("somebody", role, branch=branch))
    listed = client.get(reverse("collateral:cover_list"))
    page = client.get(reverse("collateral:loan_cover", args=[lent.loan.public_id]))
    assert (listed.status_code, page.status_code) == ((200, 200) if reads else (403, 403))
    if not reads:
        return
    assert lent.loan.reference in listed.text and "20,000 EUR" in listed.text
    assert "20,000.00 EUR of what is owed stand uncovered" in page.text and "Available to this loan" in page.text
    assert lent.loan.reference in client.get(reverse("collateral:cover_list") + "?view=all&export=csv").getvalue().decode()
    assert lent.loan.reference not in client.get(reverse("collateral:cover_list") + "?view=unvalued").text
    stranger = Client()
    stranger.force_login(hire("elsewhere", role, branch=other_branch))
    wide = role in {Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR}
    assert stranger.get(reverse("collateral:loan_cover", args=[lent.loan.public_id])).status_code == (200 if wide else 404)
    assert (lent.loan.reference in stranger.get(reverse("collateral:cover_list")).text) is wide


def test_who_has_to_value_an_asset_alone_learns_nothing_from_what_it_covers(book: Book, branch: Branch, today: date) -> None:
    """Somebody who appraises beside other work: neither the lists, their sums and files, nor the pages behind them tell."""
    person = hire("values_too", Role.APPRAISER, Role.COLLECTIONS, branch=branch)
    lent, other, house = book.lend(100_000), book.lend(70_000), book.asset(100_000)
    book.pledge(house, lent, 100_000)
    book.pledge(book.asset(60_000), other, 70_000)
    for one in (lent, other):
        Covenant.objects.create(application=one.application, min_coverage=1, agreed_date=book.today)
    book.sweep()
    watch_covers(business_date=book.today, **EVERY)
    order = Valuation.objects.create(asset=house, appraiser=person, ordered_date=today, currency="EUR")
    client = Client()
    client.force_login(person)
    call = MarginCall.objects.get(loan=lent.loan)
    pages = [reverse("collateral:margin_call", args=[call.pk]), reverse("collateral:covenant", args=[lent.loan.public_id])]
    covers, calls = reverse("collateral:cover_list"), reverse("collateral:margin_call_list")

    def told() -> tuple[set[bool], list[int], int, Decimal]:
        shown = [client.get(covers + "?view=all").text, client.get(calls).text, client.get(covers + "?export=csv").getvalue().decode()]
        assert all(other.loan.reference in text for text in shown)
        listed = {lent.loan.reference in text for text in shown}
        figures = figures_of_book(person)
        return listed, [client.get(page).status_code for page in pages], waiting_calls(person).count(), figures.exposure

    assert told() == ({False}, [404, 404], 1, 70_000)
    order.state = "REJECTED"
    order.save()
    assert told() == ({True}, [200, 200], 2, 170_000)


def test_the_lists_cost_the_same_however_long(book: Book, risk_manager: User) -> None:
    house = book.asset(100_000)
    client = Client()
    client.force_login(risk_manager)
    cost: dict[str, list[int]] = {}
    for number in range(6):
        lent = book.lend(100_000)
        book.pledge(house, lent, 100_000, rank=number + 1)
        Covenant.objects.create(application=lent.application, min_coverage=1, agreed_date=book.today)
        book.sweep()
        watch_covers(business_date=book.today, **EVERY)
        for name in ("cover_list", "margin_call_list"):
            client.get(reverse(f"collateral:{name}"))
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(reverse(f"collateral:{name}"))
            assert len(answer.context["page"].rows) == number + 1
            cost.setdefault(name, []).append(len(queries))
    assert all(len(set(found[1:])) == 1 for found in cost.values()), cost
