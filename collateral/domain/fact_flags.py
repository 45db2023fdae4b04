"""Red flags that the facts of a class raise by themselves. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from collateral.domain.red_flags import Finding
from collateral.domain.vehicle_numbers import check_digit, fails_check

# What may be done on land of each zone; land without a plan may be used as it is.
PERMITTED: dict[str, frozenset[str]] = {
    "RESIDENTIAL": frozenset({"VACANT", "HOUSING"}),
    "COMMERCIAL": frozenset({"VACANT", "BUSINESS"}),
    "INDUSTRIAL": frozenset({"VACANT", "INDUSTRY", "BUSINESS"}),
    "MIXED": frozenset({"VACANT", "HOUSING", "BUSINESS"}),
    "AGRICULTURAL": frozenset({"VACANT", "FARMING"}),
    "FOREST": frozenset({"VACANT", "FORESTRY"}),
    "PROTECTED": frozenset({"VACANT"}),
    "UNPLANNED": frozenset({"VACANT", "FARMING", "FORESTRY"}),
}
Facts = Mapping[str, Any]
# So many invoices, debtors or assets a red flag names at most.
NAMED = 20
# Nothing counts of what is overdue for so long, at assignment or later.
OVERDUE = "receivable_overdue"
# Less than all counts of what is overdue for less long.
LATE = "receivable_late"


def find_in_facts(kind: str, facts: Facts, before: Facts | None = None) -> list[Finding]:
    """What is wrong with the facts of a class, also beside those that held before them."""
    findings: list[Finding] = []
    if kind in ("MACHINERY", "VEHICLE"):
        findings += _worked(kind, facts, before or {})
    if kind == "VEHICLE" and fails_check(str(facts["vin"])):
        text = "The vehicle number fails its own check: it is mistyped or made up."
        findings.append(Finding("vehicle_number_fails", text, {"vin": str(facts["vin"]), "check_digit": check_digit(str(facts["vin"]))}))
    if kind == "LAND":
        if facts["use"] not in PERMITTED[facts["zoning"]]:
            evidence = {"zoning": str(facts["zoning"]), "use": str(facts["use"])}
            findings.append(Finding("land_use_conflict", "The plan does not allow what is done on this land.", evidence))
        if facts["access"] == "NONE":
            findings.append(Finding("land_without_access", "The land has no access: nobody could build on it or buy it alone."))
    return findings


def _worked(kind: str, facts: Facts, before: Facts) -> list[Finding]:
    findings = []
    if facts["condition"] != "IN_USE":
        findings.append(Finding("idle", "The asset is idle or unusable.", {"condition": str(facts["condition"]).lower()}))
    counter = "mileage" if kind == "VEHICLE" else "hours"
    now, then = facts.get(counter), before.get(counter)
    if now is not None and then is not None and int(now) < int(then):
        text = f"The counter shows less than before: {int(now):,} after {int(then):,}."
        findings.append(Finding("counter_turned_back", text, {"now": str(now), "before": str(then)}))
    return findings


def find_late(named: Sequence[str], number: int, nominal: Decimal) -> Finding:
    """That receivables count in part for being overdue: the longest overdue of them `named` with their days, how many there are and over
    which nominal amount.
    """
    evidence = {"invoices": ", ".join(named), "number": str(number), "nominal": f"{nominal:.2f}"}
    return Finding(LATE, "What was assigned is overdue and counts in part.", evidence)


def find_in_receivable(*, connected: bool, debtor: str, elsewhere: list[str], invoice: str, overdue: Sequence[str] = ()) -> list[Finding]:
    """What is wrong with one receivable, or with those of a file that `invoice` names. `overdue`: the invoices that are overdue for so long
    that nothing of them counts."""
    findings = []
    if overdue:
        text = "What was assigned is overdue for so long that nothing of it counts."
        findings.append(Finding(OVERDUE, text, {"invoices": ", ".join(overdue)}))
    if connected:
        text = "A receivable's debtor belongs to the borrower's own group: it is money from one pocket into the other."
        findings.append(Finding("connected_debtor", text, {"debtor": debtor}))
    if elsewhere:
        evidence = {"elsewhere": ", ".join(elsewhere), "invoice": invoice}
        findings.append(Finding("invoice_elsewhere", "The same invoice is assigned with another asset.", evidence))
    return findings
