"""The letter of a margin call to the borrower: what the cover lacks, by when, and what puts it right.
Tagged PDF like the bank's other papers.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, ROUND_UP

from django.db import transaction

from collateral.domain.margin import Standing, shortfall, to_prepay
from collateral.models import Cover, MarginCall
from collateral.selectors.lapsed import standings_of
from collateral.selectors.margin_calls import covenant_of
from core import audit
from core.errors import DomainError
from core.models import User
from core.money import unit
from core.roles import Role
from loans.services.papers import Paper, day_words, make_pdf, money_words, parties_of

WRITERS = (Role.OFFICER, Role.COLLECTIONS, Role.RISK_MANAGER)


class UnableToWriteCall(DomainError):
    """There is no letter about this margin call."""

    title = "No letter was written"
    messages = {
        "not_entitled": "Only officers, collections and risk managers write to the borrower about a margin call.",
        "ended": "This call ended on {day}; nothing is asked of the borrower any more.",
    }


@transaction.atomic
def write_margin_letter(*, call: MarginCall, actor: User, business_date: date) -> bytes:
    """The letter as PDF, with what is lacking today; that it was written is on record. Raises UnableToWriteCall:
    `not_entitled`, `ended`.
    """
    if not actor.has_role(*WRITERS):
        raise UnableToWriteCall("not_entitled")
    if call.state not in MarginCall.WAITING:
        raise UnableToWriteCall("ended", day=day_words(call.ended_date or business_date))
    pdf = make_pdf(paper_of(call, business_date))
    audit.record(
        "margin_call.letter_written",
        actor=actor,
        target=call,
        branch=call.loan.branch_id,
        label=call.reference,
        business_date=business_date,
    )
    return pdf


def paper_of(call: MarginCall, business_date: date) -> Paper:
    """What stands in the letter."""
    loan = call.loan
    agreed = covenant_of(loan)
    least = agreed.min_coverage if agreed else call.min_coverage
    known = standings_of(Cover.objects.filter(loan=loan), business_date=business_date)
    now = known.get(loan.pk) or Standing(call.exposure, call.available, call.pledges)
    # Up to the cent: what is asked for is enough.
    lacking, early = (amount.quantize(unit(loan.currency), ROUND_UP) for amount in (shortfall(now, least), to_prepay(now, least)))
    facts = [
        *parties_of(loan),
        ("Margin call", call.reference),
        ("Owed", money_words(now.exposure, loan)),
        ("Agreed coverage", f"{least:.1%} of what is owed"),
        ("Carried by the collateral", money_words(now.available.quantize(unit(loan.currency), ROUND_DOWN), loan)),
        ("Lacking", money_words(lacking, loan)),
        ("To be put right by", day_words(call.due_date)),
    ]
    sentences = [
        f"What secures loan {loan.reference} no longer carries what the contract asks for. "
        f"{money_words(lacking, loan)} are lacking. Please put this right by {day_words(call.due_date)}.",
        f"You may pay {money_words(early, loan)} early, pledge another asset, or offer another one in the place of one that is pledged. "
        "Tell us which, so that what it takes can be prepared in time.",
        "If nothing is done by this day, the bank may realise what is pledged, as the contract says.",
        "If you think that a value is wrong, tell us why and send what shows it; we then look at it again.",
    ]
    return Paper(f"Margin call {call.reference}", facts, sentences, foot=[f"Written on {day_words(business_date)}."])
