"""Audits by third parties: ordered for a file or drawn by lot, reported, and their findings settled by two people."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from core.business_date import get_business_date
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.http import HtmxRequest, add_faults
from core.web.paging import paginate
from core.web.second_person import seen_in
from risk.models import FileAudit
from risk.selectors.audit_lots import access_lot, audits_in, drawn_again, latest_lots
from risk.selectors.field_work import access_audit, list_audits
from risk.selectors.files import access_application, investigation_of
from risk.services.audit_findings import decide_settlement, propose_settlement
from risk.services.file_audits import ORDERERS, order_audit, order_sample, record_audit
from risk.web.audit_parts import AUDITS, AuditForm, ReportForm, SampleForm, settle_form, word_form
from risk.web.field_work import send


@require_POST
@role_required(*ORDERERS)
def audit_order(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Order an audit of this file."""
    application = access_application(request.user, pk)
    form = AuditForm(request.POST, prefix="audit")
    return send(
        request, application, form, "The audit is ordered.", lambda who: order_audit(application=application, **form.cleaned_data, **who)
    )


@require_POST
@role_required(*ORDERERS)
def audit_report(request: HtmxRequest, pk: UUID, audit_id: UUID) -> HttpResponse:
    """Take the auditor's report."""
    application = access_application(request.user, pk)
    found = access_audit(request.user, pk, audit_id)
    file = investigation_of(application)
    form = ReportForm(request.POST, documents=file.documents if file else [], prefix="report")
    return send(
        request,
        application,
        form,
        "The audit's report is in the file.",
        lambda who: record_audit(
            found=found,
            clean=form.cleaned_data["clean_report"] == "yes",
            result=form.cleaned_data["result"],
            report=form.cleaned_data["report"],
            **who,
        ),
    )


@require_POST
@role_required(*ORDERERS)
def audit_settle(request: HtmxRequest, pk: UUID, audit_id: UUID) -> HttpResponse:
    """Say what was done about the findings, for another person to confirm."""
    application, found = access_application(request.user, pk), access_audit(request.user, pk, audit_id)
    form = settle_form(found, request.POST)
    return send(
        request,
        application,
        form,
        "What was done waits for a second person.",
        lambda who: propose_settlement(found=found, answer=form.cleaned_data["answer"], **who),
    )


@require_POST
@role_required(*ORDERERS)
def audit_settled(request: HtmxRequest, pk: UUID, audit_id: UUID) -> HttpResponse:
    """Be the second person: the findings are settled, or they are not."""
    application, found = access_application(request.user, pk), access_audit(request.user, pk, audit_id)
    form = word_form(found, request.POST)
    return send(
        request,
        application,
        form,
        "Your decision is recorded.",
        lambda who: decide_settlement(found=found, seen=seen_in(request), **form.word(), **who),
    )


@role_required(*ORDERERS, Role.AUDITOR)
def audit_list(request: HtmxRequest) -> HttpResponse:
    """All audits, newest first, and drawing a lot."""
    may = request.user.has_role(*ORDERERS)
    form, status = SampleForm(request.POST or None), 200
    if request.method == "POST":
        status = 422 if may else 403
        if may and form.is_valid():
            try:
                lot = order_sample(actor=request.user, business_date=get_business_date(), **form.cleaned_data)
                messages.success(request, "The lot is drawn and its audits are ordered.")
                return redirect("risk:audit_lot", lot.pk)
            except DomainError as refusal:
                add_faults(form, refusal)
    page = paginate(request, list_audits(request.user))
    rows = [(row, AUDITS[FileAudit.State(row.state)]) for row in page]
    shown = {"page": page, "rows": rows, "lots": latest_lots(), "form": form, "may_draw": may}
    return render(request, "risk/audit_list.html", shown, status=status)


@role_required(*ORDERERS, Role.AUDITOR)
def audit_lot(request: HtmxRequest, lot_id: UUID) -> HttpResponse:
    """One lot: how it was drawn, whether it comes out the same when it is drawn again, and its audits."""
    lot = access_lot(lot_id)
    page = paginate(request, audits_in(request.user, lot))
    rows = [(row, AUDITS[FileAudit.State(row.state)]) for row in page]
    return render(request, "risk/audit_lot.html", {"lot": lot, "again": drawn_again(lot), "page": page, "rows": rows})
