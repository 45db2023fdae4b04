"""Pages of sales evidence: files and price models, and one model with its measures."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import HedonicVersion
from collateral.selectors.sales import access_hedonic_version, files_since, list_hedonic_versions, list_markets, list_value_files
from collateral.services import hedonic
from collateral.services.file_intake import IMPORTERS
from collateral.services.sales import import_sales
from collateral.web.sales_forms import SalesForm
from core import four_eyes
from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import STAFF, role_required, step_up_required
from core.web.components import Kpi
from core.web.formats import percent
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate
from core.web.second_person import SecondPersonForm, carried_out, seen_in

# An appraiser finds the value alone: what the bank's own evidence says would be an anchor.
EVIDENCE_READERS = tuple(STAFF - {Role.APPRAISER})
MODEL_STATES = {"DRAFT": ("info", "Draft"), "ACTIVE": ("good", "In force"), "RETIRED": ("neutral", "Replaced")}
MAX_UPLOAD = 20 << 20


@role_required(*EVIDENCE_READERS)
def sales(request: HtmxRequest) -> HttpResponse:
    """The sales there are, the files they came from, and the models learnt from them."""
    return _sales(request, SalesForm())


@require_POST
@role_required(*IMPORTERS)
def sales_import(request: HtmxRequest) -> HttpResponse:
    """Take in a file of sales; each line that cannot be used is named."""
    form = SalesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _sales(request, form, status=422)
    upload = form.cleaned_data["file"]
    if upload.size > MAX_UPLOAD:
        form.add_error("file", "The file is larger than 20 MB. Take it in with manage.py import_sales.")
        return _sales(request, form, status=422)
    try:
        taken = import_sales(
            stream=upload.file,
            file_name=upload.name,
            market=form.cleaned_data["market"].strip(),
            currency=form.cleaned_data["currency"].strip().upper(),
            actor=request.user,
            business_date=get_business_date(),
        )
    except DomainError as refusal:
        add_faults(form, refusal)
        return _sales(request, form, status=422)
    far = f" {len(taken.held):,} far from what homes fetch wait for a second person." if taken.held else ""
    messages.success(request, f"{taken.kept:,} sales kept, {taken.known:,} known already, {taken.refused:,} lines refused.{far}")
    return redirect("collateral:sales")


def _sales(request: HtmxRequest, form: SalesForm, *, status: int = 200) -> HttpResponse:
    context = {
        "markets": list_markets(),
        "models": [(version, *MODEL_STATES[version.state]) for version in list_hedonic_versions()],
        "page": paginate(request, list_value_files("SALES")),
        "form": form,
        "may_import": request.user.has_role(*IMPORTERS),
    }
    return render(request, "collateral/sales.html", context, status=status)


@role_required(*EVIDENCE_READERS)
def hedonic_version(request: HtmxRequest, hedonic_version_id: UUID) -> HttpResponse:
    """One price model: how well it does on houses it has not seen, and who put it in force."""
    return _version(request, access_hedonic_version(request.user, hedonic_version_id))


@require_POST
@role_required(*hedonic.CONFIRMERS)
@step_up_required
def hedonic_decide(request: HtmxRequest, hedonic_version_id: UUID) -> HttpResponse:
    """Propose a draft; of one that is proposed, the second person's word, or taking one's own back."""
    version = access_hedonic_version(request.user, hedonic_version_id)
    path = reverse("collateral:hedonic_version", args=[version.pk])
    if "outcome" in request.POST or "seen" in request.POST:
        form = SecondPersonForm(request.POST, reason_needed=False)

        def decide() -> None:
            word: dict[str, Any] = {
                "version": version,
                "reason": form.cleaned_data["reason"],
                "actor": request.user,
                "seen": seen_in(request),
            }
            if form.cleaned_data["outcome"] == "confirm":
                hedonic.confirm_hedonic(**word, business_date=get_business_date())
            else:
                hedonic.refuse_hedonic(**word)

        return redirect(path) if carried_out(request, form, decide) else _version(request, version, status=422, decision=form)
    try:
        hedonic.propose_hedonic(version=version, actor=request.user, business_date=get_business_date(), path=path)
    except DomainError as refusal:
        return _version(request, version, status=refusal.status, refusal=refusal)
    messages.success(request, "The price model is proposed. Another person has to put it in force.")
    return redirect(path)


def _version(
    request: HtmxRequest,
    version: HedonicVersion,
    *,
    status: int = 200,
    refusal: DomainError | None = None,
    decision: SecondPersonForm | None = None,
) -> HttpResponse:
    measured = version.metrics
    proposal = four_eyes.open_proposal(kind=hedonic.ACTIVATION, target=version)
    draft = version.state == HedonicVersion.State.DRAFT and request.user.has_role(*hedonic.CONFIRMERS)
    files = files_since(version) if version.state == HedonicVersion.State.DRAFT else []
    brought = request.user.pk in {one.imported_by_id for one in files}
    context = {
        "version": version,
        "files": files,
        "brought": draft and brought and (proposal is None or proposal.proposed_by_id != request.user.pk),
        "mark": MODEL_STATES[version.state],
        "kpis": [
            Kpi("Median error", percent(measured["median_error"], 2)),
            Kpi("Within 20% of the price", percent(measured["within_20"])),
            Kpi("Prices inside the 90% range", percent(measured["coverage"])),
            Kpi("Sales learnt from", f"{version.sales:,}"),
        ],
        "proposal": proposal,
        "may_propose": draft and proposal is None,
        "may_confirm": draft and proposal is not None and proposal.proposed_by_id != request.user.pk and not brought,
        "decision": decision or SecondPersonForm(reason_needed=False),
        "decided": four_eyes.decided_proposals(kind=hedonic.ACTIVATION, target=version),
        "refusal": refusal,
    }
    return render(request, "collateral/hedonic_version.html", context, status=status)
