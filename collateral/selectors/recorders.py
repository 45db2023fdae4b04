"""Who put on file what a red flag is about: they have said already how it is, and do not judge it."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from collateral.models import Asset, AssetDocument, AssetPhoto, FactsVersion, InsurancePolicy, Lien, Ownership, Pledge, TitleCheck
from collateral.selectors.claims_ahead import KIND as CLAIM_AHEAD
from core.models import Proposal, User


class Record(NamedTuple):
    """Rows about an asset, and the field that says who wrote one."""

    model: type[models.Model]
    by: str
    where: dict[str, Any]
    asset: str = "asset"


def _facts(*sections: str) -> Record:
    return Record(FactsVersion, "recorded_by", {"section__in": sections})


OWNERS = Record(Ownership, "recorded_by", {})
LOOKS = Record(TitleCheck, "checked_by", {})
TITLE = Record(Asset, "title_entered_by", {}, "pk")
POLICIES = Record(InsurancePolicy, "recorded_by", {})
LIENS = Record(Lien, "recorded_by", {})
SEEN_LIENS = Record(Lien, "confirmed_by", {})
CLAIMS = Record(Proposal, "proposed_by", {"kind": CLAIM_AHEAD}, "target_id")
PHOTOS = Record(AssetPhoto, "added_by", {})
PAPERS = Record(AssetDocument, "uploaded_by", {})
PLEDGES = Record(Pledge, "proposed_by", {})
# By code of a red flag, the records it rests on.
RECORDS: dict[str, tuple[Record, ...]] = {
    # What counts only once a second person saw it (`services.confirmed_facts`).
    "facts_raised": (_facts("class"),),
    "equipment_changed": (_facts("equipment"),),
    "dispute_ended": (_facts("receivable"),),
    "receivables_added": (_facts("receivable"),),
    "debtor_left_group": (_facts("receivable"),),
    "home_raised": (_facts("home"),),
    "index_changed": (_facts("home", "place"),),
    "holding_changed": (_facts("holding"),),
    "owner_changed": (OWNERS,),
    "owner_differs": (OWNERS, PLEDGES),
    "title_inconsistent": (OWNERS, LOOKS),
    "title_missing": (TITLE,),
    "title_unverified": (TITLE,),
    "number_differs": (TITLE, _facts("class", "title")),
    "under_insured": (POLICIES,),
    "insurance_pays_others": (POLICIES,),
    "insurance_lapsed": (POLICIES,),
    "lien_undeclared": (LIENS, SEEN_LIENS, CLAIMS, PLEDGES),
    "paper_elsewhere": (PAPERS,),
    "policy_elsewhere": (POLICIES,),
    "reference_elsewhere": (LIENS, SEEN_LIENS, PLEDGES),
    "pledged_elsewhere": (TITLE, PLEDGES),
    "near_twin": (TITLE, PLEDGES, _facts("class", "place", "title", "holding")),
    **dict.fromkeys(("photo_elsewhere", "photo_repeated", "photo_other_day", "photo_other_place"), (PHOTOS,)),
    "connected_debtor": (_facts("receivable"),),
    "invoice_elsewhere": (_facts("receivable"),),
    "receivable_overdue": (_facts("receivable"),),
    "receivable_late": (_facts("receivable"),),
    "above_evidence": (_facts("home", "equipment", "holding"),),
    "area_differs": (_facts("class", "home"),),
    "below_quote": (_facts("holding"),),
    **dict.fromkeys(
        ("idle", "counter_turned_back", "vehicle_number_fails", "land_use_conflict", "land_without_access"),
        (_facts("class"),),
    ),
}


def recorded_what_it_is_about(asset_id: UUID, code: str, person: User) -> bool:
    """Whether a person wrote, at any time, one of the records that a red flag of a code about an asset rests on."""
    return any(
        record.model._default_manager.filter(**record.where, **{record.asset: asset_id, record.by: person.pk}).exists()
        for record in RECORDS.get(code, ())
    )
