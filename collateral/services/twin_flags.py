"""Looking for assets that are the same thing whenever one is pledged, perfected or changes:
what nobody has decided on raises a red flag.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from collateral.domain.twins import TWIN_CODES, Sighting, find_twice_pledged
from collateral.models import Asset, Pledge, RedFlag, TwinJudgement
from collateral.selectors.flags import people_on_asset
from collateral.selectors.twin_evidence import Met, met_by, possible_twins, without_known
from collateral.services.flags import raise_findings
from core import audit
from core.errors import Conflict, DomainError
from core.models import User
from core.roles import Role

JUDGES = (Role.INVESTIGATOR, Role.RISK_MANAGER)


class UnableToJudgeTwin(DomainError):
    """Whether the two are one thing was not kept."""

    title = "Your word was not kept"
    messages = {
        "not_entitled": "Only investigators and risk managers say whether two assets are one.",
        "own_work": "You registered, pledged, appraised or inspected this asset. Somebody else has to say whether it is the same as another.",
        "reason_missing": "Write down what tells you so; the reason goes into the audit trail.",
    }


@transaction.atomic
def look_for_twins(*, asset: Asset, business_date: date, registrar: str = "") -> list[RedFlag]:
    """Hold an asset against every other that backs something. Evidence that nobody has decided on raises a red flag about it, with what the
    `registrar` says against that; and about the other one too, where somebody decided on less. Returns the flags opened."""
    met = met_by(asset)
    raised = _raise_unseen(asset, met, business_date, registrar)
    if not met or not asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).exists():
        return raised
    over = [RedFlag.State.CLEARED, RedFlag.State.LIFTED]
    decided = RedFlag.objects.filter(asset__in=[one.asset.pk for one in met], code__in=TWIN_CODES, state__in=over)
    about = [flag.asset_id for flag in decided if asset.reference in f"{flag.evidence.get('assets')} {flag.evidence.get('elsewhere')}"]
    for other in Asset.objects.filter(pk__in=about, state=Asset.State.REGISTERED).order_by("pk"):
        back = [one for one in met_by(other) if one.asset.pk == asset.pk]
        raised += _raise_unseen(other, back, business_date, "", beside=asset)
    return raised


def _raise_unseen(asset: Asset, met: list[Met], business_date: date, registrar: str, beside: Asset | None = None) -> list[RedFlag]:
    new = without_known(asset, met, beside=beside)
    findings = find_twice_pledged([one.sighting for one in new], registrar)
    return raise_findings(asset=asset, findings=findings, business_date=business_date) if findings else []


@transaction.atomic
def judge_twin(*, asset: Asset, key: str, same: bool, reason: str, actor: User, business_date: date) -> TwinJudgement:
    """Say of a pledged asset that is possibly the same thing as this one whether it is, before a pledge of it is perfected. `key` is the
    one it was shown under. What is taken for the same raises the red flag that a probable one raises.

    Raises UnableToJudgeTwin: `not_entitled`, `own_work`, `reason_missing`; Conflict when somebody was first, or it is not alike any more.
    """
    if not actor.has_role(*JUDGES):
        raise UnableToJudgeTwin("not_entitled")
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=asset.pk)
    if actor.pk in people_on_asset(asset) or asset.pledges.filter(state__in=Pledge.WAITING, proposed_by=actor).exists():
        raise UnableToJudgeTwin("own_work")
    if not reason.strip():
        raise UnableToJudgeTwin("reason_missing")
    met = next((one for one in possible_twins(asset) if one.key == key), None)
    if met is None:
        raise Conflict("already_advanced", state="judged, or not alike any more")
    sighting = met.sighting
    judged = TwinJudgement.objects.create(
        asset=asset,
        other=met.asset,
        same=same,
        reason=reason.strip(),
        score=f"{sighting.score:.2f}",
        marks=" ".join(sorted(sighting.marks)),
        judged_by=actor,
        judged_date=business_date,
    )
    audit.record(
        "asset.twin_judged",
        actor=actor,
        target=asset,
        branch=asset.branch_id,
        label=asset.reference,
        business_date=business_date,
        other=sighting.reference,
        same=same,
        reason=reason.strip(),
    )
    if same:
        found = Sighting(sighting.reference, sighting.score, False, sighting.marks, judged=reason.strip()[:120])
        raise_findings(asset=asset, findings=find_twice_pledged([found]), business_date=business_date)
    return judged
