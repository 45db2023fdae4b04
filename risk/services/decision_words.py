"""What a decision stands on that is said of people: who the parties were, why differences were accepted, what the investigation summed up
and how signs of fraud were judged.

What names or describes somebody is sealed with the decision; the evidence holds keys, codes and a keyed fingerprint of each sealed part,
so that no edit of a word leaves its hash as it was, and nothing of a person stands in the evidence in clear.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from blacklist.selectors.subjects import keyed_fingerprint
from core.business_date import get_bank
from loans.models import Application, ApplicationParty, FormerParty
from loans.models.borrowers import subject_key_of
from risk.domain.canonical import canonical_json
from risk.models import Decision, Explanation, FraudSignal, Investigation

NAMES, EXPLANATIONS, SUMMARY, SIGNALS = "names", "explanations", "summary", "signals"
Words = dict[str, Any]
"""The sealed parts: names by subject key, explanations and signals by their keys, the summary."""


def gather_words(application: Application, investigation: Investigation | None) -> tuple[dict[str, Any], Words]:
    """What the evidence keeps of it in clear, and the words to seal with the decision. Four queries."""
    parties = _parties(application)
    explanations = _explanations(application, investigation)
    signals = list(
        FraudSignal.objects.filter(application=application)
        .exclude(state=FraudSignal.State.OPEN)
        .select_related("decided_by")
        .order_by("id")
    )
    sides = {one["explanation"]: one for one in _accepted(investigation)}
    words: Words = {
        NAMES: {subject_key_of(party.borrower_id): party.borrower.name for party in parties},
        EXPLANATIONS: {
            str(row.pk): {"reason": row.reason}
            | {name: sides[str(row.pk)][name] for name in ("title", "seen_by", "stated", "seen") if str(row.pk) in sides}
            for row in explanations
        },
        SUMMARY: investigation.summary if investigation else "",
        SIGNALS: {str(row.pk): {"words": row.evidence["words"], "reason": row.reason} for row in signals},
    }
    return {
        "house": {"bank": get_bank().name, "branch": application.branch.name},
        "parties": [party_as_evidence(party) for party in parties],
        "explanations": [explanation_as_evidence(row) | {"author": row.author.full_name} for row in explanations],
        "signals": [
            signal_as_evidence(row) | {"judged_by": row.decided_by.full_name if row.decided_by else "", "judged_at": row.decided_at}
            for row in signals
        ],
        "sealed": fingerprints(words),
    }, words


def party_as_evidence(party: ApplicationParty | FormerParty) -> dict[str, Any]:
    """A party by its part and keys, without its name."""
    borrower = party.borrower
    return {"part": party.part, "subject": subject_key_of(borrower.pk), "kind": borrower.kind, "customer": borrower.reference}


def explanation_as_evidence(row: Explanation) -> dict[str, Any]:
    """An explanation by what it explains, without its words."""
    return {
        "id": str(row.pk),
        "check": row.check_code,
        "figures": row.figures,
        "code": row.code,
        "recorded_at": row.recorded_at.isoformat(),
    }


def signal_as_evidence(row: FraudSignal) -> dict[str, Any]:
    """A signal that was judged, without its words."""
    return {"id": str(row.pk), "rule": row.rule, "finding": row.finding, "state": row.state}


def fingerprints(words: Words) -> dict[str, str]:
    """The keyed fingerprint of each sealed part: without the key nobody finds a name by trying."""
    return {name: keyed_fingerprint(canonical_json(part), kind="decision_words").hex() for name, part in words.items()}


def seal(words: Words) -> str:
    """The words as they are kept in the encrypted field; nothing where there are none."""
    return canonical_json(words) if words else ""


def words_of(decision: Decision) -> Words:
    """The sealed words of a decision; empty of one whose evidence is of an older form."""
    kept: Words = json.loads(decision.words) if decision.words else {}
    return kept


def kept_differences(differing: Mapping[str, Any]) -> str:
    """The differences that a signer accepts, by the key of the explanation, as they are kept with the investigation."""
    return canonical_json(
        [
            {"explanation": key, "title": row.title, "seen_by": row.seen_by, "stated": row.stated, "seen": row.seen}
            for key, row in differing.items()
        ]
    )


def _parties(application: Application) -> list[ApplicationParty]:
    order = list(ApplicationParty.Part)
    rows = application.parties.select_related("borrower")
    return sorted(rows, key=lambda party: (order.index(ApplicationParty.Part(party.part)), str(party.borrower_id)))


def _accepted(investigation: Investigation | None) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = json.loads(investigation.accepted) if investigation is not None and _is_kept(investigation) else []
    return kept


def _is_kept(investigation: Investigation) -> bool:
    """Whether it is known what the signer accepted: a file that is open again was signed off for another one."""
    return investigation.state == Investigation.State.SIGNED_OFF and bool(investigation.accepted)


def _explanations(application: Application, investigation: Investigation | None) -> list[Explanation]:
    """Those that the signer accepted; of a file signed off by an older house, which did not keep them, the newest of each check."""
    rows = Explanation.objects.filter(application=application).select_related("author").order_by("id")
    if investigation is None or not _is_kept(investigation):
        return sorted({row.check_code: row for row in rows}.values(), key=lambda row: row.pk)
    keys = {one["explanation"] for one in _accepted(investigation)}
    return [row for row in rows if str(row.pk) in keys]
