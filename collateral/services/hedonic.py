"""Models of home prices: trained on a market's sales, kept as a draft with their measures, in force by two people's word."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max, Min
from numpy.typing import NDArray

from collateral.domain.hedonic import FIELDS, HedonicModel, Homes, measure
from collateral.models import HedonicVersion, Sale
from collateral.selectors.sales import files_since
from core import audit, four_eyes
from core.errors import Conflict, DomainError
from core.models import Proposal, User
from core.roles import Role

ACTIVATION = "hedonic_activation"
CONFIRMERS = (Role.RISK_MANAGER, Role.VALIDATOR)
EPOCH = date(1970, 1, 1)
# Fewer sales than these carry neither five folds nor a range.
LEAST_SALES = 500
_READ = ("living_area", "plot_area", "area_above", "bedrooms", "bathrooms", "floors", "built_year", "renovated_year", "grade", "condition",
         "view", "waterfront", "latitude", "longitude")  # fmt: skip


class UnableToTrainHedonic(DomainError):
    """No model was trained, proposed or put in force."""

    title = "This price model cannot be used"
    messages = {
        "too_few": "The market {market} has {count} sales; a model needs at least {least}.",
        "not_entitled": "Only risk managers and validators put a price model in force.",
        "own_sales": "You brought sales that this model learnt from. Somebody who did not has to put it in force.",
        "not_a_draft": "Only a draft can be proposed; this version is {state}.",
    }


def train_hedonic(
    *,
    market: str,
    actor: User | None,
    business_date: date,
    folds: int = 5,
    seed: int = 42,
    rounds: int = 800,
    heard: Callable[[int], None] = lambda _: None,
) -> HedonicVersion:
    """Train a model on all sales of a market up to the business date, but for those held out, and keep it as a draft, with its measures on
    houses not seen.

    Takes minutes on tens of thousands of sales; `heard` is told of each fold. Raises UnableToTrainHedonic `too_few`.
    """
    sold = Sale.objects.filter(market=market, held_out=False, sold_date__lte=business_date)
    homes, price = read_homes(market, business_date)
    if len(homes) < LEAST_SALES:
        raise UnableToTrainHedonic("too_few", market=market, count=len(homes), least=LEAST_SALES)
    metrics = measure(homes, price, folds=folds, seed=seed, rounds=rounds, heard=heard)
    content = HedonicModel.train(homes, price, rounds=rounds).to_bytes()
    days = sold.aggregate(first=Min("sold_date"), last=Max("sold_date"))
    with transaction.atomic():
        last = HedonicVersion.objects.filter(market=market).aggregate(last=Max("number"))["last"] or 0
        version = HedonicVersion.objects.create(
            market=market,
            currency=sold.values_list("currency", flat=True)[0],
            number=last + 1,
            content=content,
            metrics={**metrics, "seed": seed, "rounds": rounds},
            sales=len(homes),
            first_date=days["first"],
            last_date=days["last"],
            fingerprint=hashlib.sha256(content).hexdigest(),
            trained_by=actor,
        )
        audit.record(
            "hedonic.trained", actor=actor, target=version, label=str(version), business_date=business_date, fingerprint=version.fingerprint
        )
    return version


def read_homes(market: str, on: date) -> tuple[Homes, NDArray[np.float64]]:
    """The sales of a market up to a day as columns, in the order they were taken in, and their prices."""
    sold = Sale.objects.filter(market=market, held_out=False, sold_date__lte=on)
    rows = sold.order_by("id").values_list("house_key", "sold_date", "price", *_READ)
    keys: list[str] = []
    table = []
    for key, sold_date, price, *facts in rows.iterator(chunk_size=5000):
        keys.append(key)
        table.append([(sold_date - EPOCH).days, float(price), *(np.nan if fact is None else float(fact) for fact in facts)])
    columns = np.array(table, dtype=float).reshape(len(keys), 2 + len(_READ)).T
    house = np.unique(np.array(keys, dtype=str), return_inverse=True)[1].astype(float)
    named: dict[str, Any] = {"house": house, "day": columns[0], **dict(zip(_READ, columns[2:], strict=True))}
    return Homes(**{name: named[name] for name in FIELDS}), columns[1]


@transaction.atomic
def propose_hedonic(*, version: HedonicVersion, actor: User, business_date: date, path: str = "") -> Proposal:
    """Ask for a second person's eyes on a draft. Raises UnableToTrainHedonic: `not_entitled`, `not_a_draft`; UnableToPropose."""
    if not actor.has_role(*CONFIRMERS):
        raise UnableToTrainHedonic("not_entitled")
    if version.state != HedonicVersion.State.DRAFT:
        raise UnableToTrainHedonic("not_a_draft", state=version.get_state_display().lower())
    return four_eyes.propose(
        kind=ACTIVATION,
        target=version,
        title=f"Put the {version} in force",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(version),
        path=path,
    )


@transaction.atomic
def refuse_hedonic(*, version: HedonicVersion, reason: str, actor: User, seen: UUID | None = None) -> Proposal:
    """Refuse to put a proposed model in force, with a reason that stands on its page; the model stays a draft. Who proposed it takes it
    back without one. Never by who trained it. Raises core's UnableToConfirm.
    """
    proposal = four_eyes.seen_proposal(kind=ACTIVATION, target=version, seen=seen)
    if proposal.proposed_by_id != actor.pk and actor.pk == version.trained_by_id:
        raise four_eyes.UnableToConfirm("conflict_of_interest")
    return four_eyes.refuse(proposal, actor=actor, reason=reason)


@transaction.atomic
def confirm_hedonic(
    *, version: HedonicVersion, actor: User | None, business_date: date, reason: str = "", seen: UUID | None = None
) -> HedonicVersion:
    """Put a proposed model in force; the one before it is replaced. `actor` None is the set-up of the bank, which needs no proposal; `seen`
    is the proposal that was looked at.

    Neither who trained it nor who brought a file that it learnt from and the one in force did not puts it in force. Raises
    UnableToTrainHedonic `own_sales`, UnableToConfirm; Conflict when it is no draft any more.
    """
    if actor is not None:
        proposal = four_eyes.seen_proposal(kind=ACTIVATION, target=version, seen=seen)
        if actor.pk in {one.imported_by_id for one in files_since(version)} and proposal.proposed_by_id != actor.pk:
            raise UnableToTrainHedonic("own_sales")
        trainer = frozenset({version.trained_by_id} if version.trained_by_id else set())
        four_eyes.confirm(proposal, actor=actor, content=_content(version), barred=trainer, reason=reason.strip())
    HedonicVersion.objects.filter(market=version.market, state=HedonicVersion.State.ACTIVE).update(state=HedonicVersion.State.RETIRED)
    changed = HedonicVersion.objects.filter(pk=version.pk, state=HedonicVersion.State.DRAFT).update(
        state=HedonicVersion.State.ACTIVE, activated_by=actor, activated_date=business_date
    )
    version.refresh_from_db()
    if not changed:
        raise Conflict("already_advanced", state=version.get_state_display())
    audit.record("hedonic.activated", actor=actor, target=version, label=str(version), business_date=business_date)
    return version


def _content(version: HedonicVersion) -> dict[str, Any]:
    return {"model": str(version), "fingerprint": version.fingerprint, "files": [str(one.pk) for one in files_since(version)]}
