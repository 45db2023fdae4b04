"""Papers of a decision as tagged PDFs: the letter to the applicant, and the credit memo with everything the decision stood on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from core.business_date import get_bank, get_business_date
from core.errors import DomainError
from core.web import formats
from core.web.access import role_required
from core.web.http import HtmxRequest
from risk.domain.customer_words import told_of, written_amount, written_rate
from risk.domain.facts import CATALOGUE, FactGroup
from risk.domain.limits import key_name
from risk.domain.overrides import title_of
from risk.models import Decision
from risk.selectors.files import access_decision
from risk.selectors.fraud import READERS
from risk.selectors.letters import WRITERS
from risk.selectors.requests import request_of
from risk.services.decision_words import words_of
from risk.services.letters import set_paper, write_letter
from risk.services.other_terms import told_on_terms
from risk.services.rules_of_decision import OUTCOMES
from risk.web import memo_parts
from risk.web.bins import bin_words
from risk.web.panels import FILE_READERS
from risk.web.votes_words import earlier_words, vote_words
from risk.web.wording import DECIDED, headline, policy_groups, terms_words, value_words
from risk.web.wording import OUTCOMES as RECOMMENDED

CHECKS = {"OPEN": "Open", "DONE": "In order", "FAILED": "Not in order"}


@require_POST
@role_required(*WRITERS)
def decision_letter(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Write to the applicant: that it was written is kept, so it is sent and not asked for."""
    decision = access_decision(request.user, pk)
    try:
        pdf = write_letter(decision=decision, actor=request.user, business_date=get_business_date())
    except DomainError as refusal:
        messages.error(request, refusal.detail)
        return redirect("risk:decision_detail", pk)
    return pdf_of(pdf, f"letter-{decision.application.reference}")


@role_required(*FILE_READERS)
def decision_memo(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The credit memo of one decision, from its frozen evidence alone."""
    decision = access_decision(request.user, pk)
    memo = memo_of(decision, get_bank().name, signals=request.user.has_role(*READERS))
    return pdf_of(set_paper("memo.typ", memo), f"memo-{decision.application.reference}")


def memo_of(decision: Decision, bank: str, *, signals: bool = False) -> dict[str, Any]:
    """What stands in the memo. The same decision always gives the same, whatever was amended since; where an older one kept no names, the
    memo says that they are those of today. `bank` is what the bank is called today; with `signals` the memo tells
    how signs of fraud were judged, which not everybody who reads it is shown.
    """
    evidence, application, words = decision.evidence, decision.application, words_of(decision)
    evaluation, currency = evidence["evaluation"], evidence["application"]["currency"]
    groups = policy_groups(evaluation["rows"], currency, evaluation["facts"], evidence.get("parts", {}).get("statements"))
    score = evidence["score"]
    heads = memo_parts.heads_of(decision, words, bank)
    return {
        **heads,
        "reference": application.reference,
        "parties": memo_parts.parties_of(evidence, words),
        "versions": ", ".join(
            part for part in (evaluation["policy"], score["model"] if score else "", decision.authority.get("matrix", "")) if part
        ),
        "headline": headline(line for group in groups for line in group.lines),
        "summary": [*([("Borrower", heads["who"])] if heads["who"] else []), *_summary(decision)],
        "figures": memo_parts.figures_of(evidence, currency),
        "accounts": memo_parts.accounts_of(evidence),
        "policy": f"{evaluation['policy']}, evaluated on {formats.day(date.fromisoformat(evaluation['business_date']))}. Values as they were known then.",
        "groups": [
            {
                "title": group.title,
                "rows": [[line.whole_title, line.value, line.policy, line.headroom or "none", line.word] for line in group.lines],
            }
            for group in groups
        ],
        "score": _score(score, currency) if score else None,
        "collateral": _facts_of(evidence["facts"], FactGroup.COLLATERAL, currency) if "secured" in evaluation["marks"] else [],
        **_investigation(evidence["investigation"]),
        "found": memo_parts.summary_of(words),
        "differences": memo_parts.differences_of(evidence, words, currency),
        "signals": list(memo_parts.signals_of(evidence, words)) if signals else [],
        "decision": _decision(decision),
        "votes": [[name, how, why or "none given"] for name, how, why in map(vote_words, decision.votes)],
        "earlier": [
            [f"{formats.moment(one['at'])}: {one['title']}", one["ended"], "; ".join(map(_vote, one["votes"])) or "none"]
            for one in earlier_words(decision.earlier, currency)
        ],
        "rationale": decision.rationale,
        "signatures": _signatures(decision),
        "evidence": [
            ("Evidence hash", _broken(decision.evidence_hash)),
            ("Policy table", _broken(evaluation["policy_hash"])),
            *([("Scorecard", _broken(score["definition_hash"]))] if score else []),
            *([("Fraud rules", _broken(rules["hash"]))] if (rules := evidence.get("fraud_rules")) else []),
            *(
                [("Sealed words", f"{len(sealed)} parts, each with its keyed fingerprint in the evidence")]
                if (sealed := evidence.get("sealed"))
                else []
            ),
            ("Documents", f"{len(evidence['documents'])}, each with its SHA-256 in the evidence"),
        ],
    }


def _vote(words: tuple[str, str, str]) -> str:
    name, how, why = words
    return f"{how}: {name}{f', {why}' if why else ''}"


def _summary(decision: Decision) -> list[tuple[str, str]]:
    asked = request_of(decision)
    system = RECOMMENDED.get(decision.system_recommendation, ("", decision.system_recommendation))[1]
    return [
        ("Requested", f"{formats.money(asked.amount, asked.currency, places=0)} over {asked.term_months} months"),
        ("Product", asked.product),
        ("Purpose", asked.purpose),
        ("Submitted", formats.day(asked.submitted_date)),
        ("System recommended", system),
        *[("Assessed", kept["source"]) for kept in [decision.evidence["evaluation"]["facts"].get("stressed_instalment")] if kept],
        ("Decided", f"{_outcome(decision)}, {formats.day(decision.decided_date)}"),
        ("Exposure after the decision", formats.money(decision.exposure_after, asked.currency, places=0)),
    ]


def _score(score: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The waterfall as rows with the place of each bar as shares of the width."""
    rows = score["contributions"]
    base = score["points"] - sum(row["points"] for row in rows)
    totals = [base]
    for row in rows:
        totals.append(totals[-1] + row["points"])
    low, reach = min(totals), max(max(totals) - min(totals), 1)
    drawn = [
        {
            "title": row["title"],
            "value": bin_words(row["factor"], row["bin"], currency),
            "points": formats.signed(row["points"]),
            "from": (min(totals[number], totals[number + 1]) - low) / reach,
            "wide": max(abs(row["points"]) / reach, 0.004),
            "zero": (totals[number] - low) / reach,
            "up": row["points"] >= 0,
        }
        for number, row in enumerate(rows)
    ]
    words = f"Score {score['points']}, grade {score['grade']}, probability of default {formats.percent(score['pd'])}, by {score['model']}. "
    return {"sentence": f"{words}From a base of {base}, each factor adds or takes points.", "rows": drawn}


def _facts_of(facts: Mapping[str, Any], group: FactGroup, currency: str) -> list[tuple[str, str]]:
    return [
        (kind.title, f"{value_words(kind, facts[code]['value'], currency)}, {facts[code]['source']}")
        for code, kind in CATALOGUE.items()
        if kind.group == group and code in facts
    ]


def _investigation(kept: Mapping[str, Any] | None) -> dict[str, Any]:
    if kept is None:
        return {"investigation": "", "checks": []}
    signed = f"{kept['signed_by'] or 'nobody'}{', ' + formats.day(date.fromisoformat(kept['signed_at'][:10])) if kept['signed_at'] else ''}"
    return {
        "investigation": f"Investigated by {kept['investigator'] or 'nobody'}, signed off by {signed}.",
        "checks": [
            [check["code"].replace("_", " ").capitalize(), CHECKS[check["state"]], check["note"] or "nothing noted"]
            for check in kept["checks"]
        ],
    }


def _outcome(decision: Decision) -> str:
    """What was decided, as a past: "Approved with conditions"."""
    return DECIDED.get(decision.outcome, OUTCOMES.get(decision.outcome, decision.outcome))


def _decision(decision: Decision) -> list[tuple[str, str]]:
    currency = decision.evidence["application"]["currency"]
    found = [("Outcome", _outcome(decision))]
    if decision.amount is not None:
        found.append(("Amount", f"{written_amount(decision.amount)} {currency}"))
        found.append(("Term and rate", f"{decision.term_months} months, {written_rate(decision.annual_rate or Decimal(0))} per year"))
    if on_terms := terms_words(told_on_terms(decision.evidence), currency):
        found.append(("System on these terms", on_terms.sentence))
    found += [("Condition", condition["text"]) for condition in decision.conditions]
    told, untold = told_of(decision.outcome, decision.reasons)
    found += [("Reason told", reason["text"]) for reason in told]
    found += [("Reason not told", reason["text"]) for reason in untold]
    if decision.price_code:
        found.append(("Left the price of the grade", title_of(decision.price_code)))
    if decision.override_code:
        found.append(("Left the recommendation", title_of(decision.override_code)))
    if decision.authority:
        found.append(("Authority", f"{decision.authority['row']}, {decision.authority['matrix']}"))
        found += [
            (
                "Beyond appetite",
                f"{one['dimension'].capitalize()} {key_name(one['dimension'], one['key'])}: {formats.percent(one['after'])}, limit {formats.percent(one['most'])}",
            )
            for one in decision.authority["beyond_appetite"]
        ]
    return found


def _signatures(decision: Decision) -> list[tuple[str, str]]:
    at = formats.moment(decision.decided_at)
    second = "Last vote of the committee" if decision.votes else "Second person"
    first = "Put up" if decision.second_by else "Decided"
    return [
        (decision.decided_by_name, f"{first}, {at}" if not decision.second_by else first),
        *([(decision.second_by_name or decision.second_by.full_name, f"{second}, {at}")] if decision.second_by else []),
    ]


def _broken(digest: str) -> str:
    """A long hash in groups, so that it breaks over lines."""
    return " ".join(digest[start : start + 16] for start in range(0, len(digest), 16))


def pdf_of(content: bytes, name: str) -> HttpResponse:
    """A paper as a file to keep."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
