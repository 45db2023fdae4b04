"""Titles: what counts as the same one, and looks into the registry that say whom it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from django.db import transaction

from collateral.domain.ownership import same_names
from collateral.domain.red_flags import Finding
from collateral.models import Asset, AssetDocument, TitleCheck
from collateral.selectors.owners import owners_on, ownership_on
from collateral.services.asset_documents import Proof, needed_proof
from collateral.services.flags import raise_findings, settle_flags
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role

# An extract older than this many days says nothing about the day of a look, and a look nothing about the day on which a title is relied on.
EXTRACT_DAYS = 90


class UnableToCheckTitle(DomainError):
    """The look into the registry was not kept."""

    title = "The title was not checked"
    messages = {"not_entitled": "Only officers and investigators check titles."}


def title_key(title_number: str) -> str:
    """What counts as the same title: letters and digits only, upper case."""
    return re.sub(r"[^0-9A-Z]", "", title_number.upper())


@transaction.atomic
def check_title(
    *,
    asset: Asset,
    holders: Sequence[str],
    checked_date: date,
    actor: User | None,
    business_date: date,
    proof: Proof | None = None,
) -> TitleCheck:
    """Keep whom the registry names. Other people than the owners on file raise `title_inconsistent`. The title counts as verified, and an
    open flag that it is not ends, when somebody finds those owners there within 90 days who neither registered the asset nor wrote its
    owners or its number down, and the extract proves it: the one given as `proof`, or else the last on file, that none of those put there,
    that came after the number was last corrected, and that is no more than 90 days older.

    Raises UnableToCheckTitle: `not_entitled`, `invalid` with faults, among them a second look without an extract; what keeping a paper
    raises.
    """
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToCheckTitle("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    named = [name.strip() for name in holders if name.strip()]
    faults = []
    if not named:
        faults.append(Fault("holders", "required", "Write whom the registry names, one a line."))
    if not date(1990, 1, 1) <= checked_date <= business_date:
        faults.append(Fault("checked_date", "out_of_bounds", "The registry was looked into up to today."))
    if not asset.title_number:
        faults.append(Fault("holders", "no_title", "There is no title number on file to look up."))
    second = verifies_title(asset, actor, business_date=business_date)
    if second and actor is not None and is_stale(checked_date, business_date=business_date):
        words = f"What the registry said more than {EXTRACT_DAYS} days ago verifies nothing. Look it up again."
        faults.append(Fault("checked_date", "stale", words))
    if faults:
        raise UnableToCheckTitle("invalid", faults=faults)
    extract = needed_proof(
        asset,
        AssetDocument.Kind.TITLE_EXTRACT,
        proof,
        paper_date=checked_date,
        actor=actor,
        business_date=business_date,
        not_by=first_hands(asset, business_date=business_date) if second and actor is not None else (),
        days=EXTRACT_DAYS if second and actor is not None else None,
    )
    if second and actor is not None and extract is None:
        words = "Add the extract of the registry: only with it on file does a title count as verified."
        raise UnableToCheckTitle("invalid", faults=[Fault("paper", "required", words)])
    kept = TitleCheck.objects.create(
        asset=asset, checked_date=checked_date, holders="\n".join(named), checked_by=actor, recorded_date=business_date, document=extract
    )
    if second and extract is not None and _names_owners(kept, business_date):
        if asset.title_verified_date is None or asset.title_verified_date < checked_date:
            Asset.objects.filter(pk=asset.pk).update(title_verified_date=checked_date)
        reason = f"Looked up in the registry on {checked_date:%d %b %Y}."
        settle_flags(asset=asset, code="title_unverified", reason=reason, actor=actor, business_date=business_date)
    audit.record("asset.title_checked", actor=actor, target=asset, label=asset.reference, business_date=business_date, holders=named)
    compare_title(asset, business_date=business_date, look=kept)
    return kept


def is_stale(looked_up: date | None, *, business_date: date) -> bool:
    """Whether a look into the registry was so long ago that nobody relies on it; None was none."""
    return looked_up is None or (business_date - looked_up).days > EXTRACT_DAYS


def verifies_title(asset: Asset, actor: User | None, *, business_date: date) -> bool:
    """Whether this person's look into the registry is a second pair of eyes: they did not write down themselves what it is held against."""
    return actor is None or actor.pk not in first_hands(asset, business_date=business_date)


def verified_by(asset: Asset, *, business_date: date) -> set[int | None]:
    """Who verified the title as it stands: by whose look into the registry, None for its interface. Empty while nobody has."""
    if asset.title_verified_date is None:
        return set()
    looks = TitleCheck.objects.filter(asset=asset, checked_date=asset.title_verified_date)
    own = {person for person in first_hands(asset, business_date=business_date) if person is not None}
    return {look.checked_by_id for look in looks if look.checked_by_id not in own}


def first_hands(asset: Asset, *, business_date: date) -> tuple[int | None, ...]:
    """Who wrote down what a look into the registry is held against: the asset, its number, its owners. No paper of theirs proves it."""
    held = ownership_on(asset, business_date)
    return (asset.registered_by_id, asset.title_entered_by_id, held.recorded_by_id if held else None)


def compare_title(asset: Asset, *, business_date: date, look: TitleCheck | None = None) -> None:
    """Hold the owners on file against whom the registry named in a `look`, otherwise in the last one; where they differ, a red flag waits
    for a person.
    """
    look = look or _last_look(asset, business_date)
    if look is None or _names_owners(look, business_date):
        return
    owners = [row.owner.person.name for row in owners_on(asset, business_date)]
    evidence = {"registry": ", ".join(look.holders.splitlines()), "on_file": ", ".join(owners)}
    finding = Finding("title_inconsistent", "The registry names other owners than those on file.", evidence)
    raise_findings(asset=asset, findings=[finding], business_date=business_date)


def _names_owners(look: TitleCheck, business_date: date) -> bool:
    """Whether the registry named those who own it; an asset without owners on file is held against nobody."""
    owners = [row.owner.person.name for row in owners_on(look.asset, business_date)]
    return not owners or same_names(owners, look.holders.splitlines())


def _last_look(asset: Asset, business_date: date) -> TitleCheck | None:
    """The last one by somebody who did not write down what it is held against, whoever looked later; otherwise the last there is."""
    looks = list(TitleCheck.objects.filter(asset=asset).select_related("asset"))
    own = first_hands(asset, business_date=business_date)
    return next((look for look in looks if look.checked_by_id is None or look.checked_by_id not in own), looks[0] if looks else None)
