"""Loans, drawings, assets and liens in any order: an asset never gives out more than it has, each loan gets what ranks leave it, what was
given back backs nothing, and no lien stands beyond its value without an alert. `test_machine_power` plants faults that this has to find.
"""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from collateral.domain.allocation import Claim, allocate
from collateral.domain.revaluation import DEFAULTS
from collateral.models import Asset, Covenant, Cover, Lien, MarginCall, Pledge
from collateral.selectors.coverage import coverage_of
from collateral.selectors.covers import holdings_of
from collateral.services.margin_calls import watch_covers
from collateral.services.ranks import next_free_rank, ranks_in_registry
from collateral.services.realisations import UnableToRecordRealisation, record_realisation
from collateral.services.records import end_lien, record_lien
from collateral.services.releases import UnableToReleasePledge, decide_release, propose_release, replacements_for
from core.events import deliver_pending
from core.models import Branch, User
from core.roles import Role
from loans.models import Loan, ProductVersion
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book, Lent
from tests.collateral.conftest import hire

LONG = bool(os.environ.get("CREDENCE_LONG"))
SEED = int(os.environ.get("CREDENCE_SEED") or (random.randrange(2**32) if LONG else 20260302))
MOST = 4
worths, shares = st.integers(10, 400).map(lambda n: n * 1000), st.integers(1, 100)


class Liens(RuleBasedStateMachine):
    """A small book. The branch, the product and the people are given by the test."""

    branch: Branch
    product: ProductVersion
    collector: User
    approver: User
    first_day: date

    @initialize(worth=worths, owed=worths)
    def begin(self, worth: int, owed: int) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.book = Book(self.branch, self.product, self.first_day)
        self.lent: list[Lent] = []
        self.drawn: list[Lent] = []
        self.assets: list[Asset] = []
        self.measured = True
        self.pledge_more(self.lend(owed), self.buy(worth), 1, 100)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def lend(self, owed: int) -> Lent:
        lent = self.book.lend(owed)
        Covenant.objects.create(application=lent.application, min_coverage=Decimal("0.5"), agreed_date=self.book.today)
        self.lent.append(lent)
        return lent

    def buy(self, worth: int) -> Asset:
        self.assets.append(self.book.asset(worth))
        return self.assets[-1]

    def pledge_more(self, lent: Lent, asset: Asset, rank: int, share: int, prior: int = 0) -> None:
        asset.refresh_from_db()
        if asset.state == "REGISTERED" and not Pledge.objects.filter(asset=asset, application=lent.application).exists():
            pledge = self.book.pledge(asset, lent, max(1, int(lent.loan.principal) * share // 100), rank=rank, prior=prior)
            Pledge.objects.filter(pk=pledge.pk).update(perfected_date=self.book.today)
            self.measured = False

    @precondition(lambda self: len(self.lent) < MOST)
    @rule(owed=worths, at=st.integers(0, MOST), rank=st.integers(1, 3), share=shares, prior=st.sampled_from([0, 0, 30_000]))
    def borrow(self, owed: int, at: int, rank: int, share: int, prior: int) -> None:
        self.pledge_more(self.lend(owed), self.assets[at % len(self.assets)], rank, share, prior)

    @precondition(lambda self: len(self.drawn) < MOST)
    @rule(owed=worths, at=st.integers(0, MOST))
    def draw(self, owed: int, at: int) -> None:
        """Another loan under the same application: they share its pledges."""
        self.drawn.append(self.book.draw(self.lent[at % len(self.lent)], owed))
        self.measured = False

    @precondition(lambda self: len(self.assets) < MOST)
    @rule(worth=worths, at=st.integers(0, MOST), share=shares)
    def bring(self, worth: int, at: int, share: int) -> None:
        self.pledge_more(self.lent[at % len(self.lent)], self.buy(worth), 1, share)

    @rule(at=st.integers(0, MOST), worth=worths)
    def value_again(self, at: int, worth: int) -> None:
        asset = self.assets[at % len(self.assets)]
        self.book.value(asset, worth)
        self.measured = False

    @rule(at=st.integers(0, MOST))
    def run_out(self, at: int) -> None:
        """The value in force ends tonight."""
        self.assets[at % len(self.assets)].valuations.filter(state="ACCEPTED").update(expires_date=self.book.today + timedelta(days=1))

    @rule(at=st.integers(0, 2 * MOST), share=shares)
    def repay(self, at: int, share: int) -> None:
        loans = [*self.lent, *self.drawn]
        rows = Loan.objects.filter(pk=loans[at % len(loans)].loan.pk)
        owed = rows.get().outstanding_principal
        left = owed - owed * share // 100
        rows.update(outstanding_principal=left, state="ACTIVE" if left else "CLOSED")
        self.measured = False

    @rule(at=st.integers(0, 20), kind=st.sampled_from(["release", "part", "substitution"]), share=st.integers(0, 100))
    def give_back(self, at: int, kind: str, share: int) -> None:
        """Whatever is asked for: what has to be covered stays covered."""
        pledge = Pledge.objects.order_by("id")[at % Pledge.objects.count()]
        others = replacements_for(pledge)
        asked: dict[str, Any] = {
            "pledge": pledge,
            "kind": kind,
            "reason": "Asked",
            "actor": self.collector,
            "business_date": self.book.today,
        }
        before = self.covered(pledge)
        try:
            propose_release(**asked, amount=pledge.amount * share // 100, replacement=others[0] if others else None)
            decide_release(pledge=pledge, confirm=True, reason="", actor=self.approver, business_date=self.book.today)
        except UnableToReleasePledge:
            after = self.covered(pledge)
            assert before == after
            return
        signed = Loan.objects.filter(application=pledge.application_id, state="SIGNED")
        if signed and kind != "substitution" and not running(pledge):
            left = coverage_of(pledge.application, business_date=self.book.today, standing=True).available
            assert left >= sum(loan.undrawn for loan in signed) / 2 - Decimal("0.001")
        owed = sum((loan.outstanding_principal for loan in running(pledge)), Decimal(0))
        # Each drawing's share is cut off at four places.
        least = owed / 2 - Decimal("0.001")
        assert self.covered(pledge) >= (min(least, before) if kind == "substitution" else least)
        pledge.refresh_from_db()
        assert pledge.state in ("RELEASED", "PARTLY_RELEASED", "SUBSTITUTED")
        self.measured = False

    @rule(at=st.integers(0, MOST), amount=worths, first=st.booleans())
    def encumber(self, at: int, amount: int, first: bool) -> None:
        """Somebody else's claim comes up in the registry, behind all of ours or before them."""
        asset = self.assets[at % len(self.assets)]
        taken = ranks_in_registry(asset)
        rank = 1 if first and 1 not in taken else next_free_rank(asset)
        record_lien(
            asset=asset, holder="Other Bank", rank=rank, amount=Decimal(amount), registry_reference="R", registered_date=self.book.today,
            actor=None, business_date=self.book.today,
        )  # fmt: skip
        self.measured = False

    @rule(at=st.integers(0, MOST))
    def discharge(self, at: int) -> None:
        """One of them ends."""
        if lien := Lien.objects.filter(asset=self.assets[at % len(self.assets)], ended_date=None).first():
            end_lien(lien=lien, ended_date=self.book.today, actor=None, business_date=self.book.today)
            self.measured = False

    @precondition(lambda self: not self.drawn)
    @rule(at=st.integers(0, MOST))
    def sign_anew(self, at: int) -> None:
        """A contract whose money has not left yet stands where a repaid one stood."""
        rows = Loan.objects.filter(pk=self.lent[at % len(self.lent)].loan.pk, state="CLOSED")
        if loan := rows.first():
            rows.update(state="SIGNED", undrawn=loan.principal)
            self.measured = False

    @invariant()
    def who_stands_behind_knows_who_stands_before(self) -> None:
        if not hasattr(self, "undo"):
            return
        for pledge in Pledge.objects.filter(state__in=Pledge.STANDING, asset__liens__ended_date=None).distinct():
            better = pledge.asset.liens.filter(ended_date=None, rank__lt=pledge.rank)
            assert pledge.prior_claims >= sum(lien.amount for lien in better)

    @rule(at=st.integers(0, MOST))
    def sell(self, at: int) -> None:
        asset = self.assets[at % len(self.assets)]
        asset.refresh_from_db()
        pledged = asset.pledges.filter(state__in=Pledge.STANDING).exists()
        if asset.state != "REGISTERED":
            return
        try:
            record_realisation(asset=asset, sold_date=self.book.today, price=Decimal(1), actor=None, business_date=self.book.today)
            assert not pledged
        except UnableToRecordRealisation:
            assert pledged

    @rule(days=st.integers(1, 40))
    def night(self, days: int) -> None:
        self.book.today += timedelta(days=days)
        self.book.sweep()
        watch_covers(business_date=self.book.today, **EVERY)
        assert self.book.sweep() == 0 and watch_covers(business_date=self.book.today, **EVERY) == 0
        while deliver_pending():
            pass
        self.measured = True

    def covered(self, pledge: Pledge) -> Decimal:
        held = [one for loan in running(pledge) for one in holdings_of(loan, business_date=self.book.today)]
        return sum((holding.available for holding in held), Decimal(0))

    @invariant()
    def no_asset_gives_out_more_than_it_has_and_each_loan_gets_its_own(self) -> None:
        if not hasattr(self, "undo"):
            return
        given: dict[Any, Decimal] = {}
        got: dict[Any, Decimal] = {}
        for loan in Loan.objects.all():
            for holding in holdings_of(loan, business_date=self.book.today):
                pledge = holding.pledge
                assert pledge.state in ("PERFECTED", "PARTLY_RELEASED") and pledge.asset.state == "REGISTERED"
                # What nobody else needs a lien may count on beside what is owed; of that an asset gives out no more than it has.
                given[pledge.asset_id] = given.get(pledge.asset_id, Decimal(0)) + min(holding.available, holding.claim)
                got[pledge.pk] = got.get(pledge.pk, Decimal(0)) + holding.available
        for asset in self.assets:
            worth = self.lending_value(asset)
            assert given.get(asset.pk, Decimal(0)) <= worth
            for pledge_id, rightful in self.shares(asset, worth).items():
                # Several drawings of one pledge: each share is cut off at four places.
                assert rightful - Decimal("0.001") <= got.get(pledge_id, Decimal(0)) <= rightful

    def lending_value(self, asset: Asset) -> Decimal:
        value = asset.valuations.filter(state="ACCEPTED", expires_date__gt=self.book.today).first()
        return self.book.lending_value(asset, DEFAULTS) if value else Decimal(0)

    def shares(self, asset: Asset, worth: Decimal) -> dict[Any, Decimal]:
        """What ranks leave each pledge, by the rule and not by the statement of the night. Where nothing is owed, nothing is had."""
        pledges = asset.pledges.filter(state__in=["PERFECTED", "PARTLY_RELEASED"])
        owed = {one.pk: sum((loan.outstanding_principal for loan in running(one)), Decimal(0)) for one in pledges}
        claims = [
            Claim(one.pk, one.rank, min(one.amount, owed[one.pk]), one.prior_claims, registered=one.amount if owed[one.pk] else None)
            for one in pledges
        ]
        return {key: share.available for key, share in allocate(worth, claims).items()}

    @invariant()
    def nothing_stands_beyond_its_value_without_an_alert(self) -> None:
        if not hasattr(self, "undo") or not self.measured:
            return
        for cover in Cover.objects.select_related("loan"):
            alerts = Alert.objects.filter(loan=cover.loan).exclude(state="RESOLVED")
            assert not cover.overhang or alerts.filter(kind="LIENS").exists()
            short = cover.exposure / 2 - cover.available
            waiting = MarginCall.objects.filter(loan=cover.loan, state__in=MarginCall.WAITING)
            assert short <= cover.exposure * DEFAULTS.least_call or cover.unvalued or waiting.exists()
            assert short > 0 or cover.unvalued or not waiting.exists()
            assert cover.loan.state == "ACTIVE" or (cover.available, cover.overhang, cover.pledges) == (0, 0, 0)


def running(pledge: Pledge) -> list[Loan]:
    return list(Loan.objects.filter(application=pledge.application_id, state="ACTIVE"))


@pytest.fixture
def machine(branch: Branch, product: ProductVersion, today: date) -> type[Liens]:
    people = {"collector": hire("cora", Role.COLLECTIONS, branch=branch), "approver": hire("anna", Role.APPROVER, branch=branch)}
    return type("Machine", (Liens,), {"branch": branch, "product": product, "first_day": today, **people})


def test_liens_and_value_agree_in_any_order(machine: type[Liens]) -> None:
    chosen = settings(
        max_examples=100 if LONG else 4,
        stateful_step_count=40 if LONG else 14,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(seed(SEED)(machine), settings=chosen)
