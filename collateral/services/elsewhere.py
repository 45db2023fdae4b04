"""Red flags of what proves one thing only and is put on file of a second one: it may be right, and somebody else has to look."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from collateral.domain.red_flags import Finding
from collateral.models import Asset, InsurancePolicy, Lien, Pledge, ValuationFile
from collateral.selectors.elsewhere import OF_VALUES, paper_elsewhere, policy_elsewhere, reference_elsewhere
from collateral.services.flags import raise_findings


def find_paper(asset: Asset, files: Iterable[tuple[str, str]]) -> list[Finding]:
    """That one of these files, each with its name and hash, is a paper of another asset too."""
    given = list(files)
    if not given or not (others := paper_elsewhere(asset, [sha256 for _, sha256 in given])):
        return []
    names = "; ".join(dict.fromkeys(name for name, _ in given))
    text = f"The very same paper proves something of another asset: {', '.join(others)}."
    return [Finding("paper_elsewhere", text, {"elsewhere": ", ".join(others), "paper": names})]


def find_papers_of_value(asset: Asset, files: Iterable[ValuationFile]) -> list[Finding]:
    """The same of the report and the papers of works that came with a value."""
    return find_paper(asset, [(one.name, one.sha256) for one in files if one.kind in OF_VALUES])


def flag_policy(policy: InsurancePolicy, *, business_date: date) -> None:
    """Raise `policy_elsewhere` where a policy insures another asset too: its sum is for all of them together."""
    if others := policy_elsewhere(policy):
        text = f"The same policy insures another asset: {', '.join(others)}. Its sum is for all of them together."
        found = Finding("policy_elsewhere", text, {"elsewhere": ", ".join(others), "policy": policy.policy_number})
        raise_findings(asset=policy.asset, findings=[found], business_date=business_date)


def flag_reference(claim: Pledge | Lien, *, business_date: date) -> None:
    """Raise `reference_elsewhere` where an entry of a registry stands for another pledge or claim too."""
    if others := reference_elsewhere(claim, getattr(claim, "registry", "")):
        text = f"The same entry of the registry stands for another claim: on {', '.join(others)}."
        found = Finding("reference_elsewhere", text, {"elsewhere": ", ".join(others), "reference": claim.registry_reference})
        raise_findings(asset=claim.asset, findings=[found], business_date=business_date)
