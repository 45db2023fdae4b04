"""What a replay asks besides score and policy: whether papers and statements are what they were, and whose authority the decision took."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from core.four_eyes import fingerprint
from loans.models import Document, StatementImport
from loans.services.documents import open_document
from risk.domain import authority, limits
from risk.domain.authority_ground import AuthorityGround, breaches_as_kept
from risk.domain.committee import Ballot, Result, result_of
from risk.domain.states import APPROVALS
from risk.models import Decision, LimitSettings
from risk.selectors.limits import kept_document

MISSING, UNREADABLE = "missing", "unreadable"
PIECE = 1 << 20


def papers_compared(evidence: Mapping[str, Any], *, files: bool) -> Iterator[tuple[str, Any, Any]]:
    """The hashes in the evidence against those of the rows: one query for the documents, one where statements were read.

    With `files` each document that is on file is read from the store, a piece at a time: one that is gone or changed is a part of its own.
    """
    documents = {row["id"]: row["sha256"] for row in evidence["documents"]}
    if documents:
        rows = {str(row.pk): row for row in Document.objects.filter(pk__in=documents)}
        yield "hashes of the documents", documents, {key: rows[key].sha256 if key in rows else MISSING for key in documents}
        if files:
            yield from _contents(documents, rows)
    if statements := {row["id"]: row["sha256"] for row in evidence.get("statements", [])}:
        found = {str(key): sha256 for key, sha256 in StatementImport.objects.filter(pk__in=statements).values_list("pk", "sha256")}
        yield "hashes of the statements", statements, {key: found.get(key, MISSING) for key in statements}


def _contents(documents: Mapping[str, str], rows: Mapping[str, Document]) -> Iterator[tuple[str, Any, Any]]:
    """One part for all files that are what they were, and one for each that is not."""
    read = {key: _hash_of(row) for key, row in rows.items()}
    same = {key: found for key, found in read.items() if found == documents[key]}
    if same:
        yield f"content of {len(same)} document{'s' if len(same) > 1 else ''}", same, same
    for key, found in read.items():
        if key not in same:
            yield f"content of {rows[key].name}", documents[key], found


def _hash_of(document: Document) -> str:
    digest = hashlib.sha256()
    try:
        with open_document(document) as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except FileNotFoundError:
        return MISSING
    except OSError:
        return UNREADABLE
    return digest.hexdigest()


def authority_compared(decision: Decision) -> Iterator[tuple[str, Any, Any]]:
    """Whose authority it took, read again from the ground kept with an approval and the settings of its day, and the votes by the rules of
    then.

    Nothing for a decision that grants nothing, and for one of an older house that kept no ground.
    """
    kept = decision.authority
    if decision.outcome not in APPROVALS or "ground" not in kept:
        return
    documents = {}
    for kind in (LimitSettings.Kind.AUTHORITY, LimitSettings.Kind.APPETITE):
        part, found = _settings_of_its_day(kind, kept["settings"][kind.lower()])
        yield part
        if found is None:
            return
        documents[kind] = found
    held = authority.from_document(documents[LimitSettings.Kind.AUTHORITY])
    ground = AuthorityGround.from_dict(kept["ground"])
    yield "ground of the authority", _said(decision), _told(ground.exposure, ground.amount, ground.grade)
    needed = ground.needs(held, limits.from_document(documents[LimitSettings.Kind.APPETITE]))
    yield (
        "authority",
        {"level": decision.authority_level, "row": kept["row"], "beyond_appetite": kept["beyond_appetite"]},
        {"level": needed.level, "row": needed.title, "beyond_appetite": breaches_as_kept(needed.breaches)},
    )
    if decision.votes:
        ballots = [Ballot(vote["in_favour"], vote["by_manager"]) for vote in decision.votes if "carried" not in vote]
        yield "votes of the committee", Result.PASSED, result_of(ballots, held.committee, objections=len(decision.votes) - len(ballots))


def fraud_rules_compared(evidence: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The rules by which it was looked for signs of fraud, against their version;
    nothing for a decision of an older house that kept none.
    """
    if version := evidence.get("fraud_rules"):
        yield _settings_of_its_day(LimitSettings.Kind.FRAUD, version)[0]


def _settings_of_its_day(kind: LimitSettings.Kind, version: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], dict[str, Any] | None]:
    """The part that compares settings a decision names with their version as it stands now, and these settings;
    None where they are gone.
    """
    found = kept_document(kind, version)
    return (f"{kind.label.lower()} of its day", version["hash"], MISSING if found is None else fingerprint(found)), found


def _said(decision: Decision) -> dict[str, str]:
    """What the decision itself says of its ground. The worse grade counts where the terms decided have another."""
    scores = [decision.evidence["score"], (decision.evidence.get("terms") or {}).get("score")]
    return _told(decision.exposure_after, decision.amount or Decimal(0), max(score["grade"] if score else "" for score in scores))


def _told(exposure: Decimal, amount: Decimal, grade: str) -> dict[str, str]:
    return {"exposure": authority.as_text(exposure), "amount": authority.as_text(amount), "grade": grade}
