"""Handing in a value, and the red flags it raises once every value of its order is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from collateral.domain import red_flags
from collateral.domain.amounts import faults_of_amount
from collateral.domain.appraisers import find_outlier
from collateral.domain.methods import METHODS, needs_comparables, refused_method
from collateral.domain.modifications import Works, faults_of_works
from collateral.domain.orders import find_apart
from collateral.domain.revaluation import valid_until
from collateral.domain.unlikely import why_unlikely
from collateral.domain.value_inputs import check_inputs, find_inputs_differ
from collateral.models import Asset, AssetKind, Modification, Pledge, Valuation
from collateral.selectors.appraisers import records_of
from collateral.selectors.exposures import size_of
from collateral.selectors.interests import interested_in_asset
from collateral.selectors.owners import interested_keys, may_value
from collateral.selectors.value_settings import class_in_calendar, settings_in_force
from collateral.services.assets import facts_of
from collateral.services.elsewhere import find_papers_of_value
from collateral.services.evidence import expected_value, find_about
from collateral.services.flags import end_value_flags, raise_findings
from collateral.services.valuations.files import Attachments, check_attachments, find_in_photos, keep_attachments
from collateral.services.valuations.modifications import keep_works, told
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.money import grouped


class UnableToSubmitValuation(DomainError):
    """The valuation cannot be submitted."""

    title = "The valuation was not submitted"
    messages = {
        "not_yours": "This valuation was ordered from somebody else.",
        "own_asset": "You own this asset, or have a part in a file that it secures. Somebody else has to value it.",
        "own_interest": "You declared an interest in somebody this asset secures a file of. Somebody else has to value it.",
        "wrong_state": "This valuation was submitted already.",
        "withdrawn": "This order was withdrawn; somebody else was asked.",
        "unlikely": "{value} is {why}. Read it again: correct it, or say that you mean it. Choose the files anew.",
    }


@transaction.atomic
def submit_valuation(
    *,
    valuation: Valuation,
    market_value: Decimal,
    method: str,
    comparables: Sequence[tuple[str, Decimal]],
    independence_declared: bool,
    remarks: str,
    valued_date: date,
    actor: User | None,
    business_date: date,
    attachments: Attachments | None = None,
    confirmed_value: Decimal | None = None,
    inputs: Mapping[str, Decimal | None] | None = None,
    valued_area: Decimal | None = None,
    works: Works | None = None,
) -> Valuation:
    """Hand in a value in the asset's currency, with its comparables as (description, price) and its files, among them the report, which an
    appraiser of another firm has to send each time. `inputs`: what the method makes the value of (`domain.value_inputs`). `valued_area`:
    the square metres that it is of, where it is of any. `works`: what was done to a property that raises its value beyond doubt, with its
    paper among the attachments. Red flags are raised by rule. Independence has to be declared; who cannot declines the order. A value that
    reads like a slip is taken only with the same figure as `confirmed_value`.

    Raises UnableToSubmitValuation: `not_yours`, `wrong_state`, `withdrawn`, `own_asset`, `own_interest`, `invalid` with faults, `unlikely`.
    """
    # The asset first, as everybody does: of two that hand in at once the second finds the first one in.
    Asset.objects.select_for_update(of=("self",)).get(pk=valuation.asset_id)
    valuation = Valuation.objects.select_for_update(of=("self",)).select_related("asset").get(pk=valuation.pk)
    if actor is not None and valuation.appraiser_id != actor.pk:
        raise UnableToSubmitValuation("not_yours")
    if valuation.state not in Valuation.WITH_APPRAISER:
        raise UnableToSubmitValuation("withdrawn" if valuation.state == Valuation.State.WITHDRAWN else "wrong_state")
    sheets, faults = check_attachments(valuation, attachments or Attachments())
    faults = [*find_faults(valuation.asset, market_value, method, comparables, valued_date, business_date), *faults]
    kind = valuation.asset.kind
    kept_inputs, wrong = check_inputs(method, kind, inputs or {}) if method in METHODS[kind] else ({}, [])
    faults += wrong
    if works is not None:
        paper = attachments is not None and attachments.works is not None
        faults += faults_of_works(
            works,
            known=Modification.Kind.values,
            paper=paper,
            asset_kind=kind,
            currency=valuation.asset.currency,
            valued_date=valued_date,
            value=market_value,
        )
    if valued_area is not None and not (valued_area.is_finite() and 0 < valued_area < 100_000_000):
        faults.append(Fault("valued_area", "absurd", "The area has to be more than zero square metres."))
    if not independence_declared:
        words = "Only who has no interest hands a value in. Declare it, or decline the order: somebody else is asked then."
        faults.append(Fault("independence_declared", "required", words))
    if faults:
        raise UnableToSubmitValuation("invalid", faults=faults)
    asset = valuation.asset
    if actor is not None and not may_value(actor, interested_keys(asset, business_date)):
        raise UnableToSubmitValuation("own_asset")
    if actor is not None and actor.pk in interested_in_asset(asset):
        raise UnableToSubmitValuation("own_interest")
    size, *currencies = size_of(asset, market_value)
    expires = valid_until(settings_in_force(), class_in_calendar(asset), size, valued_date, *currencies)
    if expires <= business_date:
        words = f"A value of that day ran out on {expires:%d %b %Y}. Say what the asset is worth now."
        raise UnableToSubmitValuation("invalid", faults=[Fault("valued_date", "ran_out", words)])
    if actor is not None and confirmed_value != market_value:
        _ask_about(asset, market_value, [price for _, price in comparables], business_date)
    if valuation.state == Valuation.State.CHALLENGED:
        # What was asked about is answered by other figures, which rules look at anew.
        end_value_flags(valuation=valuation, reason="Another value was handed in.", actor=actor, business_date=business_date)
    valuation.state = Valuation.State.SUBMITTED
    valuation.market_value = market_value
    valuation.method = method
    valuation.comparables = [{"description": text, "price": str(price)} for text, price in comparables]
    valuation.inputs = {name: f"{value.normalize():f}" for name, value in kept_inputs.items()}
    valuation.independence_declared = independence_declared
    valuation.remarks = remarks
    valuation.valued_date, valuation.valued_area = valued_date, valued_area
    valuation.submitted_date = business_date
    # Nobody sees it while another of the same order is awaited: what is not known cannot be passed on.
    valuation.sealed = valuation.awaited().exists()
    valuation.expires_date = expires
    valuation.save()
    kept = keep_attachments(valuation, sheets, actor=actor)
    keep_works(valuation, works, kept)
    audit.record(
        "valuation.submitted",
        actor=actor,
        target=valuation,
        branch=asset.branch_id,
        label=asset.reference,
        market_value=market_value,
        method=method,
        inputs=valuation.inputs,
        works=told(works),
        files={str(file.pk): file.sha256 for file in kept},
    )
    if not valuation.sealed:
        _examine(valuation, business_date)
    return valuation


def unseal(valuation: Valuation, *, business_date: date) -> bool:
    """Show and examine what was sealed of an order of which nothing is awaited any more. `valuation` is any of it; the caller holds the
    asset's lock. Returns whether anything was.
    """
    rows = valuation.together()
    if rows.filter(state=Valuation.State.ORDERED).exists():
        return False
    first = rows.filter(state=Valuation.State.SUBMITTED, sealed=True).select_related("asset").first()
    if first is not None:
        _examine(first, business_date)
    return first is not None


@transaction.atomic
def unseal_forgotten(*, business_date: date) -> int:
    """Show and examine what is sealed though nothing of its order is awaited any more. Idempotent. Returns how many orders that were."""
    sealed = Valuation.objects.filter(state=Valuation.State.SUBMITTED, sealed=True, round__isnull=False)
    waiting = Valuation.objects.filter(state=Valuation.State.ORDERED, round=OuterRef("round"))
    rounds = {one.round: one for one in sealed.exclude(Exists(waiting)).order_by("id")}
    opened = 0
    for one in rounds.values():
        Asset.objects.select_for_update(of=("self",)).get(pk=one.asset_id)
        opened += unseal(one, business_date=business_date)
    return opened


def _ask_about(asset: Asset, value: Decimal, prices: Sequence[Decimal], business_date: date) -> None:
    """Raise UnableToSubmitValuation `unlikely` for a value that reads like a slip."""
    known = [asset.stated_value, expected_value(asset, business_date)]
    if why := why_unlikely(value, prices, [one for one in known if one is not None]):
        raise UnableToSubmitValuation("unlikely", value=f"{grouped(value, asset.currency)} {asset.currency}", why=why)


def _examine(valuation: Valuation, business_date: date) -> None:
    """Raise what is wrong with a value, and with those that were sealed until it was in."""
    asset = valuation.asset
    pledge = Pledge.objects.filter(asset=asset).select_related("application__borrower").order_by("-id").first()
    together = list(valuation.together().filter(state=Valuation.State.SUBMITTED).select_related("asset"))
    opened = [one for one in together if one.sealed or one.pk == valuation.pk]
    valuation.together().update(sealed=False)
    if pledge is None:
        return
    facts = facts_of(asset, pledge.application, business_date)
    previous = (
        Valuation.objects.filter(asset=asset, state__in=[Valuation.State.ACCEPTED, Valuation.State.EXPIRED])
        .order_by("-valued_date", "-id")
        .values_list("market_value", flat=True)
        .first()
    )
    expected, least = expected_value(asset, business_date), settings_in_force().least_comparables
    for one in opened:
        assert one.market_value is not None
        prices = [Decimal(item["price"]) for item in one.comparables]
        given = red_flags.ValuationFacts(
            one.market_value,
            prices,
            previous,
            needs_comparables=needs_comparables(asset.kind, one.method),
            own_evidence=expected is not None,
            least_comparables=least,
        )
        found = red_flags.find_in_valuation(facts, given)
        found += [*find_about(one, business_date), *find_in_photos(one), *find_papers_of_value(asset, one.files.all())]
        if one.appraiser_id is not None:
            found += find_outlier(records_of(one.appraiser_id), one.market_value, expected)
        found += find_inputs_differ(one.method, {name: Decimal(said) for name, said in one.inputs.items()}, one.market_value)
        raise_findings(asset=asset, findings=found, business_date=business_date, valuation=one)
    worth = {one.market_value: one for one in together if one.market_value is not None}
    highest = worth[max(worth)]
    beside = [one.market_value for one in highest.lower_sent_back(business_date) if one.market_value is not None]
    # Of its own earlier answers a higher one says nothing against it.
    values = [*worth, *(said for said in highest.said_before if said < max(worth)), *beside]
    raise_findings(asset=asset, findings=find_apart(values), business_date=business_date, valuation=highest)


def method_refused(kind: str, method: str) -> str:
    """In words, why an asset of a class is not valued by this method."""
    labels = dict(Valuation.Method.choices)
    return refused_method(kind, AssetKind(kind).label, labels.get(method, ""), [labels[name] for name in METHODS[kind]])


def find_faults(
    asset: Asset, value: Decimal, method: str, comparables: Sequence[tuple[str, Decimal]], valued_date: date, business_date: date
) -> list[Fault]:
    """What cannot be in the figures, by field."""
    faults = []
    words = "The market value has to be more than zero and below a million million."
    faults += faults_of_amount("market_value", value, asset.currency, words)
    if method not in METHODS[asset.kind]:
        faults.append(Fault("method", "unknown", method_refused(asset.kind, method)))
    if valued_date > business_date:
        faults.append(Fault("valued_date", "future", "The day of valuation cannot lie in the future."))
    if any(not price.is_finite() or not 0 < price < Decimal("1e12") for _, price in comparables):
        faults.append(Fault("comparables", "not_positive", "Each comparable needs a price above zero and below a million million."))
    return faults
