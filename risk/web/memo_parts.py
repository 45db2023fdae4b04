"""Parts of a credit memo: the parties, the figures with their sources, what differed and why, and how signs of fraud were judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from core.web import formats
from loans.models import ApplicationParty
from risk.domain.accounts import LINES, RATIOS, ratios
from risk.domain.cross_checks import REASONS, TITLES, UNRESOLVED, Verdict
from risk.domain.facts import CATALOGUE, FactGroup
from risk.domain.financial_year import years_kept
from risk.domain.fraud import TITLES as SIGNAL_TITLES
from risk.domain.fraud import Rule
from risk.models import Decision, Fact, FraudSignal
from risk.services.cross_checks import CrossCheck
from risk.services.decision_words import EXPLANATIONS, NAMES, SIGNALS, SUMMARY, Words
from risk.web.accounts import ratio_words
from risk.web.differences import both_sides
from risk.web.wording import MARKS, value_words

Part = ApplicationParty.Part
LIABILITY = {
    Part.APPLICANT: "Borrows",
    Part.CO_BORROWER: "Borrows jointly and owes the whole",
    Part.GUARANTOR: "Guarantees",
    Part.PLEDGOR: "Answers with what is pledged",
}
FIGURES = (FactGroup.AFFORDABILITY, FactGroup.BUSINESS, FactGroup.STATEMENTS, FactGroup.HISTORY)
TODAYS_NAME = "name as on record today"


def heads_of(decision: Decision, words: Words, bank: str) -> dict[str, Any]:
    """Bank, branch and borrower as they were called; those of today where the evidence is of an older form, which the memo says then."""
    evidence, application = decision.evidence, decision.application
    if not words:
        name = application.borrower.name if application.borrower else ""
        return {"bank": bank, "branch": application.branch.name, "borrower": name, "who": f"{name}, {TODAYS_NAME}" if name else ""}
    subject = next((one for one in evidence["parties"] if one["part"] == Part.APPLICANT), None)
    name = words[NAMES].get(subject["subject"], "") if subject else ""
    house: dict[str, str] = evidence["house"]
    return house | {"borrower": name, "who": f"{name}, customer {subject['customer']}" if subject else ""}


def parties_of(evidence: Mapping[str, Any], words: Words) -> list[list[str]]:
    """Each party with its part, and what it is liable for; nothing of an older form, which did not keep them."""
    return [
        [Part(one["part"]).label, words[NAMES].get(one["subject"], "not kept"), one["customer"], LIABILITY.get(one["part"], "Not liable")]
        for one in (evidence.get("parties", []) if words else [])
    ]


def figures_of(evidence: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    """What the decision stood on, under its headings, each figure with its source, its day and by whose word it stands."""
    facts = evidence["evaluation"]["facts"]
    groups = []
    for group in FIGURES:
        rows = [
            [
                kind.title,
                value_words(kind, kept["value"], currency),
                kept["source"],
                formats.day(date.fromisoformat(kept["as_of_date"])),
                MARKS[Fact.Authenticity(kept["authenticity"])][1],
            ]
            for code, kind in CATALOGUE.items()
            if kind.group == group and (kept := facts.get(code))
        ]
        if rows:
            groups.append({"title": group.value, "rows": rows})
    return groups


def accounts_of(evidence: Mapping[str, Any]) -> dict[str, Any] | None:
    """The annual accounts behind the figures, the year before beside them, and the ratios that follow; None where there were none."""
    kept = (evidence.get("parts") or {}).get("accounts")
    if not kept:
        return None
    newest, last = years_kept(kept)
    years = [year.figures for year in (newest, last) if year]
    lines = [(code, line) for code, line in LINES.items() if any(code in year for year in years)]
    worked = ratios(newest.yearly(), last.yearly() if last else None)
    length = "Year" if newest.period.months == 12 else f"{newest.period.months} months"
    return {
        "head": [f"{length} to {formats.day(newest.period.end)}", *(["Year before"] if len(years) > 1 else [])],
        "groups": [
            {"title": title, "rows": [[line.title, *(_amount(year.get(code)) for year in years)] for code, line in group]}
            for title, group in groupby(lines, key=lambda one: one[1].statement)
        ],
        "ratios": [[RATIOS[code].title, ratio_words(RATIOS[code], value)] for code, value in worked.items() if value is not None],
    }


def summary_of(words: Words) -> str:
    """What the investigator summed up."""
    return str(words.get(SUMMARY, ""))


def differences_of(evidence: Mapping[str, Any], words: Words, currency: str) -> list[list[str]]:
    """What differed, both sides, and why by whose word; what is hidden everywhere stays hidden here."""
    return [
        _difference(one, words[EXPLANATIONS].get(one["id"], {}), currency) for one in (evidence.get("explanations", []) if words else [])
    ]


def _difference(kept: Mapping[str, Any], words: Mapping[str, Any], currency: str) -> list[str]:
    stated = seen = "not kept"
    title = words.get("title", TITLES.get(kept["check"], kept["check"].replace("_", " ").capitalize()))
    if "seen" in words:
        check = CrossCheck(kept["check"], title, words["seen_by"], words["stated"], words["seen"], None, Verdict.DIFFERS, None)
        stated, seen = both_sides(check, currency)
        seen = f"{seen} ({words['seen_by']})"
    why = REASONS.get(kept["code"], "")
    told = f"{why}: {words.get('reason', '')}" if why else words.get("reason", "")
    counts = " Counts among the checks not in order." if kept["code"] == UNRESOLVED else ""
    return [
        title,
        stated,
        seen,
        f"{told.rstrip('.')}.{counts} {kept['author']}, {formats.day(date.fromisoformat(kept['recorded_at'][:10]))}",
    ]


def signals_of(evidence: Mapping[str, Any], words: Words) -> Iterator[list[str]]:
    """Signs of fraud that were judged, what was found and how."""
    for one in evidence.get("signals", []) if words else []:
        said = words[SIGNALS].get(one["id"], {"words": "not kept", "reason": "not kept"})
        state = FraudSignal.State(one["state"]).label
        by = f"{one['judged_by']}, {formats.day(date.fromisoformat(one['judged_at'][:10]))}"
        yield [SIGNAL_TITLES[Rule(one["rule"])], said["words"], f"{state}: {said['reason'].rstrip('.')}. {by}"]


def _amount(amount: Decimal | None) -> str:
    return "not given" if amount is None else formats.number(amount)
