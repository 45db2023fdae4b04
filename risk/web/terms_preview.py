"""What terms would mean while somebody still types them: the fragment beside the fields of a decision, and its page without a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import role_required
from core.web.http import HtmxRequest, is_htmx, render_partial
from loans.models import Application
from risk.domain.affordability import Repayment
from risk.domain.facts import CATALOGUE
from risk.models import PolicyEvaluation
from risk.selectors.files import access_application, latest_evaluation
from risk.selectors.rail import may_decide_now
from risk.selectors.terms import DECIDERS, repayment_of
from risk.selectors.told_reasons import true_reasons
from risk.services.terms_preview import TermsPreview, preview_terms
from risk.web.decisions import show_decision
from risk.web.forms import DecisionForm, TermsForm
from risk.web.wording import OUTCOMES, RESULTS, PolicyLine, terms_read_back, terms_words, value_words

MEASURES = (
    "new_instalment",
    "dsti",
    "statement_dsti",
    "stressed_dsti",
    "disposable_income",
    "stressed_disposable_income",
    "dscr",
    "stressed_dscr",
)


@dataclass(frozen=True)
class PreviewWords:
    """A preview as drawn: the terms read back, each measure as assessed and on these terms, the rows that turn with what they said before,
    the mark of the system.
    """

    preview: TermsPreview
    read_back: str
    measures: tuple[tuple[str, str, str], ...]
    turned: tuple[tuple[PolicyLine, str], ...]
    mark: tuple[str, str]


@require_POST
@role_required(*DECIDERS)
def decision_terms(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """What these terms would mean. Nothing is decided; who may not decide the file is told so by its panel."""
    application = access_application(request.user, pk)
    evaluation = latest_evaluation(application)
    if evaluation is None or not may_decide_now(request.user, application):
        if is_htmx(request):
            return render_partial(request, "risk/_terms_preview.html", over=True)
        return show_decision(request, application)
    found = _preview(request, application, evaluation)
    if is_htmx(request):
        return render_partial(request, "risk/_terms_preview.html", application=application, swapped=True, **found)
    return show_decision(request, application, form=_as_typed(request.POST, evaluation, application), **found)


def _preview(request: HtmxRequest, application: Application, evaluation: PolicyEvaluation) -> dict[str, Any]:
    """The preview in words, or what is wrong with the terms."""
    form = TermsForm(request.POST, currency=application.currency)
    if not form.is_valid():
        return {"wrong": [fault for faults in form.errors.values() for fault in faults]}
    try:
        preview = preview_terms(
            application=application, evaluation=evaluation, actor=request.user, business_date=get_business_date(), **form.cleaned_data
        )
    except DomainError as refusal:
        return {"wrong": [fault.detail for fault in refusal.faults] or [refusal.detail]}
    said = preview_words(preview, evaluation, application.currency, repayment_of(application))
    return {"said": said, "authority": preview.authority}


def preview_words(preview: TermsPreview, evaluation: PolicyEvaluation, currency: str, repaid: Repayment) -> PreviewWords:
    """The preview as people read it."""
    held = preview.held
    facts = held.facts

    def value(kept: dict[str, Any], code: str) -> str:
        return value_words(CATALOGUE[code], kept[code]["value"] if code in kept else None, currency)

    turned = terms_words({"outcome": preview.system, "rows": [row for row, _ in preview.turned]}, currency)
    lines = turned.lines if turned else ()
    return PreviewWords(
        preview=preview,
        read_back=terms_read_back(held.amount, held.term_months, held.annual_rate, currency, repaid),
        measures=tuple((CATALOGUE[code].title, value(evaluation.facts, code), value(facts, code)) for code in MEASURES if code in facts),
        turned=tuple((line, RESULTS[was][1].lower() if was else "") for line, (_, was) in zip(lines, preview.turned, strict=True)),
        mark=OUTCOMES[preview.system],
    )


def _as_typed(sent: QueryDict, evaluation: PolicyEvaluation, application: Application) -> DecisionForm:
    """The form as it was typed so far; nothing in it is wrong yet."""
    several = ("conditions", "reasons")
    typed = {name: sent.getlist(name) if name in several else sent.get(name) for name in DecisionForm.base_fields}
    currency = application.currency
    return DecisionForm(reasons=true_reasons(evaluation, currency).offered(), currency=currency, initial=typed, auto_id="decision-%s")
