"""Papers about an asset: put into its file, and opened with a line in the audit trail."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from collateral.selectors.asset_documents import access_asset_document
from collateral.selectors.assets import access_asset
from collateral.services.asset_documents import KEEPERS, keep_asset_document
from collateral.web.asset_document_forms import PaperForm
from collateral.web.record_views import records_page
from core import audit
from core.business_date import get_business_date
from core.errors import DomainError
from core.web.access import STAFF, role_required
from core.web.attachments import attachment
from core.web.http import HtmxRequest, add_faults
from loans.services.documents import open_document


@require_POST
@role_required(*KEEPERS)
def paper_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a paper."""
    asset = access_asset(request.user, asset_id)
    form = PaperForm(request.POST, request.FILES, auto_id="paper_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            keep_asset_document(
                asset=asset,
                kind=data["kind"],
                upload=data["paper"],
                paper_date=data["paper_date"],
                note=data["note"],
                actor=request.user,
                business_date=get_business_date(),
            )
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "The paper is kept.")
            return redirect("collateral:records", asset.pk)
    return records_page(request, asset, status=422, paper_form=form)


@role_required(*STAFF)
def asset_document(request: HtmxRequest, asset_document_id: UUID) -> HttpResponseBase:
    """A paper about an asset, as an attachment; reading it is on record."""
    paper = access_asset_document(request.user, asset_document_id)
    asset = paper.asset
    audit.record("asset_document.read", actor=request.user, target=paper, branch=asset.branch_id, label=asset.reference, kind=paper.kind)
    return attachment(open_document(paper), name=paper.name, content_type=paper.content_type)
