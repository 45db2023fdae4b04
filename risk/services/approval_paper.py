"""The last sections of a scorecard's document: how it does beside the one before it, and who stands behind it."""

from __future__ import annotations

from core import four_eyes
from core.models import Proposal, ProposalState
from risk.domain.activation_grounds import reason_words
from risk.models import ModelVersion
from risk.models.scoring import VersionState
from risk.services.models import ACTIVATION
from risk.services.paper_sections import Section, three

MEASURES = (("auc", "AUC"), ("gini", "Gini"), ("ks", "KS"), ("brier", "Brier score"), ("ece", "Calibration error"))
ANSWERS = {ProposalState.CONFIRMED: "Put in force", ProposalState.REJECTED: "Refused or taken back", ProposalState.VOIDED: "Ended"}


def comparison(version: ModelVersion) -> list[Section]:
    """Its measures beside those of the version that it follows: the one in force now, or before it was put in force. Nothing for the
    first. One query.
    """
    others = ModelVersion.objects.filter(name=version.name).exclude(pk=version.pk).only("name", "number", "metrics", "data_fingerprint")
    if version.activated_date is None:
        others = others.filter(state=VersionState.ACTIVE)
    else:
        others = others.filter(activated_date__lte=version.activated_date, number__lt=version.number).order_by("-activated_date", "-number")
    before = others.first()
    if before is None:
        return []
    own, theirs = version.metrics.get("mean", {}), before.metrics.get("mean", {})
    rows = [[words, three(own.get(key)), three(theirs.get(key))] for key, words in MEASURES]
    same = before.data_fingerprint == version.data_fingerprint
    told = (
        "Both were measured on folds of the same sample."
        if same
        else "Each was measured on folds of its own sample, so that a difference may be that of the samples: hold them side by side on later "
        "loans before much is made of it."
    )
    return [Section(f"Beside version {before.number}", [told], ("Measure", "This version", f"Version {before.number}"), "lrr", rows)]


def approval(version: ModelVersion) -> list[Section]:
    """Who trained it and drew its bins, who proposed it with which reasons, and what its validator wrote. Three queries."""
    drawers = sorted(version.drawers.values_list("full_name", flat=True))
    told = [f"Trained by {version.trained_by.full_name if version.trained_by else 'the command line'}, {version.trained_at:%d %b %Y}."]
    if drawers:
        told.append(f"Bins were drawn by hand by {', '.join(drawers)}.")
    proposals = [*four_eyes.decided_proposals(kind=ACTIVATION, target=version)][::-1]
    waiting = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    for one in [*proposals, *([waiting] if waiting else [])]:
        told += _told(one)
    if not proposals and not waiting:
        told.append(
            "Put in force when the bank was set up." if version.activated_date else "Nobody has proposed it, and nobody has validated it."
        )
    return [Section("Approval", told)]


def _told(proposal: Proposal) -> list[str]:
    who = proposal.proposed_by.full_name if proposal.proposed_by else "the system"
    told = [f"Proposed by {who}, {proposal.proposed_at:%d %b %Y}."]
    for code, reason in proposal.content.get("reasons", {}).items():
        told.append(f"All the same, though {LACKS[code]}: {reason_words(code, reason)}.")
    if proposal.state == ProposalState.OPEN:
        return [*told, "It waits for a model validator."]
    decided_by = proposal.decided_by.full_name if proposal.decided_by else "the system"
    day = f", {proposal.decided_at:%d %b %Y}" if proposal.decided_at else ""
    told.append(f"{ANSWERS[ProposalState(proposal.state)]} by {decided_by}{day}.")
    if proposal.reason:
        told.append(f"In their words: {proposal.reason}")
    return told


LACKS = {
    "no_later_trial": "it was not tried on later loans",
    "adverse_impact": "an age band reaches the cut-off less than four fifths as often as the best",
    "impact_unknown": "its impact by age is not known",
}
