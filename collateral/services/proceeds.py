"""How the price of an asset sold by enforcement falls out: by rank to the liens, under each to every drawing that is owed, the oldest
first.

What is left belongs to others who stood before the bank, and to the owner. Reads only; `enforcement` books it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from collateral.domain.allocation import Claim, PaidOut, pay_out, split
from collateral.models import Asset, Lien, MarginCall, Pledge
from core.money import unit
from loans.models import Adjustment, Loan
from loans.selectors.loans import LIVE
from loans.selectors.write_offs import written_off_of_loan
from loans.services.back_dating import dues_on
from loans.services.interest_since import without_interest_since
from loans.services.prepayments import UnableToPrepay, quote_realisation

ZERO = Decimal(0)
CALLED = ("MATURED_UNPAID", "CALLED", "ENFORCEMENT")
LATE_DAYS = 90


@dataclass(frozen=True)
class Debt:
    """What would settle a loan today, or, as a `recovery`, what was written off of it and has not come in since."""

    loan: Loan
    amount: Decimal
    recovery: bool = False


@dataclass(frozen=True)
class Part:
    """What a lien gives one debt of a sale: `owed` is all of the debt."""

    pledge: Pledge
    debt: Debt
    amount: Decimal

    @property
    def loan(self) -> Loan:
        """Whose debt it is."""
        return self.debt.loan

    @property
    def owed(self) -> Decimal:
        """What would settle the debt."""
        return self.debt.amount


@dataclass(frozen=True)
class OtherClaim:
    """What somebody else claims, and what a sale gives them. Without a lien it was declared and never came on file."""

    lien: Lien | None
    registered: Decimal
    amount: Decimal

    @property
    def holder(self) -> str:
        """Whose it is; nobody's by name where it was declared alone."""
        return self.lien.holder if self.lien is not None else ""

    @property
    def rank(self) -> int | None:
        """Where it stands."""
        return self.lien.rank if self.lien is not None else None


@dataclass(frozen=True)
class Plan:
    """How a sale falls out, in the asset's currency: to the liens, to others that stand before, between or behind them,
    and to the owner.
    """

    net: Decimal
    pledges: tuple[Pledge, ...]
    parts: tuple[Part, ...]
    others: Decimal
    surplus: Decimal
    claims: tuple[OtherClaim, ...] = ()

    @property
    def to_loans(self) -> Decimal:
        """What pays the bank's loans."""
        return sum((part.amount for part in self.parts), ZERO)

    @property
    def lines(self) -> list[tuple[Part | None, OtherClaim | None]]:
        """What stands on the asset by rank, ours or that of others; what was declared alone stands before ours."""
        ours: list[tuple[int, Part | None, OtherClaim | None]] = [(part.pledge.rank, part, None) for part in self.parts]
        theirs = [(claim.rank or 0, None, claim) for claim in self.claims]
        return [(part, claim) for _, part, claim in sorted([*ours, *theirs], key=lambda line: line[0])]

    @property
    def may_be_sold(self) -> bool:
        """Whether one of the loans that a sale would pay gives a ground for it."""
        return any(gives_ground(part.loan) for part in self.parts)

    @property
    def short(self) -> Decimal:
        """What of these loans is owed afterwards."""
        return sum((part.owed - part.amount for part in self.parts), ZERO)


def gives_ground(loan: Loan) -> bool:
    """Whether a lien may be enforced for a loan: called, written off, this late, or with a margin call that nobody answered."""
    late = loan.state in CALLED or loan.written_off_date is not None or loan.days_past_due > LATE_DAYS
    return late or MarginCall.objects.filter(loan=loan, state=MarginCall.State.ESCALATED).exists()


def plan_sale(asset: Asset, net: Decimal, business_date: date, received_date: date | None = None) -> Plan:
    """How so much would fall to the liens that stand today, exactly: what is given out is what there is. It is worth from the day on which
    it came in, today unless told otherwise.
    """
    pledges = tuple(asset.pledges.filter(state__in=Pledge.STANDING).select_related("application").order_by("rank", "id"))
    debts = {pledge.pk: debts_of(pledge, asset.currency, business_date, received_date) for pledge in pledges}
    last = max((one.rank for one in pledges), default=0)
    liens = list(asset.liens.filter(ended_date=None).order_by("rank", "id"))
    behind = sum((lien.amount for lien in liens if lien.rank > last), ZERO)
    ours = {one.rank for one in pledges}
    beside = [lien for lien in liens if lien.rank in ours]
    # What is counted on takes who ranks equal for who ranks better; a price is shared with them.
    before = {one.pk: one.prior_claims - sum((lien.amount for lien in beside if lien.rank <= one.rank), ZERO) for one in pledges}
    claims = [
        Claim(one.pk, one.rank, min(one.amount, sum((debt.amount for debt in debts[one.pk]), ZERO)), before[one.pk]) for one in pledges
    ]
    claims += [Claim(lien.pk, lien.rank, lien.amount) for lien in beside]
    fall = pay_out(net, claims, behind, unit(asset.currency))
    parts = [Part(pledge, debt, amount) for pledge in pledges for debt, amount in share_out(fall.shares[pledge.pk], debts[pledge.pk])]
    others = fall.others + sum((fall.shares[lien.pk] for lien in beside), ZERO)
    return Plan(net, pledges, tuple(parts), others, fall.left, _claims_of_others(liens, pledges, before, fall, unit(asset.currency)))


def _claims_of_others(
    liens: Sequence[Lien], pledges: Sequence[Pledge], before: Mapping[UUID, Decimal], fall: PaidOut, least: Decimal
) -> tuple[OtherClaim, ...]:
    """What each lien of others gets, by rank, those of one rank in proportion; what was given before a pledge beyond those on file goes to
    claims that were declared alone.
    """
    found, waiting, unnamed = [], list(liens), ZERO
    for rank, given in (*fall.ahead.items(), (None, fall.behind)):
        while waiting and (rank is None or waiting[0].rank < rank):
            level = [lien for lien in waiting if lien.rank == waiting[0].rank]
            del waiting[: len(level)]
            shares = split(given, [lien.amount for lien in level], least)
            found += [OtherClaim(lien, lien.amount, share) for lien, share in zip(level, shares, strict=True)]
            given -= sum(shares, ZERO)
        unnamed += given
        while waiting and waiting[0].rank == rank:
            lien = waiting.pop(0)
            found.append(OtherClaim(lien, lien.amount, fall.shares[lien.pk]))
    on_file = [sum((one.amount for one in liens if one.rank < pledge.rank and one.pk not in fall.shares), ZERO) for pledge in pledges]
    declared = max((before[pledge.pk] - known for pledge, known in zip(pledges, on_file, strict=True)), default=ZERO)
    if declared > 0 or unnamed > 0:
        found.append(OtherClaim(None, max(declared, unnamed), unnamed))
    return tuple(found)


def share_out(given: Decimal, debts: Sequence[Debt]) -> list[tuple[Debt, Decimal]]:
    """Each debt in turn, as far as the amount goes."""
    found = []
    for debt in debts:
        amount = min(given, debt.amount)
        found.append((debt, amount))
        given -= amount
    return found


def debts_of(pledge: Pledge, currency: str, business_date: date, received_date: date | None = None) -> list[Debt]:
    """What is owed on every loan that a pledge secures, in the asset's currency: the oldest drawing first, under a limit there are many."""
    # Asked whether there is one: joined, it would tell each row apart from every other by all columns of five tables.
    lost = Exists(Adjustment.objects.filter(loan=OuterRef("pk"), kind=Adjustment.Kind.WRITE_OFF, reversed_at=None))
    drawn = Q(state__in=LIVE, disbursed_date__isnull=False)
    rows = Loan.objects.filter(drawn | lost, application=pledge.application_id, currency=currency)
    found = []
    for loan in rows.select_related("application", "borrower", "facility", "product_version").order_by("disbursed_date", "id"):
        if loan.state in LIVE and loan.written_off_date is None:
            found.append(Debt(loan, settles(loan, business_date, received_date)))
        found.append(Debt(loan, written_off_of_loan(loan)[1], recovery=True))
    return [debt for debt in found if debt.amount > 0]


def settles(loan: Loan, business_date: date, received_date: date | None = None) -> Decimal:
    """What settles a running loan today out of what secures it, by money that came in today or on an earlier day: penalties and interest to
    that day included, and no fee for what the bank takes early itself. Where nothing is taken early by contract, it is what
    is due and all principal that is outstanding: what is not due waits in suspense and pays what falls due."""
    day = worth_from(loan, received_date or business_date)
    dues = [due for due in without_interest_since(loan, dues_on(loan, day), day, business_date) if due.due_date <= business_date]
    owed: Decimal = sum((due.fee + due.penalty + due.interest for due in dues), loan.outstanding_principal)
    try:
        # Of a loan without terms only what is due is quoted; the principal is owed all the same.
        return max(owed, quote_realisation(loan=loan, received_date=day, business_date=business_date).total)
    except UnableToPrepay:
        return owed


def worth_from(loan: Loan, received_date: date) -> date:
    """From when money counts for a loan that came in on a day: not before its own was paid out."""
    return max(received_date, loan.disbursed_date) if loan.disbursed_date else received_date
