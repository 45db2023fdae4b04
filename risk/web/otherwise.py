"""A file asked otherwise: what would change its recommendation, and what a past day would have said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from core.business_date import get_business_date
from core.web import formats
from core.web.access import role_required
from core.web.fields import DayField
from core.web.http import HtmxRequest
from risk.domain.facts import CATALOGUE
from risk.domain.statement_unknown import why_unknown
from risk.domain.states import Recommended
from risk.domain.what_if import Need, needs_of, points_to_next, room_of
from risk.selectors.facts import KnownFact
from risk.selectors.files import access_application, latest_evaluation, list_decisions
from risk.services.recall import recall_application
from risk.services.what_if import better_requests
from risk.web.bins import CardWords
from risk.web.panels import FILE_READERS
from risk.web.wording import MARKS, OUTCOMES, RESULTS, apart, limit_words, policy_groups, value_words

# What has to be done about a row whose value is good enough, or not there.
ASKED = {
    "UNVERIFIED": "Show it by a document or a third party",
    "STALE": "Record it anew, it is past its shelf life",
    "MISSING": "Record it",
}
MOST_FACTORS = 6


@dataclass(frozen=True)
class NeedLine:
    """A row that does not pass, in words: what is there, what it takes, and the recommendation if it alone were to pass."""

    title: str
    code: str
    value: str
    mark: tuple[str, str]
    css: str
    takes: str
    alone: tuple[str, str]


@role_required(*FILE_READERS)
def file_changes(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """What would change the recommendation, by the facts the file was last assessed on."""
    application = access_application(request.user, pk)
    evaluation = latest_evaluation(application)
    if evaluation is None:
        return render(request, "risk/file_changes.html", {"application": application, "evaluation": None})
    score = evaluation.score
    definition = score.model_version.definition if score else {}
    words = CardWords(definition, application.currency)
    passes = score.points >= int(definition["grades"]["cut_off"]) if score else None
    offers = better_requests(application=application, evaluation=evaluation)
    read = evaluation.parts.get("statements")
    requests = [
        (title, one, OUTCOMES[one.outcome]) for title, one in (("Smaller loan", offers.smaller), ("Longer term", offers.longer)) if one
    ]
    context = {
        "application": application,
        "evaluation": evaluation,
        "outcome": OUTCOMES[evaluation.outcome],
        "needs": [need_line(need, application.currency, read) for need in needs_of(evaluation.rows, score_passes=passes)],
        "requests": requests,
        "score": score,
        "passes": passes,
        "next_grade": points_to_next(definition, score.points) if score else None,
        "factors": [
            replace(one, bin=words.of(one.factor, one.bin), best=words.of(one.factor, one.best))
            for one in (room_of(definition, score.contributions, score.points)[:MOST_FACTORS] if score else [])
        ],
        "best": evaluation.outcome == Recommended.APPROVE,
    }
    return render(request, "risk/file_changes.html", context)


def need_line(need: Need, currency: str, statements: Mapping[str, Any] | None = None) -> NeedLine:
    """A need in words; `statements` are the lines that were read, which say why a figure of them is missing."""
    row = need.row
    kind = CATALOGUE.get(row["fact"])
    status, word, css = RESULTS[row["result"]]
    why = why_unknown(row["fact"], statements) if row["result"] == "MISSING" else ""
    steps = [why.rstrip(".") or ASKED[row["result"]]] if row["result"] in ASKED else []
    if need.limit is not None:
        aim = dict(row) | {"soft": need.limit, "hard": None}
        steps.append(f"Bring it to {limit_words(aim, currency)}")
    return NeedLine(
        title=row["title"],
        code=row["code"],
        value=value_words(kind, row["value"], currency, apart(kind, row)),
        mark=(status, word),
        css=css,
        takes="; ".join([steps[0], *(step[0].lower() + step[1:] for step in steps[1:])]),
        alone=OUTCOMES[need.alone],
    )


class DayForm(forms.Form):
    """The day to go back to."""

    day = DayField(label="As known by the end of")


@dataclass(frozen=True)
class FactThen:
    """A fact on the day and now."""

    title: str
    then: str
    then_mark: tuple[str, str] | None
    now: str
    now_mark: tuple[str, str] | None
    recorded: Any


@role_required(*FILE_READERS)
def file_then(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The file on a day of the past: what was known, and what the policy of that day says of it."""
    application = access_application(request.user, pk)
    today = get_business_date()
    form = DayForm(request.GET if "day" in request.GET else None, initial={"day": today})
    status = 200
    day = today
    if form.is_bound:
        if form.is_valid() and form.cleaned_data["day"] <= today:
            day = form.cleaned_data["day"]
        else:
            status = 422
            if form.is_valid():
                form.add_error("day", "Nobody knows yet what will be known on a day to come.")
    found = recall_application(application=application, day=day, business_date=today)
    rows = [row.to_dict() for row in found.evaluation.rows] if found.evaluation else []
    context = {
        "application": application,
        "form": form,
        "found": found,
        "outcome": OUTCOMES[found.outcome] if found.outcome else None,
        "groups": policy_groups(rows, application.currency, found.facts),
        "changed": list(fact_lines(found.facts, found.now, found.changed, application.currency)),
        "decisions": [(one, formats.day(one.decided_date)) for one in list_decisions(application)],
    }
    return render(request, "risk/file_then.html", context, status=status)


def fact_lines(then: dict[str, KnownFact], now: dict[str, KnownFact], codes: list[str], currency: str) -> Iterator[FactThen]:
    """The facts that are known otherwise now, in the order of the catalogue."""
    for code in CATALOGUE:
        if code in codes:
            before, after = then.get(code), now.get(code)
            yield FactThen(
                CATALOGUE[code].title,
                _words(before, currency),
                _mark(before),
                _words(after, currency),
                _mark(after),
                after.row.recorded_date if after else None,
            )


def _words(fact: KnownFact | None, currency: str) -> str:
    return value_words(fact.kind, fact.row.value, currency) if fact else "not known"


def _mark(fact: KnownFact | None) -> tuple[str, str] | None:
    return MARKS[fact.row.Authenticity(fact.row.authenticity)] if fact else None
