"""A sale of a home that was taken in wrongly: another price, or no sale at all, by two people's word."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from collateral.models import Sale, ValueFile
from collateral.services.file_intake import IMPORTERS
from collateral.services.index_use import PATH
from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User

SALE = "collateral.sale_corrected"
MOST_PRICE = Decimal("1e10")
# By the market too, so that the key of a sale finds it.
FAR_TAKEN = """
UPDATE collateral_sale s SET held_out = false
FROM unnest(%(houses)s::text[], %(days)s::date[], %(figures)s::numeric[]) AS k(house, day, figure)
WHERE s.market = %(market)s AND s.house_key = k.house AND s.sold_date = k.day AND s.price = k.figure AND s.source_id = %(source)s
"""


class UnableToCorrectSale(DomainError):
    """The sale stays as it is; `faults` name the fields."""

    title = "Nothing was proposed"
    messages = {"not_entitled": "Only investigators and risk managers say what a home was sold for."}


@transaction.atomic
def propose_sale_correction(
    *, market: str, house_key: str, sold_date: date, sold_for: Decimal | None, reason: str, actor: User, business_date: date
) -> Proposal:
    """Ask for another price of a sale on record, in the currency of its market; None where it was no sale that says anything of prices,
    which then stays out of every model. The price on record lets a sale in that was held out.

    Raises UnableToCorrectSale: `not_entitled`, `invalid` with faults; core's UnableToPropose.
    """
    if not actor.has_role(*IMPORTERS):
        raise UnableToCorrectSale("not_entitled")
    known = Sale.objects.filter(market=market.strip(), house_key=house_key.strip(), sold_date=sold_date).first()
    faults = []
    if known is None:
        faults.append(Fault("house_key", "unknown", "No sale of this house on that day is on record in this market."))
    if sold_for is not None and (not sold_for.is_finite() or not 0 < sold_for < MOST_PRICE):
        faults.append(Fault("sold_for", "absurd", "The price has to be more than zero and below ten thousand million."))
    elif known is not None and (known.held_out if sold_for is None else sold_for == known.price and not known.held_out):
        faults.append(Fault("sold_for", "unchanged", "That is how it stands on record."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say where the right price stands; the reason goes into the audit trail."))
    if faults or known is None:
        raise UnableToCorrectSale("invalid", faults=faults)
    before, price = f"{known.price.normalize():f}", "" if sold_for is None else f"{sold_for.normalize():f}"
    said = f"{price} {known.currency} in the place of {before}" if price else f"no sale, in the place of {before} {known.currency}"
    said += " that models do not learn from so far" if known.held_out else ""
    content = {"price": price, "before": before, "held_out": known.held_out, "reason": reason.strip()}
    title = f"House {known.house_key} in {known.market}, {sold_date:%d %b %Y}: {said}"
    return four_eyes.propose(kind=SALE, target=known, title=title, roles=IMPORTERS, actor=actor, content=content, path=PATH)


def correct_sale(proposal: Proposal, actor: User, today: date) -> None:
    """Put a sale right as it was proposed; models learn from it when they are trained next. Raises Conflict when it was put right
    meanwhile. To be called within the transaction of the decision.
    """
    known = Sale.objects.select_for_update().get(pk=int(proposal.target_id))
    said = proposal.content
    if known.price != Decimal(said["before"]) or known.held_out != said.get("held_out", known.held_out):
        raise Conflict("changed_meanwhile")
    known.price, known.held_out = Decimal(said["price"] or said["before"]), not said["price"]
    known.save(update_fields=["price", "held_out"])
    told = {"before": said["before"], "price": said["price"] or "no sale", "reason": said["reason"]}
    audit.record("sale.corrected", actor=actor, target=known, label=f"{known.market} {known.house_key}", business_date=today, **told)


def take_far_sales(taken: ValueFile) -> None:
    """Let models learn from sales that were held out, but for those put right since: one statement."""
    names = ("house", "date", "figure")
    houses, days, figures = ([one[name] for one in taken.held] for name in names)
    with connection.cursor() as cursor:
        cursor.execute(FAR_TAKEN, {"source": taken.pk, "market": taken.market, "houses": houses, "days": days, "figures": figures})
