"""What a replay asks of the words of a decision: each sealed part against its fingerprint, and parties, explanations and judged signals
against the rows that they were taken from.

A file may be handed in again with other parties: who was one is found among those who are none any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.audit import plain
from loans.models import ApplicationParty, FormerParty
from risk.models import Decision, Explanation, FraudSignal
from risk.services.cross_checks import figures_of_sides
from risk.services.decision_words import (
    EXPLANATIONS,
    SIGNALS,
    explanation_as_evidence,
    fingerprints,
    party_as_evidence,
    signal_as_evidence,
    words_of,
)

MISSING = "missing"
JUDGED, HOW_JUDGED = "fraud signals", "how fraud signals were judged"
Part = tuple[str, Any, Any]


def words_compared(decision: Decision) -> Iterator[Part]:
    """Four queries at most; nothing is compared of what the decision has none of."""
    evidence, words = decision.evidence, words_of(decision)
    now = fingerprints(words)
    yield "sealed words", evidence["sealed"], {name: now.get(name, MISSING) for name in evidence["sealed"]}
    yield "parties", evidence["parties"], _parties(decision)
    if evidence["explanations"]:
        yield from _explanations(evidence["explanations"], words.get(EXPLANATIONS, {}))
    # Of every decision, so that who is not shown signals does not learn here that there were any.
    yield from _signals(evidence["signals"], words.get(SIGNALS, {}))


def _parties(decision: Decision) -> list[Any]:
    """Each frozen party as it is on file, now or among the former ones."""
    rows: list[ApplicationParty | FormerParty] = [
        *ApplicationParty.objects.filter(application=decision.application_id).select_related("borrower"),
        *FormerParty.objects.filter(application=decision.application_id).select_related("borrower"),
    ]
    known = {(row.part, row.borrower.subject_key): party_as_evidence(row) for row in rows}
    return [known.get((one["part"], one["subject"]), MISSING) for one in decision.evidence["parties"]]


def _explanations(frozen: list[dict[str, Any]], words: Mapping[str, Mapping[str, Any]]) -> Iterator[Part]:
    rows = {str(row.pk): row for row in Explanation.objects.filter(pk__in=[one["id"] for one in frozen])}
    stored = [_without(one, "author") for one in frozen]
    yield "explanations", stored, [plain(explanation_as_evidence(rows[one["id"]])) if one["id"] in rows else MISSING for one in stored]
    said = {key: one["reason"] for key, one in words.items()}
    yield "reasons of the explanations", said, {key: rows[key].reason if key in rows else MISSING for key in said}
    told = {one["id"]: one["figures"] for one in frozen if "seen" in words.get(one["id"], {})}
    if told:
        again = {key: figures_of_sides(words[key]["stated"], words[key]["seen"]) for key in told}
        yield "both sides of the differences", told, again


def _signals(frozen: list[dict[str, Any]], words: Mapping[str, Mapping[str, Any]]) -> Iterator[Part]:
    rows = {str(row.pk): row for row in FraudSignal.objects.filter(pk__in=[one["id"] for one in frozen])}
    stored = [_without(one, "judged_by", "judged_at") for one in frozen]
    yield JUDGED, stored, [plain(signal_as_evidence(rows[one["id"]])) if one["id"] in rows else MISSING for one in stored]
    said = {key: [one["words"], one["reason"]] for key, one in words.items()}
    yield (
        HOW_JUDGED,
        said,
        {key: [rows[key].evidence["words"], rows[key].reason] if key in rows else MISSING for key in said},
    )


def _without(kept: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Without the names of staff, which stand there as they were then."""
    return {name: value for name, value in kept.items() if name not in names}
