"""A small book of loans that share assets, made without the way to the loan: what is tested comes after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from collateral.domain.allocation import Claim, allocate
from collateral.domain.revaluation import DEFAULTS, Settings, as_document
from collateral.models import Asset, Pledge, Valuation, ValueSettings
from collateral.services.counting import recount
from collateral.services.covers import refresh_covers
from core.models import Branch, User
from loans.models import Application, Borrower, Facility, Loan, ProductVersion

EVERY = {"first_loan_id": 0, "last_loan_id": 1 << 40}


@dataclass(frozen=True)
class Lent:
    """A loan and its application."""

    loan: Loan
    application: Application


class Book:
    """Loans, assets and registered pledges of one branch on one day."""

    def __init__(self, branch: Branch, product: ProductVersion, today: date) -> None:
        self.branch, self.product, self.today = branch, product, today
        self.made = 0

    def lend(self, amount: int, *, state: str = "ACTIVE", officer: User | None = None, kind: str = "COMPANY") -> Lent:
        """A loan of which so much is owed."""
        self.made += 1
        number = f"{self.made:03d}"
        borrower = Borrower.objects.create(reference=f"BR-B{number}", branch=self.branch, kind=kind, name=f"Alder {number}", country="DE")
        shared: dict[str, Any] = {"borrower": borrower, "branch": self.branch, "currency": "EUR", "product_version": self.product}
        application = Application.objects.create(
            **shared,
            reference=f"LA-B{number}",
            state="CONTRACTED",
            amount=Decimal(amount),
            term_months=60,
            created_date=self.today,
            submitted_date=self.today,
            submitted_at=timezone.now(),
            purpose_code="equipment",
            officer=officer,
        )
        del shared["product_version"]
        facility = Facility.objects.create(**shared, application=application, limit_amount=Decimal(amount))
        loan = Loan.objects.create(
            **shared,
            reference=f"LN-B{number}",
            facility=facility,
            application=application,
            product_version=self.product,
            principal=Decimal(amount),
            annual_rate=Decimal("0.06"),
            state=state,
            signed_date=self.today,
            disbursed_date=None if state == "SIGNED" else self.today,
            outstanding_principal=Decimal(amount) if state == "ACTIVE" else Decimal(0),
            undrawn=Decimal(amount) if state == "SIGNED" else Decimal(0),
        )
        return Lent(loan, application)

    def draw(self, lent: Lent, amount: int) -> Lent:
        """Another loan under what was lent before."""
        self.made += 1
        same = (
            "borrower",
            "branch",
            "currency",
            "facility",
            "application",
            "product_version",
            "annual_rate",
            "signed_date",
            "disbursed_date",
        )
        values: dict[str, Any] = {name: getattr(lent.loan, name) for name in same}
        owed = Decimal(amount)
        loan = Loan.objects.create(**values, reference=f"LN-B{self.made:03d}", principal=owed, state="ACTIVE", outstanding_principal=owed)
        return Lent(loan, lent.application)

    def asset(self, worth: int, *, kind: str = "REAL_ESTATE") -> Asset:
        """An asset with a value in force."""
        self.made += 1
        asset = Asset.objects.create(
            reference=f"CO-B{self.made:03d}",
            branch=self.branch,
            kind=kind,
            description=f"Asset {self.made}",
            owner_name="Alder",
            title_number=f"T{self.made}",
            title_key=f"T{self.made}",
            address_line="",
            country="DE",
            stated_value=Decimal(worth),
            currency="EUR",
            registered_date=self.today,
        )
        self.value(asset, worth)
        return asset

    def value(self, asset: Asset, worth: int) -> Valuation:
        """Another value takes the place of the one before."""
        asset.valuations.filter(state="ACCEPTED").update(state="EXPIRED")
        return Valuation.objects.create(
            asset=asset,
            ordered_date=self.today,
            state="ACCEPTED",
            method="COMPARISON",
            market_value=Decimal(worth),
            currency="EUR",
            valued_date=self.today,
            expires_date=self.today + timedelta(days=1095),
        )

    def pledge(self, asset: Asset, lent: Lent, amount: int, *, rank: int = 1, prior: int = 0, state: str = "PERFECTED") -> Pledge:
        """A lien that stands in the registry."""
        return Pledge.objects.create(
            asset=asset,
            application=lent.application,
            amount=Decimal(amount),
            rank=rank,
            declared_claims=Decimal(prior),
            prior_claims=Decimal(prior),
            state=state,
        )

    def see(self, asset: Asset) -> None:
        """Somebody else has seen the receivables that were added."""
        asset.flags.filter(code="receivables_added").delete()
        asset.receivables.update(unconfirmed=False)
        asset.refresh_from_db()
        recount(asset, business_date=self.today)

    @staticmethod
    def settle(**changes: Any) -> ValueSettings:
        """Other settings of values are in force."""
        ValueSettings.objects.filter(state="ACTIVE").update(state="RETIRED")
        people = User.objects.order_by("pk")[:2]
        return ValueSettings.objects.create(
            number=ValueSettings.objects.count() + 1,
            document=as_document(DEFAULTS) | changes,
            state="ACTIVE",
            reason="Tried",
            proposed_by=people[0],
            confirmed_by=people[1],
        )

    def sweep(self) -> int:
        """What the night measures. Gives how many loans' figures changed."""
        return refresh_covers(business_date=self.today, **EVERY)

    def random(self, seed: int, *, loans: int, assets: int) -> list[Lent]:
        """Loans and assets pledged to each other at random."""
        chance = Random(seed)
        things = [
            self.asset(chance.randrange(50_000, 400_000), kind=chance.choice(["REAL_ESTATE", "MACHINERY", "LAND"])) for _ in range(assets)
        ]
        lent = [self.lend(chance.randrange(10_000, 300_000)) for _ in range(loans)]
        for one in lent:
            for thing in chance.sample(things, chance.randrange(1, 4)):
                self.pledge(thing, one, chance.randrange(5_000, 300_000), rank=chance.randrange(1, 4), prior=chance.choice([0, 0, 7_000]))
        return lent

    @staticmethod
    def lending_value(asset: Asset, settings: Settings) -> Decimal:
        """By the rules, of the value in force."""
        value = asset.valuations.get(state="ACCEPTED")
        assert value.market_value is not None
        return settings.lending_value(asset.kind, value.market_value, value.method, asset.counted_share)

    @staticmethod
    def claimed(loan: Loan) -> Decimal:
        """What a lien claims for a loan: all of a limit that may be drawn, else what is owed."""
        limit = loan.facility
        open_limit = limit.revolving and limit.state not in ("EXPIRED", "CANCELLED")
        return max(limit.limit_amount, loan.outstanding_principal) if open_limit else loan.outstanding_principal

    def expected(self, settings: Settings) -> dict[int, tuple[Decimal, Decimal, Decimal, Decimal]]:
        """By loan, what the rules say: owed, available, claims before and beside, and what liens claim beyond it."""
        loans = {loan.application_id: loan for loan in Loan.objects.all()}
        found: dict[int, tuple[Decimal, Decimal, Decimal, Decimal]] = {}
        for asset in Asset.objects.all():
            pledges = list(asset.pledges.filter(state__in=Pledge.STANDING))
            claims = [Claim(p.pk, p.rank, min(p.amount, self.claimed(loans[p.application_id])), p.prior_claims, p.amount) for p in pledges]
            shares = allocate(self.lending_value(asset, settings), claims)
            for pledge, claim in zip(pledges, claims, strict=True):
                loan = loans[pledge.application_id]
                _, available, before, overhang = found.get(loan.pk, (Decimal(0),) * 4)
                share = shares[pledge.pk]
                found[loan.pk] = (
                    loan.outstanding_principal,
                    available + share.available,
                    before + share.before,
                    overhang + max(Decimal(0), claim.amount - share.available),
                )
        return found
