"""What the bank lends: products, their versions, the terms of each, and what they come to on an amount."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from core import four_eyes
from core.business_date import get_business_date
from core.web.access import STAFF, role_required
from core.web.http import HtmxRequest
from loans.domain.quote import QuoteRefused
from loans.domain.schedule.terms import Schedule, ScheduleError
from loans.models import Product, ProductVersion
from loans.models.products import VersionState
from loans.selectors.products import access_product, list_products, list_versions
from loans.services.product_versions import ACTIVATION, CONFIRMERS, EDITORS, sample_schedule
from loans.web.product_forms import SampleForm
from loans.web.product_words import PROPOSED, VERSION_STATES, conventions_of, differences, limits_of, rates_of
from loans.web.servicing_forms import ReasonForm, whole_units


@role_required(*STAFF)
def product_list(request: HtmxRequest) -> HttpResponse:
    """Every product with the version offered now. Two queries for the list, however long."""
    rows = []
    for product in list_products():
        versions = product.all_versions  # type: ignore[attr-defined]
        shown = next((version for version in versions if version.state == "ACTIVE"), versions[0] if versions else None)
        rows.append((product, shown, VERSION_STATES[shown.state] if shown else ("neutral", "No version"), len(versions)))
    return render(request, "loans/product_list.html", {"rows": rows, "may_edit": request.user.has_role(*EDITORS)})


@role_required(*STAFF)
def product_detail(request: HtmxRequest, code: str) -> HttpResponse:
    """One product: the terms of one version, by default the one offered now; `?version=3` shows another."""
    return show_product(request, access_product(code), request.GET.get("version", ""))


def show_product(request: HtmxRequest, product: Product, number: str, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page, again with what was refused in `extra`."""
    versions = list_versions(product)
    active = next((version for version, _ in versions if version.state == VersionState.ACTIVE), None)
    asked = next((version for version, _ in versions if str(version.number) == number), None)
    shown = asked or active or (versions[0][0] if versions else None)
    context: dict[str, Any] = {"product": product, "shown": shown, "state": ("neutral", "No version"), "reject_form": ReasonForm()}
    if shown is not None:
        context |= _version_context(request, shown, active)
    context["versions"] = [(version, VERSION_STATES[version.state], made) for version, made in versions]
    drafts = any(version.state == VersionState.DRAFT for version, _ in versions)
    context["may_draft"] = request.user.has_role(*EDITORS) and not drafts and bool(versions)
    return render(request, "loans/product_detail.html", {**context, **extra}, status=status)


def _version_context(request: HtmxRequest, shown: ProductVersion, active: ProductVersion | None) -> dict[str, Any]:
    user = request.user
    is_draft = shown.state == VersionState.DRAFT
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=shown) if is_draft else None
    own = proposal is not None and proposal.proposed_by_id == user.pk
    entitled = proposal is not None and not own and user.has_role(*CONFIRMERS)
    form, schedule, refused = _sample(request, shown)
    editors = list(shown.editors.order_by("full_name")) if is_draft else []
    wrote = user.pk in four_eyes.writers_of(shown)
    return {
        "state": PROPOSED if proposal else VERSION_STATES[shown.state],
        "limits": limits_of(shown),
        "conventions": conventions_of(shown),
        "rates": rates_of(shown),
        "base": active if is_draft else None,
        "changes": differences(active, shown) if is_draft and active else [],
        "proposal": proposal,
        "own": own,
        "may_edit": is_draft and proposal is None and user.has_role(*EDITORS),
        "may_confirm": entitled and not wrote,
        "barred": entitled and wrote,
        "editors": editors,
        "may_reject": own or entitled,
        "sample_form": form,
        "sample": schedule,
        "sample_refused": refused,
    }


def _sample(request: HtmxRequest, version: ProductVersion) -> tuple[SampleForm, Schedule | None, str]:
    """A schedule under the version, from today, over what the address asks for or the middle of what is lent."""
    middle = whole_units((version.min_amount + version.max_amount) / 2, version.currency)
    usual = {"amount": f"{middle:,f}", "months": (version.min_term_months + version.max_term_months) // 2}
    form = SampleForm(request.GET if "months" in request.GET else usual)
    if not form.is_valid():
        return form, None, ""
    try:
        amount, months = form.cleaned_data["amount"], form.cleaned_data["months"]
        return form, sample_schedule(version, amount=amount, term_months=months, start_date=get_business_date()), ""
    except (QuoteRefused, ScheduleError) as refusal:
        return form, None, getattr(refusal, "detail", "") or str(refusal)
