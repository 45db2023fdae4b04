"""Registering an asset as security for an application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from collateral.domain import red_flags
from collateral.domain.amounts import faults_of_amount
from collateral.domain.asset_facts import TITLE, numbers_of
from collateral.domain.insurance import believed_until
from collateral.domain.postcodes import postcode_area, tidy_postcode
from collateral.domain.twins import PROBABLE, AssetText
from collateral.domain.unlikely import times_worth
from collateral.events import PledgeProposed
from collateral.models import Asset, AssetKind, Pledge
from collateral.selectors.counting import counted_of
from collateral.selectors.lapses import INSURED_KINDS
from collateral.selectors.owners import owners_on
from collateral.selectors.twins import find_twins
from collateral.services.facts import faults_of, keep_facts
from collateral.services.flags import raise_findings
from collateral.services.owners import OwnerDraft, UnableToRecordOwners, record_ownership
from collateral.services.places import faults_of_place, written_position
from collateral.services.titles import check_title, title_key
from collateral.services.twin_flags import look_for_twins
from collateral.services.twins import index_assets
from core import audit
from core.errors import DomainError, Fault
from core.events import publish
from core.home import home_country
from core.models import User
from core.money import grouped
from core.references import next_reference
from core.roles import Role
from loans.models import Application, Borrower
from loans.selectors.applications import CLOSED_APPLICATIONS, amount_to_cover

# Claims on money have no title of their own, and a machine stands in no register of owners.
TITLED_KINDS = frozenset({AssetKind.REAL_ESTATE, AssetKind.LAND, AssetKind.MACHINERY, AssetKind.VEHICLE})
REGISTRY_KINDS = TITLED_KINDS - {AssetKind.MACHINERY}
# No asset, and no claim on one, is worth as much in any currency.
MOST = Decimal("1e12")


FAR_ABOVE = (
    "{amount} {currency} would be registered on an asset worth {worth} {currency}, {times} times as much. What lies above covers nothing. "
    "Write a smaller amount, or say that you mean it."
)


class UnableToRegisterAsset(DomainError):
    """The asset cannot be registered."""

    title = "The asset was not registered"
    messages = {
        "not_entitled": "Only officers and investigators register collateral.",
        "application_closed": "The application is closed; nothing can be pledged for it.",
        "far_above": FAR_ABOVE,
        "probable_twins": "{count} of the registered assets are probably this one. Pledge the registered one, or write down why this is another.",
    }


@transaction.atomic
def register_asset(
    *,
    application: Application,
    kind: str,
    description: str,
    stated_value: Decimal,
    actor: User | None,
    business_date: date,
    owner: Borrower | None = None,
    owner_name: str = "",
    title_number: str = "",
    title_holders: Sequence[str] = (),
    address_line: str = "",
    postcode: str = "",
    city: str = "",
    country: str = "",
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    insured_until: date | None = None,
    in_use: bool = True,
    amount: Decimal | None = None,
    prior_claims: Decimal = Decimal(0),
    unlike_reason: str = "",
    facts: Mapping[str, Any] | None = None,
    owners: Sequence[OwnerDraft] = (),
    stated_number: int | None = None,
    confirmed_amount: Decimal | None = None,
) -> Asset:
    """Put an asset on the register and propose its pledge for the application. Values in the application's currency.

    `facts` are those of its class (`domain.asset_facts`); `owners` its owners in shares, without them `owner` alone. `title_holders` are
    whom an extract of the registry names, where there is one; the title counts as verified when another person has looked it up.
    `stated_number` says which of the assets stated in the application it is.
    `amount` is the amount to be registered and defaults to the amount asked for; one of more than twice the worth stated is taken only with
    the same figure as `confirmed_amount`. Where a registered asset is probably the same thing,
    `unlike_reason` says why it is not; where that one backs something, a red flag waits for a second person all the same.
    `insured_until` as the owner says; it is believed for a month, then only a policy counts.
    Raises UnableToRegisterAsset: `not_entitled`, `application_closed`, `invalid` with faults, `far_above`, `probable_twins`.
    """
    if actor is not None and not actor.has_role(Role.OFFICER, Role.INVESTIGATOR):
        raise UnableToRegisterAsset("not_entitled")
    if application.state in CLOSED_APPLICATIONS:
        raise UnableToRegisterAsset("application_closed")
    faults = []
    if kind not in AssetKind.values:
        faults.append(Fault("kind", "unknown", "Choose a class of collateral from the list."))
    if not description.strip():
        faults.append(Fault("description", "required", "Describe the asset so that it can be told from others."))
    words = "The stated value has to be more than zero and below a million million."
    faults += faults_of_amount("stated_value", stated_value, application.currency, words, code="not_positive")
    claimed = amount_to_cover(application) if amount is None else amount
    faults += faults_of_claims(claimed, prior_claims, application.currency)
    faults += faults_of_place(latitude, longitude, country, postcode, otherwise=home_country() if kind in TITLED_KINDS else None)
    if facts is not None and kind in AssetKind.values:
        faults += faults_of(kind, facts, currency=application.currency, on=business_date)
        title_number = title_number or str(facts.get(TITLE.get(kind, ""), "") or "")
    if faults:
        raise UnableToRegisterAsset("invalid", faults=faults)
    if actor is not None and confirmed_amount != claimed and (times := times_worth(claimed, stated_value)) is not None:
        raise UnableToRegisterAsset("far_above", **read_back(claimed, stated_value, times, application.currency))
    if owner is not None and not owners:
        owners = [OwnerDraft(Fraction(1), person=owner)]
    owner_name = owner_name or ", ".join(_name_of(draft) for draft in owners)[:160]
    numbers = numbers_of(kind, facts or {})
    written = AssetText(kind, description, title_number, address_line, city, owner_name, numbers)
    twins = find_twins(written, least=PROBABLE)
    if twins and actor is not None and not unlike_reason.strip():
        raise UnableToRegisterAsset("probable_twins", count=len(twins))
    country_code = country.strip().upper() or home_country()
    asset = Asset.objects.create(
        reference=next_reference("CO"),
        branch_id=application.branch_id,
        kind=kind,
        description=description.strip(),
        owner=owner,
        owner_name=owner_name,
        title_number=title_number.strip(),
        title_key=title_key(title_number),
        in_use=in_use,
        insured_until=believed_until(insured_until, business_date),
        address_line=address_line,
        position=written_position(latitude, longitude),
        numbers="\n".join(numbers),
        postcode=tidy_postcode(postcode, country_code),
        postcode_area=postcode_area(country_code, tidy_postcode(postcode, country_code)),
        city=city,
        country=country_code,
        stated_value=stated_value,
        currency=application.currency,
        registered_by=actor,
        registered_date=business_date,
    )
    index_assets([asset])
    pledge = Pledge.objects.create(
        asset=asset,
        application=application,
        amount=claimed,
        declared_claims=prior_claims,
        proposed_by=actor,
        prior_claims=prior_claims,
        stated_number=stated_number if stated_number is not None and _is_free(application, stated_number) else None,
    )
    audit.record(
        "asset.registered",
        actor=actor,
        target=asset,
        label=asset.reference,
        kind=kind,
        stated_value=stated_value,
        application=application.reference,
        amount=claimed,
        twins=[twin.asset.reference for twin in twins],
        unlike_reason=unlike_reason.strip() if twins else "",
    )
    publish(PledgeProposed(pledge_id=str(pledge.pk), asset_id=str(asset.pk), application_id=str(application.pk)))
    _keep_owners(asset, owners, actor, business_date)
    if facts is not None:
        keep_facts(asset, facts, valid_from=business_date, actor=actor, business_date=business_date, twins=False)
    elif (share := counted_of(asset, on=business_date).share) != asset.counted_share:
        Asset.objects.filter(pk=asset.pk).update(counted_share=share)
    if title_holders and asset.title_number:
        check_title(asset=asset, holders=title_holders, checked_date=business_date, actor=actor, business_date=business_date)
    asset.refresh_from_db()
    raise_findings(asset=asset, findings=red_flags.find_in_asset(facts_of(asset, application, business_date)), business_date=business_date)
    look_for_twins(asset=asset, business_date=business_date, registrar=unlike_reason.strip())
    return asset


def read_back(amount: Decimal, worth: Decimal, times: Decimal, currency: str) -> dict[str, Any]:
    """What a pledge far above what its asset is worth is asked about with, as people read it."""
    return {"amount": grouped(amount, currency), "worth": grouped(worth, currency), "times": f"{times:,.1f}", "currency": currency}


def faults_of_claims(amount: Decimal, prior_claims: Decimal, currency: str) -> list[Fault]:
    """What cannot be registered, or stand before it, by field. A draft asks for nothing yet: what is pledged for it names its amount."""
    much = "The registered amount has to be more than zero and below a million million."
    before = "Prior claims cannot be negative, and are below a million million."
    return [
        *faults_of_amount("amount", amount, currency, much, code="not_positive"),
        *faults_of_amount("prior_claims", prior_claims, currency, before, code="negative", zero=True),
    ]


def _name_of(draft: OwnerDraft) -> str:
    return draft.person.name if draft.person else draft.party.name if draft.party else ""


def _is_free(application: Application, number: int) -> bool:
    """Whether nothing was registered for this stated asset yet, and there is one of that number."""
    taken = Pledge.objects.filter(application=application, stated_number=number).exclude(state=Pledge.State.WITHDRAWN).exists()
    return 0 <= number < len(application.stated_collateral) and not taken


def _keep_owners(asset: Asset, owners: Sequence[OwnerDraft], actor: User | None, business_date: date) -> None:
    if not owners:
        return
    try:
        record_ownership(
            asset=asset, owners=owners, from_date=business_date, reason="As registered", actor=actor, business_date=business_date
        )
    except UnableToRecordOwners as refusal:
        raise UnableToRegisterAsset(refusal.code, faults=refusal.faults, **refusal.params) from refusal


def facts_of(asset: Asset, application: Application, business_date: date) -> red_flags.AssetFacts:
    """The asset as the red-flag rules see it."""
    return red_flags.AssetFacts(
        on=business_date,
        title_number=asset.title_number,
        owner_name=asset.owner_name,
        borrower_name=application.borrower.name if application.borrower else "",
        in_use=asset.in_use,
        insured_until=asset.insured_until,
        needs_insurance=asset.kind in INSURED_KINDS,
        stated_value=asset.stated_value,
        owner_names=[row.owner.person.name for row in owners_on(asset, business_date)],
        needs_title=asset.kind in TITLED_KINDS,
        title_unverified=asset.kind in REGISTRY_KINDS and asset.title_verified_date is None,
    )
