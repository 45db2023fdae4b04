"""Ordering valuations. Appraisers are drawn by lot and never see the amount asked for, nor each other's values."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from collateral.domain.orders import Orders, find_over_share, is_large, within_share
from collateral.models import Asset, Valuation
from collateral.selectors.interests import interested_in_asset
from collateral.selectors.owners import firm_key, interested_keys, may_value
from collateral.selectors.secured import secures_nothing
from collateral.selectors.value_settings import blind_from, settings_in_force
from collateral.services.flags import raise_findings
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role
from core.uuids import uuid7

ORDERERS = (Role.INVESTIGATOR, Role.RISK_MANAGER)
State = Valuation.State


class UnableToOrderValuation(DomainError):
    """No valuation can be ordered."""

    title = "No valuation was ordered"
    messages = {
        "not_entitled": "Only investigators and risk managers order valuations.",
        "idle": "{asset} is sold or destroyed, or nothing is secured by it any more. Nobody needs its value.",
        "already_ordered": "A valuation of this asset is already on its way.",
        "sent_back": "A value of this asset was sent back and is not answered yet. Order another one to be set beside it, with a reason.",
        "no_appraiser": "No independent appraiser is available at this branch.",
        "no_second": "A value this large, or in a currency without a threshold, takes two independent appraisers; this branch has one.",
        "no_third_party": "No appraiser of another firm is available at this branch.",
        "nothing_open": "There is no value to set another one beside. Order a valuation.",
        "outside_reason_missing": "Say why an appraiser of another firm is needed: otherwise one of the bank's own is drawn by lot.",
        "reason_missing": "Write down why another one is needed; the reason goes into the audit trail.",
    }


@transaction.atomic
def order_valuation(
    *,
    asset: Asset,
    actor: User | None,
    business_date: date,
    appraiser: User | None = None,
    third_party: bool = False,
    outside_reason: str = "",
    reason: str = "",
    without: Collection[int] = (),
) -> Valuation:
    """Order a valuation; without `appraiser` somebody is drawn by lot, of another firm for `third_party`, for which a person gives a coded
    `outside_reason`, never one of `without`. For a large stated value, and in a currency for which no threshold is set, two are drawn,
    neither of whom learns of the other. Returns the first.

    Raises UnableToOrderValuation: `not_entitled`, `idle`, `already_ordered`, `sent_back`, `no_appraiser`, `no_second`, `no_third_party`,
    `outside_reason_missing` with faults.
    """
    asset = lock_for_order(asset, actor)
    if third_party and actor is not None and outside_reason not in Valuation.Outside.values:
        words = "Choose why the bank's own appraisers are not asked."
        raise UnableToOrderValuation("outside_reason_missing", faults=[Fault("outside_reason", "required", words)])
    outside_reason = outside_reason if third_party else ""
    _refuse_idle(asset)
    if Valuation.objects.filter(asset=asset, state__in=[State.ORDERED, State.SUBMITTED]).exists():
        raise UnableToOrderValuation("already_ordered")
    # A new order would be judged without it: who does not like a value could send it back and have it forgotten.
    if Valuation.objects.filter(asset=asset, state=State.CHALLENGED).exists():
        raise UnableToOrderValuation("sent_back")
    two = appraiser is None and is_large(blind_from(asset.currency), asset.stated_value)
    asked: dict[str, Any] = {"third_party": third_party, "last": last_appraisers(asset), "without": without}
    drawn = Drawn([appraiser], alone=False) if appraiser else draw(asset, 2 if two else 1, actor, business_date, **asked)
    terms: dict[str, Any] = {"third_party": third_party, "outside_reason": outside_reason, "barred": without, "alone": drawn.alone}
    made = [order_from(asset, person, actor, business_date, reason=reason, **terms) for person in drawn.people]
    Valuation.objects.filter(pk__in=[one.pk for one in made]).update(round=made[0].pk)
    made[0].round = made[0].pk
    return made[0]


@transaction.atomic
def order_another_valuation(*, asset: Asset, reason: str, actor: User, business_date: date, third_party: bool = True) -> Valuation:
    """Have an asset valued once more beside the values that wait for a judgement, by somebody who gave none of them.

    Raises UnableToOrderValuation: `not_entitled`, `idle`, `nothing_open`, `already_ordered`, `reason_missing`, `no_appraiser`,
    `no_third_party`.
    """
    asset = lock_for_order(asset, actor)
    _refuse_idle(asset)
    waiting = list(Valuation.objects.filter(asset=asset, state__in=[State.ORDERED, State.SUBMITTED, State.CHALLENGED]))
    if not waiting:
        raise UnableToOrderValuation("nothing_open")
    if any(one.state == State.ORDERED for one in waiting):
        raise UnableToOrderValuation("already_ordered")
    if not reason.strip():
        raise UnableToOrderValuation("reason_missing")
    together = waiting[0].round or uuid7()
    Valuation.objects.filter(pk__in=[one.pk for one in waiting]).update(round=together)
    beside = Valuation.objects.filter(round=together)
    barred = {person for one in beside for person in one.barred}
    asked = {one.appraiser_id: one.state for one in beside if one.appraiser_id is not None}
    saying = {key for key, state in asked.items() if state != State.WITHDRAWN}
    drawn = draw(asset, 1, actor, business_date, third_party=third_party, without=barred | set(asked), beside=saying)
    # Another value is asked for because of what the ones before say.
    terms: dict[str, Any] = {
        "third_party": third_party,
        "outside_reason": Valuation.Outside.DOUBT if third_party else "",
        "alone": drawn.alone,
    }
    return order_from(asset, drawn.people[0], actor, business_date, reason=reason.strip(), together=together, barred=barred, **terms)


def lock_for_order(asset: Asset, actor: User | None) -> Asset:
    """The asset, held until the transaction ends: who orders or draws anew waits here. Raises UnableToOrderValuation `not_entitled`."""
    if actor is not None and not actor.has_role(*ORDERERS):
        raise UnableToOrderValuation("not_entitled")
    return Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)


def _refuse_idle(asset: Asset) -> None:
    if secures_nothing(asset):
        raise UnableToOrderValuation("idle", asset=asset.reference)


def order_from(
    asset: Asset,
    person: User,
    actor: User | None,
    business_date: date,
    *,
    reason: str = "",
    third_party: bool = False,
    outside_reason: str = "",
    alone: bool = False,
    together: UUID | None = None,
    barred: Collection[int] = (),
) -> Valuation:
    """Write the order of a value from somebody who was drawn, `together` with others or by itself; `alone`, as nobody else was eligible.
    Those `barred` stay so when it is drawn anew.
    """
    made = Valuation.objects.create(
        asset=asset,
        appraiser=person,
        ordered_by=actor,
        ordered_date=business_date,
        due_date=business_date + timedelta(days=settings_in_force().order_days),
        currency=asset.currency,
        order_reason=reason[:200],
        third_party=third_party,
        outside_reason=outside_reason,
        drawn_alone=alone,
        round=together,
        barred=sorted(barred),
    )
    audit.record(
        "valuation.ordered",
        actor=actor,
        target=made,
        branch=asset.branch_id,
        label=asset.reference,
        appraiser=person.username,
        reason=reason,
        **({"third_party": outside_reason} if outside_reason else {}),
        **({"drawn": "nobody else is eligible"} if alone else {}),
    )
    return made


def last_appraisers(asset: Asset) -> frozenset[int]:
    """Who gave the values of the last order that was answered, whatever rules have computed since."""
    answered = Valuation.objects.filter(asset=asset, appraiser__isnull=False, market_value__isnull=False)
    last = answered.first()
    if last is None:
        return frozenset()
    return frozenset(last.together().filter(market_value__isnull=False, appraiser__isnull=False).values_list("appraiser_id", flat=True))


@dataclass(frozen=True)
class Drawn:
    """Whom the lot fell on; `alone` where nobody else was eligible, so that there was no lot."""

    people: list[User]
    alone: bool


def draw(
    asset: Asset,
    count: int,
    actor: User | None,
    business_date: date,
    *,
    third_party: bool,
    last: Collection[int] = (),
    without: Collection[int] = (),
    beside: Collection[int] = (),
) -> Drawn:
    """By lot among the branch's appraisers, without who registered the asset, has a part in what it secures, or has too many of the orders
    about its officer's assets or of those that `actor` gave; nobody of a firm that has a part in it, for which one of those `beside` works,
    or of which another is drawn; who valued it `last` only when nobody else is there at all. Where too few are within their share, those
    beyond it are drawn too, and a red flag says so.
    """
    branch = User.objects.filter(is_active=True, role_rows__role=Role.APPRAISER, branch_rows__branch_id=asset.branch_id).distinct()
    eligible = branch.exclude(pk__in=[*without, *beside, *interested_in_asset(asset), asset.registered_by_id or 0])
    if third_party:
        eligible = eligible.filter(outside_appraiser__isnull=False)
    interested = interested_keys(asset, business_date)
    # Of one firm one values it: what a colleague said is no second opinion.
    firms = {firm_key(person) for person in User.objects.filter(pk__in=beside).select_related("outside_appraiser")} - {""}
    able = eligible.select_related("outside_appraiser").order_by("pk")
    people = {person.pk: person for person in able if may_value(person, interested) and firm_key(person) not in firms}
    houses = {firm_key(person) or key for key, person in people.items()}
    if len(houses) < count:
        raise UnableToOrderValuation("no_third_party" if third_party else "no_second" if people else "no_appraiser")
    all_of_them = set(branch.values_list("pk", flat=True))
    watched = _orders_of(asset, actor, all_of_them, business_date)
    fair = set(people)
    for orders in watched:
        fair &= set(within_share(list(people), orders, len(all_of_them)))
    lot = secrets.SystemRandom()
    # By lot among the first of these; the next only give what is still lacking.
    ranked = sorted(lot.sample(list(people), len(people)), key=lambda key: (key in last, key not in fair))
    first_of: dict[str | int, int] = {}
    for key in ranked:
        first_of.setdefault(firm_key(people[key]) or key, key)
    drawn = {key: people[key] for key in list(first_of.values())[:count]}
    names = {key: person.full_name for key, person in drawn.items()}
    found = find_over_share(names, list(people), len(all_of_them), watched)
    raise_findings(asset=asset, findings=found, business_date=business_date)
    return Drawn(list(drawn.values()), alone=len(people) == 1)


def _orders_of(asset: Asset, actor: User | None, branch: Collection[int], business_date: date) -> list[Orders]:
    """How the last year's orders about the assets of who registered this one, and those of who orders, went to a branch's appraisers."""
    watched: dict[str, dict[str, Any]] = {"orders": {"asset__registered_by": asset.registered_by_id}, "of_orderer": {"ordered_by": actor}}
    given = Valuation.objects.filter(appraiser__in=branch, ordered_date__gt=business_date - timedelta(days=365)).order_by()
    return [
        Orders(whose, dict(given.filter(**one).values_list("appraiser_id").annotate(Count("pk"))))
        for whose, one in watched.items()
        if None not in one.values()
    ]
