"""The page of one decision: what, by whom, on which evidence; and its replay."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from core.web.access import role_required
from core.web.http import HtmxRequest, render_page
from risk.domain.customer_words import told_of
from risk.domain.limits import key_name
from risk.domain.overrides import title_of
from risk.domain.states import DecisionOutcome
from risk.models import Decision
from risk.selectors.files import access_decision
from risk.selectors.fraud import READERS
from risk.selectors.letters import TOLD_BY_LETTER, WRITERS, letter_for
from risk.services.decision_words import words_of
from risk.services.other_terms import told_on_terms
from risk.services.replay import Replay, replay_decision
from risk.services.replay_words import HOW_JUDGED, JUDGED
from risk.web import memo_parts
from risk.web.panels import FILE_READERS
from risk.web.votes_words import earlier_words, vote_words
from risk.web.wording import DECIDED, policy_groups, terms_words
from risk.web.wording import OUTCOMES as RECOMMENDED


@role_required(*FILE_READERS)
def decision_detail(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """One decision: what, by whom, on which evidence."""
    return _detail(request, access_decision(request.user, pk))


@require_POST
@role_required(*FILE_READERS)
def decision_replay(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Work the decision out again from its stored evidence. Changes nothing."""
    decision = access_decision(request.user, pk)
    return _detail(request, decision, replay_decision(decision=decision, files=True))


def _detail(request: HtmxRequest, decision: Decision, replay: Replay | None = None) -> HttpResponse:
    evidence, words = decision.evidence, words_of(decision)
    shown = request.user.has_role(*READERS)
    evaluation, currency = evidence["evaluation"], decision.application.currency
    told, untold = told_of(decision.outcome, decision.reasons)
    return render_page(
        request,
        "risk/decision_detail.html",
        "risk/_replay.html",
        decision=decision,
        application=decision.application,
        outcome=DECIDED.get(decision.outcome, decision.outcome),
        told=told,
        untold=untold,
        override=title_of(decision.override_code),
        price_reason=title_of(decision.price_code),
        beyond_appetite=[(one, key_name(one["dimension"], one["key"])) for one in (decision.authority or {}).get("beyond_appetite", ())],
        recommended=RECOMMENDED.get(decision.system_recommendation),
        groups=policy_groups(evaluation["rows"], currency, evaluation["facts"], evidence.get("parts", {}).get("statements")),
        evaluation=evaluation,
        on_terms=terms_words(told_on_terms(evidence), currency),
        score=evidence["score"],
        investigation=evidence["investigation"],
        documents=evidence["documents"],
        parties=memo_parts.parties_of(evidence, words),
        found=memo_parts.summary_of(words),
        differences=memo_parts.differences_of(evidence, words, currency),
        signals=list(memo_parts.signals_of(evidence, words)) if shown else [],
        earlier=earlier_words(decision.earlier, currency),
        votes=[vote_words(vote) for vote in decision.votes],
        replay=replay if replay is None or shown else replay.without((JUDGED, HOW_JUDGED)),
        second_look=decision.outcome == DecisionOutcome.DECLINED,
        letter=letter_for(decision),
        may_write=decision.outcome in TOLD_BY_LETTER and request.user.has_role(*WRITERS),
    )
