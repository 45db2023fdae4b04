"""Market data that takes a second person: figures of a file that move far, are the first or revise what is on record, a price or a sale put
right, a split, and which index values follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Func, IntegerField, JSONField, QuerySet
from stdnum import isin as isin_rules

from collateral.domain.computed_values import worth_of
from collateral.models import Asset, ComputedValue, IndexPoint, IndexSeries, SecurityPrice, SecuritySplit, Valuation, ValueFile
from collateral.services.file_intake import BATCH, IMPORTERS
from collateral.services.index_jumps import OF_FILE, counting_points, jump_in, undo_points
from collateral.services.index_use import INDEX, PATH, take_index_use
from collateral.services.quoted_values import put_in_place
from collateral.services.sale_corrections import SALE, correct_sale, take_far_sales
from collateral.services.splits import split_holdings
from collateral.services.waiting_prices import correct_before, keep_waiting, rests_on, settle_waiting
from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.four_eyes import UnableToConfirm
from core.models import Proposal, ProposalState, User
from core.money import unit

PRICE, SPLIT = "collateral.price_corrected", "collateral.paper_split"
KINDS = (OF_FILE, PRICE, SPLIT, INDEX, SALE)
MOST_PRICE = Decimal("1e8")
# The scale of an index.
POINT = Decimal("0.0001")


class UnableToChangePrices(DomainError):
    """What is on record of prices stays as it is; `faults` name the fields."""

    title = "Nothing was proposed"
    messages = {
        "not_entitled": "Only investigators and risk managers say what a paper is worth on the market.",
        "unlikely": "{figure} is {times} times the {before} before it. If the publisher says so, confirm the very figure; else refuse the file.",
        "fall_counts": "Values follow the lower price until somebody else has decided; it cannot be taken back.",
    }


def ask_about_figures(taken: ValueFile, *, actor: User | None) -> None:
    """Propose those figures of a file that wait. To be called within the transaction that takes it in."""
    if not taken.held:
        return
    if taken.kind == ValueFile.Kind.PRICES:
        keep_waiting(taken)
    four_eyes.propose(
        kind=OF_FILE,
        target=taken,
        title=f"{len(taken.held):,} figures of {taken.file_name}",
        roles=IMPORTERS,
        actor=actor,
        content={"held": len(taken.held), "fingerprint": four_eyes.fingerprint(taken.held)},
        path=PATH,
    )


@transaction.atomic
def propose_correction(*, isin: str, price_date: date, price: Decimal, reason: str, actor: User, business_date: date) -> Proposal:
    """Ask for another price of a paper on a day that is on record, in the currency that it is kept in. A lower one counts at once, and what
    was made of the other one follows it, until somebody else has decided.

    Raises UnableToChangePrices: `not_entitled`, `invalid` with faults; core's UnableToPropose.
    """
    code = _check_entitled(isin, actor)
    known = SecurityPrice.objects.select_for_update().filter(isin=code, price_date=price_date).first()
    faults = []
    if known is None:
        faults.append(Fault("price_date", "unknown", "No price of this paper is on record for that day."))
    if not price.is_finite() or not 0 < price < MOST_PRICE:
        faults.append(Fault("price", "absurd", "The price has to be more than zero and below a hundred million."))
    elif known is not None and known.price == price:
        faults.append(Fault("price", "unchanged", "That is the price on record."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say where the right price stands; the reason goes into the audit trail."))
    if faults or known is None:
        raise UnableToChangePrices("invalid", faults=faults)
    before = known.price
    content = {"price": f"{price.normalize():f}", "before": f"{known.price.normalize():f}", "reason": reason.strip()}
    title = f"{code} on {price_date:%d %b %Y}: {content['price']} {known.currency} in the place of {content['before']}"
    asked = four_eyes.propose(kind=PRICE, target=known, title=title, roles=IMPORTERS, actor=actor, content=content, path=PATH)
    if price < before:
        known.price, known.counted_before = price, before
        known.save(update_fields=["price", "counted_before"])
        audit.record(
            "price.lowered", actor=actor, target=known, label=code, business_date=business_date, day=price_date, before=before, price=price
        )
        _put_values_right(known, before, business_date)
    return asked


@transaction.atomic
def propose_split(*, isin: str, split_date: date, new: int, old: int, reason: str, actor: User, business_date: date) -> Proposal:
    """Ask to put on file that there are `new` papers for `old` ones from a day on.

    Raises UnableToChangePrices: `not_entitled`, `invalid` with faults; core's UnableToPropose.
    """
    code = _check_entitled(isin, actor)
    last = SecurityPrice.objects.filter(isin=code).order_by("-price_date").first()
    faults = []
    if last is None:
        faults.append(Fault("isin", "unknown", "No price of this paper is on record."))
    if split_date > business_date:
        faults.append(Fault("split_date", "future", "It can be put on file on its day."))
    elif last is not None and last.price_date >= split_date:
        words = f"A price of {last.price_date:%d %b %Y} is on record; a split is told of before the prices that follow it."
        faults.append(Fault("split_date", "before", words))
    if not (0 < new <= 1000 and 0 < old <= 1000) or new == old:
        faults.append(Fault("new", "absurd", "So many new papers for so many old ones, each from 1 to 1,000 and not as many."))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say where it was announced; the reason goes into the audit trail."))
    if faults or last is None:
        raise UnableToChangePrices("invalid", faults=faults)
    content = {"isin": code, "split_date": split_date.isoformat(), "new": new, "old": old, "reason": reason.strip()}
    title = f"{code}: {new} for {old} from {split_date:%d %b %Y}"
    return four_eyes.propose(kind=SPLIT, target=last, title=title, roles=IMPORTERS, actor=actor, content=content, path=PATH)


@transaction.atomic
def decide_price_change(
    *, seen: UUID, confirm: bool, reason: str, actor: User, business_date: date, confirmed_figure: Decimal | None = None
) -> Proposal:
    """Let what is proposed hold, or refuse it: never by who proposed it. A file in which an index jumps threefold holds only with the
    figure that jumps farthest as `confirmed_figure`. Raises core's UnableToConfirm; UnableToChangePrices `unlikely`; Conflict when the
    ground went.
    """
    proposal = Proposal.objects.filter(pk=seen, kind__in=KINDS).first()
    if proposal is None:
        raise UnableToConfirm("no_proposal")
    held = four_eyes.lock_proposal(proposal)
    if not confirm:
        return _refuse(held, actor, reason, business_date)
    if (jump := jump_of(held)) is not None and confirmed_figure != jump[0]:
        figure, before = jump
        times = f"{figure / before:.3g}"
        raise UnableToChangePrices("unlikely", figure=f"{figure.normalize():f}", times=times, before=f"{before.normalize():f}")
    done = four_eyes.confirm(held, actor=actor, reason=reason.strip())
    acts = {OF_FILE: _take_figures, PRICE: _correct, SPLIT: _split, INDEX: take_index_use, SALE: correct_sale}
    acts[held.kind](held, actor, business_date)
    return done


def jump_of(proposal: Proposal) -> tuple[Decimal, Decimal] | None:
    """The figure that an index jumps to threefold in what is proposed, the farthest, with what it jumps from; None where none does."""
    taken = ValueFile.objects.filter(pk=UUID(proposal.target_id)).first() if proposal.kind == OF_FILE else None
    return jump_in(taken) if taken is not None else None


def open_changes() -> list[Proposal]:
    """What waits for a second person, the oldest first: one query."""
    rows = Proposal.objects.filter(kind__in=KINDS, state=ProposalState.OPEN)
    return list(rows.select_related("proposed_by").order_by("id"))


def figures_of(proposals: Iterable[Proposal], most: int) -> dict[str, tuple[list[dict[str, str]], int]]:
    """The first `most` figures that wait of each file and how many there are, by the key of the file: one query."""
    keys = [UUID(one.target_id) for one in proposals if one.kind == OF_FILE]
    slice_of = f"jsonb_path_query_array(%(expressions)s, '$[0 to {most - 1}]')"
    first = Func(F("held"), template=slice_of, output_field=JSONField())
    number = Func(F("held"), function="jsonb_array_length", output_field=IntegerField())
    rows = ValueFile.objects.filter(pk__in=keys).annotate(first=first, number=number).values_list("pk", "first", "number")
    return {str(key): (held, count) for key, held, count in rows}


def _check_entitled(isin: str, actor: User) -> str:
    if not actor.has_role(*IMPORTERS):
        raise UnableToChangePrices("not_entitled")
    code = isin.strip().upper()
    if not isin_rules.is_valid(code):
        words = "This is no ISIN: twelve characters, the last of which checks the others."
        raise UnableToChangePrices("invalid", faults=[Fault("isin", "unknown", words)])
    return code


def _refuse(held: Proposal, actor: User, reason: str, today: date) -> Proposal:
    if held.kind == PRICE:
        return _refuse_correction(held, actor, reason, today)
    if held.kind != OF_FILE:
        return four_eyes.refuse(held, actor=actor, reason=reason)
    taken = _file_of(held)
    # Who brought a fall does not make it undone alone.
    fell = counting_points(taken).filter(series__used=True).exists()
    if held.proposed_by_id == actor.pk and (fell or rests_on(taken)):
        raise UnableToChangePrices("fall_counts")
    done = four_eyes.refuse(held, actor=actor, reason=reason)
    settle_waiting(taken, business_date=today)
    undo_points(taken, today)
    return done


def _refuse_correction(held: Proposal, actor: User, reason: str, today: date) -> Proposal:
    known = SecurityPrice.objects.select_for_update().get(pk=int(held.target_id))
    lowered = known.counted_before is not None
    if lowered and held.proposed_by_id == actor.pk and _made_of(known).exists():
        raise UnableToChangePrices("fall_counts")
    done = four_eyes.refuse(held, actor=actor, reason=reason)
    if known.counted_before is not None:
        lower, known.price, known.counted_before = known.price, known.counted_before, None
        known.save(update_fields=["price", "counted_before"])
        _put_values_right(known, lower, today)
    return done


def _take_figures(proposal: Proposal, actor: User, today: date) -> None:
    taken = _file_of(proposal)
    if taken.kind == ValueFile.Kind.SALES:
        take_far_sales(taken)
        return
    if taken.kind == ValueFile.Kind.PRICES:
        _take_prices(taken)
        settle_waiting(taken, business_date=today)
        return
    _take_points(taken, today)


def _take_points(taken: ValueFile, today: date) -> None:
    """Put revised points on record; the night makes anew what was made of the others. Raises Conflict when another revision was first."""
    named = {(int(one["series"]), date.fromisoformat(one["date"])): (Decimal(one["before"]), Decimal(one["figure"])) for one in taken.held}
    series = {key for key, _ in named}
    on_record = IndexPoint.objects.select_for_update().filter(series__in=series, period_end__in={day for _, day in named}).order_by("id")
    known = {(point.series_id, point.period_end): point.value for point in on_record}
    if any(known.get(key, before) not in (before, figure.quantize(POINT)) for key, (before, figure) in named.items()):
        raise Conflict("changed_meanwhile")
    shared: dict[str, Any] = {"source": taken, "confirmed": True}
    points = [IndexPoint(series_id=key, period_end=day, value=figure, **shared) for (key, day), (_, figure) in named.items()]
    IndexPoint.objects.bulk_create(
        points, update_conflicts=True, unique_fields=["series", "period_end"], update_fields=["value", *shared], batch_size=BATCH
    )
    IndexSeries.objects.filter(pk__in=series).update(revised_date=today)


def _take_prices(taken: ValueFile) -> None:
    """Put the prices of a file on record. Raises Conflict where the paper has another currency by now, or the day another price."""
    rows = [
        SecurityPrice(
            isin=one["isin"],
            price_date=date.fromisoformat(one["date"]),
            price=Decimal(one["figure"]),
            currency=one["currency"],
            source=taken,
            confirmed=True,
        )
        for one in taken.held
    ]
    known = SecurityPrice.objects.filter(isin__in={row.isin for row in rows})
    currencies = dict(known.order_by().values_list("isin", "currency").distinct())
    prices = {(isin, day): price for isin, day, price in known.values_list("isin", "price_date", "price").iterator(BATCH)}
    if any(
        currencies.get(row.isin, row.currency) != row.currency or prices.get((row.isin, row.price_date), row.price) != row.price
        for row in rows
    ):
        raise Conflict("changed_meanwhile")
    SecurityPrice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def _file_of(proposal: Proposal) -> ValueFile:
    return ValueFile.objects.select_for_update().get(pk=UUID(proposal.target_id))


def _correct(proposal: Proposal, actor: User, today: date) -> None:
    known = SecurityPrice.objects.select_for_update().get(pk=int(proposal.target_id))
    if (known.counted_before or known.price) != Decimal(proposal.content["before"]):
        raise Conflict("already_advanced", state="corrected")
    wrong, known.price = known.price, Decimal(proposal.content["price"])
    known.counted_before, known.confirmed = None, True
    known.save(update_fields=["price", "counted_before", "confirmed"])
    audit.record(
        "price.corrected", actor=actor, target=known, label=known.isin, business_date=today, day=known.price_date,
        before=proposal.content["before"], price=proposal.content["price"], reason=proposal.content["reason"],
    )  # fmt: skip
    _put_values_right(known, wrong, today)


def _put_values_right(known: SecurityPrice, wrong_price: Decimal, today: date) -> None:
    """The values in force that are so many papers at the wrong price, made anew of the right one, with the loans that they cover. What
    stays of an appraised value when there are fewer papers is none of these: the market made it of no price.
    """
    correct_before(known, wrong_price, business_date=today)
    for computed in _made_of(known).select_related("valuation").order_by("valuation__asset"):
        Asset.objects.select_for_update(of=("self",)).get(pk=computed.valuation.asset_id)
        wrong = Valuation.objects.select_for_update(of=("self",)).select_related("asset").get(pk=computed.valuation_id)
        quantity, currency = Decimal(computed.evidence["quantity"]), wrong.currency
        made = worth_of(quantity, wrong_price, currency)
        if wrong.state != Valuation.State.ACCEPTED or wrong.market_value is None or abs(wrong.market_value - made) > unit(currency):
            continue
        worth = worth_of(quantity, known.price, currency)
        evidence = {**computed.evidence, "price": f"{known.price.normalize():f}"}
        put_in_place(wrong, worth=worth, base_id=computed.base_id, evidence=evidence, business_date=today)


def _made_of(known: SecurityPrice) -> QuerySet[ComputedValue]:
    """How the values in force were worked out that follow a paper's price of a day."""
    return ComputedValue.objects.filter(
        source=ComputedValue.Source.QUOTE, valuation__state=Valuation.State.ACCEPTED, valuation__currency=known.currency,
        evidence__isin=known.isin, evidence__day=known.price_date.isoformat(),
    )  # fmt: skip


def _split(proposal: Proposal, actor: User, today: date) -> None:
    said: dict[str, Any] = proposal.content
    day = date.fromisoformat(said["split_date"])
    if SecurityPrice.objects.filter(isin=said["isin"], price_date__gte=day).exists():
        raise Conflict("changed_meanwhile")
    if SecuritySplit.objects.filter(isin=said["isin"], split_date=day).exists():
        raise Conflict("already_advanced", state="on file")
    split = SecuritySplit.objects.create(
        isin=said["isin"], split_date=day, new=said["new"], old=said["old"], recorded_by=proposal.proposed_by, confirmed_by=actor,
        recorded_date=today,
    )  # fmt: skip
    split_holdings(split, business_date=today)
