"""That a policy was ended before its last day: proposed with what shows it and a reason, and true on a second person's word. Until somebody
has said so the careful reading counts: it insures to the day that was proposed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction

from collateral.models import Asset, AssetDocument, InsurancePolicy
from collateral.selectors.interests import interested_in_asset
from collateral.services.asset_documents import Proof, proof_of
from collateral.services.insured_sums import look_at_sum
from collateral.services.lapses import settle_lapses
from collateral.services.lien_ends import CONFIRMERS
from collateral.services.records import RECORDERS, UnableToRecord, insure_by_policies
from core import audit, four_eyes
from core.errors import Conflict, Fault
from core.models import Proposal, User

KIND = "collateral.policy_end"


@transaction.atomic
def propose_policy_end(
    *, policy: InsurancePolicy, ended_date: date, reason: str, proof: Proof | None, actor: User, business_date: date, path: str = ""
) -> Proposal:
    """Ask for a policy to count as ended on a day before its last. From now on it insures to that day, whatever another person says later.

    Raises UnableToRecord: `not_entitled`, `invalid` with faults; what keeping a paper raises; Conflict when it was ended before, or that is
    proposed.
    """
    if not actor.has_role(*RECORDERS):
        raise UnableToRecord("not_entitled")
    held = _lock(policy)
    if held.ended_date is not None:
        raise Conflict("already_advanced", state="ended")
    faults = []
    if not held.from_date <= ended_date < held.until_date:
        words = f"It ended early between {held.from_date:%-d %b %Y} and the day before {held.until_date:%-d %b %Y}."
        faults.append(Fault("ended_date", "out_of_bounds", words))
    if not reason.strip():
        faults.append(Fault("reason", "required", "Say how it ended; the reason goes into the audit trail."))
    if proof is None:
        faults.append(Fault("paper", "required", "Add what shows it: the insurer's or the owner's word."))
    if faults:
        raise UnableToRecord("invalid", faults=faults)
    day, note = min(ended_date, business_date), f"The policy {held.policy_number} has ended"
    paper = proof_of(held.asset, AssetDocument.Kind.OTHER, proof, paper_date=day, actor=actor, business_date=business_date, note=note)
    assert paper is not None
    proposal = four_eyes.propose(
        kind=KIND,
        target=held,
        title=f"End the policy {held.policy_number} of {held.asset.reference} on {ended_date:%-d %b %Y}",
        roles=CONFIRMERS,
        actor=actor,
        content={"ended_date": ended_date.isoformat(), "reason": reason.strip(), "document": str(paper.pk)},
        path=path,
        branch_id=held.asset.branch_id,
    )
    _count(held, ended_date, paper, business_date)
    return proposal


@transaction.atomic
def decide_policy_end(
    *, policy: InsurancePolicy, confirm: bool, reason: str, actor: User, business_date: date, seen: UUID | None = None
) -> InsurancePolicy:
    """Say that the policy has ended, or that it goes on to its last day: never by who proposed it or declared an interest in whom the asset
    secures a file of. A red flag that was raised meanwhile stays for whoever decides red flags.

    Raises core's UnableToConfirm.
    """
    held = _lock(policy)
    proposal = four_eyes.lock_proposal(four_eyes.seen_proposal(kind=KIND, target=held, seen=seen))
    if not confirm:
        four_eyes.refuse(proposal, actor=actor, reason=reason)
        _count(held, None, None, business_date)
        return held
    four_eyes.confirm(proposal, actor=actor, barred=interested_in_asset(held.asset), reason=reason.strip())
    audit.record(
        "asset.policy_ended", actor=actor, target=held.asset, label=held.asset.reference, business_date=business_date,
        policy=held.policy_number, ended=held.ended_date, reason=proposal.content["reason"],
    )  # fmt: skip
    return held


def open_policy_ends(policies: Iterable[InsurancePolicy]) -> dict[str, Proposal]:
    """What is proposed about these policies, by the key of the policy: one query."""
    return four_eyes.open_proposals(kind=KIND, targets=policies)


def _count(policy: InsurancePolicy, ended_date: date | None, paper: AssetDocument | None, business_date: date) -> None:
    """Let a policy insure to a day, without one to its last;
    what is insured for less or no longer is flagged, and files are held or let go.
    """
    policy.ended_date, policy.end_document = ended_date, paper
    policy.save(update_fields=["ended_date", "end_document"])
    insure_by_policies(policy.asset, business_date=business_date)
    look_at_sum(policy.asset, business_date=business_date)
    settle_lapses(asset=policy.asset, business_date=business_date)


def _lock(policy: InsurancePolicy) -> InsurancePolicy:
    """The asset first, as everybody does."""
    Asset.objects.select_for_update(of=("self",)).get(pk=policy.asset_id)
    return InsurancePolicy.objects.select_for_update(of=("self",)).select_related("asset").get(pk=policy.pk)
