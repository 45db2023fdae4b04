"""Recording what an asset is by its class: checked, kept with every earlier version, and held against rules and other assets at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from collateral.domain.asset_facts import FACTS, TITLE, Asked, account_number, check_facts, numbers_of
from collateral.domain.calendar import COMMERCIAL, calendar_class
from collateral.domain.fact_flags import find_in_facts
from collateral.domain.raised_facts import counting_facts, find_raised, raises
from collateral.domain.red_flags import Finding
from collateral.domain.revaluation import valid_until
from collateral.domain.vehicle_numbers import plain
from collateral.models import Asset, ClassFacts, Valuation
from collateral.selectors.asset_facts import CLASS, MODELS, choices_of, facts_now, section_of
from collateral.selectors.exposures import size_of
from collateral.selectors.value_settings import settings_in_force
from collateral.services.blocks import faults_of_account
from collateral.services.confirmed_facts import RAISED, relied_on
from collateral.services.counting import recount
from collateral.services.evidence import look_at_values
from collateral.services.fact_versions import check_valid_from, keep_version
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.holdings import record_holding
from collateral.services.receivables import add_receivable
from collateral.services.seen import refuse_unseen
from collateral.services.titles import title_key
from collateral.services.twin_flags import look_for_twins
from collateral.services.twins import index_assets
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role

RECORDERS = (Role.OFFICER, Role.INVESTIGATOR)


class UnableToRecordFacts(DomainError):
    """The facts were not kept."""

    title = "The facts were not kept"
    messages = {
        "not_entitled": "Only officers and investigators record what an asset is.",
        "gone": "{asset} is {state}; its file is closed.",
    }


def faults_of(kind: str, facts: Mapping[str, Any], *, currency: str, on: date) -> list[Fault]:
    """Every fault of facts of a class, those of the lists they are chosen from among them."""
    faults = check_facts(kind, facts, Asked(on, currency))
    for fact in FACTS[kind]:
        given = facts.get(fact.name)
        if fact.choices and given and given not in dict(choices_of(fact)):
            faults.append(Fault(fact.name, "unknown", f"{fact.label}: choose from the list."))
    return faults


@transaction.atomic
def record_facts(
    *, asset: Asset, facts: Mapping[str, Any], actor: User | None, business_date: date, valid_from: date | None = None, seen: str = ""
) -> Asset:
    """Keep what an asset is from `valid_from` (today) on; what was known before stays as a version. For receivables it is one more of them.

    Rules look at it at once: red flags, what of the value counts, registered assets that are the same thing.
    `seen` is the revision of those facts that the change was made on (`services.seen`). Raises UnableToRecordFacts: `not_entitled`, `gone`,
    `invalid` with faults at the facts of `domain.asset_facts`; ChangedMeanwhile when somebody recorded others since.
    """
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToRecordFacts("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if asset.state != Asset.State.REGISTERED:
        raise UnableToRecordFacts("gone", asset=asset.reference, state=asset.get_state_display().lower())
    refuse_unseen(asset, section_of(asset.kind), seen)
    since = valid_from or business_date
    faults = faults_of(asset.kind, facts, currency=asset.currency, on=business_date)
    if asset.kind in MODELS:
        faults += check_valid_from(asset, CLASS, since, business_date)
    faults += faults_of_account(asset, str(facts.get("account") or ""), _keeper_in(asset.kind, facts))
    if faults:
        raise UnableToRecordFacts("invalid", faults=faults)
    keep_facts(asset, facts, valid_from=since, actor=actor, business_date=business_date)
    return asset


def _keeper_in(kind: str, facts: Mapping[str, Any]) -> str:
    """Who keeps the account, by facts as they are given; of a deposit at this bank nobody by name."""
    if kind == "DEPOSIT":
        return "" if facts.get("own_bank") else str(facts.get("bank_name") or "").strip()
    return str(facts.get("custodian") or "").strip()


def keep_facts(
    asset: Asset, facts: Mapping[str, Any], *, valid_from: date, actor: User | None, business_date: date, twins: bool = True
) -> None:
    """Write checked facts of an asset that the caller has locked or just made, without looking for `twins` where the caller did."""
    if asset.kind == "RECEIVABLES":
        add_receivable(asset=asset, facts=facts, actor=actor, business_date=business_date)
        return
    if asset.kind == "SECURITIES":
        held = {name: facts[name] for name in ("isin", "quantity", "custodian", "account")}
        record_holding(asset=asset, **held, actor=actor, business_date=business_date, twins=twins)
        return
    values = _tidy(asset.kind, facts)
    before = facts_now(asset)
    model = MODELS[asset.kind]
    row = model._default_manager.filter(asset=asset).first() or model(asset=asset)
    for name, value in values.items():
        setattr(row, name, value)
    row.valid_from, row.recorded_by, row.recorded_date = valid_from, actor, business_date
    waits = _hold_before(asset, row, before, values)
    row.save()
    setattr(asset, model.__name__.lower(), row)
    keep_version(asset, CLASS, values, valid_from=valid_from, actor=actor, business_date=business_date)
    changed = sorted(name for name, value in values.items() if before.get(name) != value)
    audit.record("asset.described", actor=actor, target=asset, label=asset.reference, business_date=business_date, changed=changed)
    _renew(asset, values, actor)
    findings = find_in_facts(asset.kind, values, _counted_before(asset, before))
    _shorten_values(asset, actor)
    if not waits:
        reason = "No more is recorded than counts."
        settle_flags(asset=asset, code=RAISED, reason=reason, actor=actor, business_date=business_date)
    raise_findings(asset=asset, findings=[*findings, *waits], business_date=business_date)
    if twins:
        look_for_twins(asset=asset, business_date=business_date)
    look_at_values(asset, business_date=business_date)
    recount(asset, business_date=business_date)


def _hold_before(asset: Asset, row: ClassFacts, before: Mapping[str, Any], values: Mapping[str, Any]) -> list[Finding]:
    """Let what held before go on counting beside what is recorded now, where that counts for more and others rely on the asset. The red
    flag that asks a second person to look; none where nothing waits.
    """
    if not relied_on(asset):
        return []
    now, then = counting_facts(asset.kind, values), counting_facts(asset.kind, before)
    if asset.kind == "DEPOSIT" and before and before["account"] != values["account"]:
        # Nobody has seen the other account.
        then = {}
    known = [*row.held, *([then] if then not in row.held else [])]
    row.held = [one for one in known if raises(asset.kind, one, now)]
    return [find_raised(asset.kind, row.held[0], now)] if row.held else []


def _counted_before(asset: Asset, before: Mapping[str, Any]) -> dict[str, Any]:
    """What held before, with a counter as it stood before somebody turned it back, as long as nobody has judged that."""
    told = asset.flags.filter(code="counter_turned_back", state="OPEN").values_list("evidence", flat=True).first()
    counter = "mileage" if asset.kind == "VEHICLE" else "hours"
    known = [int(one) for one in (before.get(counter), (told or {}).get("before")) if one is not None]
    return {**before, counter: max(known)} if known else dict(before)


def _shorten_values(asset: Asset, actor: User | None) -> None:
    """A value of what turns out to be commercial property or land for business holds no longer than the calendar lets it; none is made to
    hold longer.
    """
    facts = getattr(asset, "landfacts" if asset.kind == "LAND" else "propertyfacts", None)
    if calendar_class(asset.kind, getattr(facts, "use", None), getattr(facts, "zoning", None)) != COMMERCIAL:
        return
    settings = settings_in_force()
    for value in asset.valuations.filter(state=Valuation.State.ACCEPTED, market_value__isnull=False, valued_date__isnull=False):
        size, *currencies = size_of(asset, value.market_value or Decimal(0))
        latest = valid_until(settings, COMMERCIAL, size, value.valued_date or date.max, *currencies)
        if value.expires_date is None or latest < value.expires_date:
            Valuation.objects.filter(pk=value.pk).update(expires_date=latest)
            audit.record("valuation.shortened", actor=actor, target=asset, label=asset.reference, expires=latest)


def _tidy(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of the class and no others: texts without the space around them, numbers of vehicles and accounts as they are compared."""
    values: dict[str, Any] = {}
    for fact in FACTS[kind]:
        value = facts.get(fact.name)
        if fact.kind in ("text", "choice"):
            value = str(value or "").strip()
        elif fact.kind == "yes":
            value = bool(value)
        elif fact.kind == "whole" and value is not None:
            value = int(value)
        values[fact.name] = value
    if kind == "VEHICLE":
        values["vin"], values["plate"] = plain(values["vin"]), values["plate"].upper()
    if kind == "DEPOSIT":
        values["account"], values["currency"] = account_number(values["account"]), values["currency"].upper()
        values["bank_name"] = "" if values["own_bank"] else values["bank_name"]
    return values


def _renew(asset: Asset, values: Mapping[str, Any], actor: User | None) -> None:
    """What the asset itself carries of its facts: identifiers, a title where there was none, whether it is in use; and its keys."""
    asset.numbers = "\n".join(numbers_of(asset.kind, values))
    if not asset.title_number and asset.kind in TITLE:
        asset.title_number = values[TITLE[asset.kind]]
        asset.title_key = title_key(asset.title_number)
        asset.title_entered_by = actor
    if "condition" in values:
        asset.in_use = values["condition"] == "IN_USE"
    asset.save(update_fields=["numbers", "title_number", "title_key", "title_entered_by", "in_use"])
    index_assets([asset])
