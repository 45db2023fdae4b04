"""Entering the number of a title that was not known when its asset was registered."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.domain.red_flags import find_in_asset
from collateral.models import Asset
from collateral.services.assets import TITLED_KINDS, facts_of
from collateral.services.flags import raise_findings, settle_flags
from collateral.services.titles import title_key
from collateral.services.twin_flags import look_for_twins
from collateral.services.twins import index_assets
from core import audit
from core.errors import DomainError, Fault
from core.models import User
from core.roles import Role

RECORDERS = (Role.OFFICER, Role.INVESTIGATOR)
LONGEST = 60


class UnableToEnterTitle(DomainError):
    """The number of the title was not kept."""

    title = "The title was not kept"
    messages = {
        "not_entitled": "Only officers and investigators enter titles.",
        "has_title": "{asset} has the title {title} already.",
        "no_registry": "An asset of this class has no title.",
        "gone": "{asset} is {state}; its file is closed.",
    }


@transaction.atomic
def enter_title(*, asset: Asset, title_number: str, actor: User | None, business_date: date) -> Asset:
    """Keep the registry's number of an asset that had none. It is held against every other asset as at registration: the same title, and
    what is probably the same thing. An open flag that it is missing ends; that nobody looked it up stays, and who entered it is not who
    verifies it.

    Raises UnableToEnterTitle: `not_entitled`, `gone`, `no_registry`, `has_title`, `invalid` with faults.
    """
    if actor is not None and not actor.has_role(*RECORDERS):
        raise UnableToEnterTitle("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if asset.state != Asset.State.REGISTERED:
        raise UnableToEnterTitle("gone", asset=asset.reference, state=asset.get_state_display().lower())
    if asset.kind not in TITLED_KINDS:
        raise UnableToEnterTitle("no_registry")
    if asset.title_number:
        raise UnableToEnterTitle("has_title", asset=asset.reference, title=asset.title_number)
    number = title_number.strip()
    if faults := unreadable(number):
        raise UnableToEnterTitle("invalid", faults=faults)
    audit.record("asset.title_entered", actor=actor, target=asset, label=asset.reference, business_date=business_date, number=number)
    settle_flags(asset=asset, code="title_missing", reason=f"Title {number} is on file.", actor=actor, business_date=business_date)
    put_on_file(asset, number, written_by=actor, business_date=business_date)
    return asset


def unreadable(number: str) -> list[Fault]:
    """What speaks against a number as the registry writes it."""
    if title_key(number) and len(number) <= LONGEST:
        return []
    words = f"Write the number as the registry does: letters and digits, {LONGEST} characters at most."
    return [Fault("title_number", "required", words)]


def put_on_file(asset: Asset, number: str, *, written_by: User | None, business_date: date) -> None:
    """Let a number stand for the title of an asset that is held. Nobody has looked it up, and it is held against every other asset."""
    asset.title_number, asset.title_key = number, title_key(number)
    asset.title_entered_by, asset.title_verified_date = written_by, None
    asset.save(update_fields=["title_number", "title_key", "title_entered_by", "title_verified_date"])
    index_assets([asset])
    pledge = asset.pledges.select_related("application__borrower").order_by("-id").first()
    if pledge is not None:
        found = [one for one in find_in_asset(facts_of(asset, pledge.application, business_date)) if one.code == "title_unverified"]
        raise_findings(asset=asset, findings=found, business_date=business_date)
    look_for_twins(asset=asset, business_date=business_date)
