"""Red flags of collateral: what must be looked at before an asset may secure anything.

Pure: facts in, findings out. A finding carries the figures that led to it, so that the person who clears or upholds it sees
the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median

# A value this share above the median of its own comparables needs an explanation by a second appraiser.
COMPARABLE_EXCESS = Decimal("0.15")
# A value this share above what the owner stated is unusual: owners rarely state too little.
STATED_EXCESS = Decimal("0.25")
# Between two valuations of one asset: a jump of this share either way.
JUMP = Decimal("0.30")


@dataclass(frozen=True)
class AssetFacts:
    """What is known of an asset on a day. Values in the asset's currency. `owner_names`: each of several owners; without them `owner_name`
    is the only one. `title_unverified`: nobody but who registered it
    looked into the registry that would name its owners."""

    on: date
    title_number: str
    owner_name: str
    borrower_name: str
    in_use: bool
    insured_until: date | None
    needs_insurance: bool
    stated_value: Decimal
    owner_names: Sequence[str] = ()
    needs_title: bool = True
    title_unverified: bool = False


@dataclass(frozen=True)
class ValuationFacts:
    """What an appraiser submitted, beside the last accepted value of the same asset. `needs_comparables`: there
    are others of its class to compare with, and its method looks at them; `least_comparables`: how many of them a value rests on at least;
    `own_evidence`: sales, a curve or prices that the bank holds say something of the asset.
    """

    market_value: Decimal
    comparables: Sequence[Decimal]
    previous_value: Decimal | None = None
    needs_comparables: bool = True
    own_evidence: bool = True
    least_comparables: int = 2


@dataclass(frozen=True)
class Finding:
    """One red flag: a stable code, a sentence, and the figures behind it as strings."""

    code: str
    text: str
    evidence: dict[str, str] = field(default_factory=dict)


# What may be found of several things of one asset: which figures name those things, and what stands between two of them. Another one is
# added to what an open red flag says; of every other code the present state is told.
OF_SEVERAL = {
    "address_differs": {"file": ", ", "seen": ", "},
    "connected_debtor": {"debtor": "; "},
    "invoice_elsewhere": {"elsewhere": ", ", "invoice": "; "},
    "near_twin": {"assets": ", ", "registrar": "; ", "judged": "; ", "marks": " "},
    "paper_elsewhere": {"elsewhere": ", ", "paper": "; "},
    "photo_elsewhere": {"elsewhere": ", "},
    "policy_elsewhere": {"elsewhere": ", ", "policy": "; "},
    "reference_elsewhere": {"elsewhere": ", ", "reference": "; "},
    "pledged_elsewhere": {"elsewhere": ", ", "registrar": "; ", "marks": " "},
    "receivable_overdue": {"invoices": ", "},
}


# Two people recorded that the asset is no more.
DESTROYED = "destroyed"
# What an appraiser's value that is accepted later has taken into account: how the asset is and how much there is of it. What else is upheld
# about an asset stands until it is lifted: no value says that a thing is there, insured, free of others' claims, or whose it is.
ANSWERED = frozenset(
    {
        "idle", "damaged", "counter_turned_back", "land_use_conflict", "land_without_access", "receivable_overdue", "receivable_late",
        "facts_raised", "equipment_changed", "dispute_ended", "receivables_added", "holding_changed",
    }
)  # fmt: skip


# What was known before anybody found something: small steps do not make less of a large one.
FROM_FIRST = {"lien_undeclared": ("declared",)}


def told_anew(finding: Finding, text: str, known: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """What an open red flag that says `text` with the evidence `known` says once this was found too. One without figures of its own takes
    none away."""
    if not finding.evidence:
        return text, dict(known)
    between = OF_SEVERAL.get(finding.code)
    if between is None:
        return finding.text, finding.evidence | {name: known[name] for name in FROM_FIRST.get(finding.code, ()) if name in known}
    told = dict(known)
    for name, value in finding.evidence.items():
        mark = between.get(name, ", ")
        named = [part for part in told.get(name, "").split(mark) if part]
        told[name] = mark.join([*named, *(part for part in value.split(mark) if part not in named)])
    return (text if finding.text in text else f"{text} {finding.text}"), told


def find_in_asset(asset: AssetFacts) -> list[Finding]:
    """What is wrong with the asset itself."""
    findings = []
    if asset.needs_title and not asset.title_number:
        findings.append(Finding("title_missing", "No title or registration number is on file."))
    # Beside a missing one too: who clears that there is no number has not seen whom the registry names.
    if asset.title_unverified:
        text = "Nobody but who registered it has looked the title up in the registry."
        findings.append(Finding("title_unverified", text, {"title": asset.title_number or "none"}))
    if asset.borrower_name.casefold() not in [name.casefold() for name in asset.owner_names or (asset.owner_name,)]:
        findings.append(
            Finding(
                "owner_differs",
                "The owner is not the borrower. A third party's consent has to be on file.",
                {"owner": asset.owner_name},
            )
        )
    if not asset.in_use:
        findings.append(Finding("idle", "The asset is idle or unusable."))
    if asset.needs_insurance and (asset.insured_until is None or asset.insured_until < asset.on):
        findings.append(
            Finding(
                "insurance_lapsed",
                "The insurance has lapsed or none is on file.",
                {"insured_until": asset.insured_until.isoformat() if asset.insured_until else "none"},
            )
        )
    return findings


def find_in_valuation(asset: AssetFacts, valuation: ValuationFacts) -> list[Finding]:
    """What is wrong with a submitted value."""
    findings = []
    if not valuation.comparables and valuation.needs_comparables:
        findings.append(Finding("no_comparables", "The value stands without comparable evidence."))
    elif len(valuation.comparables) < valuation.least_comparables and valuation.needs_comparables:
        few, least = len(valuation.comparables), valuation.least_comparables
        alone = "" if valuation.own_evidence else " The bank has no evidence of its own of such a value."
        findings.append(
            Finding(
                "evidence_missing",
                f"The value rests on {few} comparable{'s' if few > 1 else ''}; at least {least} are asked for.{alone}",
                {"market_value": str(valuation.market_value), "comparables": str(few), "least": str(least)},
            )
        )
    if valuation.comparables:
        middle = median(valuation.comparables)
        excess = valuation.market_value / middle - 1
        if excess > COMPARABLE_EXCESS:
            findings.append(
                Finding(
                    "above_comparables",
                    f"The value lies {excess:.0%} above the median of its comparables; the limit is {COMPARABLE_EXCESS:.0%}.",
                    {"market_value": str(valuation.market_value), "median": str(middle)},
                )
            )
    stated = valuation.market_value / asset.stated_value - 1
    if stated > STATED_EXCESS:
        findings.append(
            Finding(
                "above_stated",
                f"The value lies {stated:.0%} above what the owner stated; the limit is {STATED_EXCESS:.0%}.",
                {"market_value": str(valuation.market_value), "stated_value": str(asset.stated_value)},
            )
        )
    if valuation.previous_value is not None:
        change = valuation.market_value / valuation.previous_value - 1
        if abs(change) > JUMP:
            findings.append(
                Finding(
                    "value_jump",
                    f"The value changed by {change:+.0%} since the last accepted valuation.",
                    {"market_value": str(valuation.market_value), "previous": str(valuation.previous_value)},
                )
            )
    return findings
