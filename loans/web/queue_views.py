"""The review queue and the list of applications: saved views, filters, a peek at the right, bulk assignment, exports."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.business_date import closed_days, get_bank
from core.roles import Role
from core.web.access import STAFF, role_required
from core.web.components import Kpi, Tab
from core.web.export import export_rows, wanted
from core.web.formats import compact
from core.web.http import HtmxRequest, render_page
from core.web.paging import paginate
from loans.selectors import applications as reads
from loans.selectors.deadlines import deadline_of
from loans.selectors.products import list_offered
from loans.services.worklist import assign_application

LENDING = tuple(STAFF - {Role.APPRAISER, Role.VALIDATOR})
ASSIGNERS = (Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER)
RECOMMENDATIONS = {"APPROVE": ("good", "Approve"), "REFER": ("warn", "Refer"), "DECLINE": ("bad", "Decline")}
STATES: Mapping[str, tuple[str, str]] = {
    "DRAFT": ("neutral", "Draft"),
    "SUBMITTED": ("info", "Submitted"),
    "INCOMPLETE": ("info", "Waiting for the applicant"),
    "INVESTIGATING": ("info", "Investigating"),
    "REVIEW": ("info", "In review"),
    "REFERRED": ("warn", "Referred"),
    "APPROVED": ("good", "Approved"),
    "COUNTER_OFFERED": ("good", "Counter-offered"),
    "DECLINED": ("bad", "Declined"),
    "RETURNED": ("warn", "Returned"),
    "OFFERED": ("good", "Offered"),
    "ACCEPTED": ("good", "Accepted"),
    "OFFER_REFUSED": ("neutral", "Offer refused"),
    "OFFER_EXPIRED": ("neutral", "Offer expired"),
    "CONTRACTED": ("good", "Contracted"),
    "WITHDRAWN_IN_COOLING_OFF": ("neutral", "Withdrawn in cooling-off"),
    "WITHDRAWN": ("neutral", "Withdrawn"),
}


class QueueFilterForm(forms.Form):
    """Filters of the queue; all optional."""

    text = forms.CharField(required=False, label="Name or reference")
    product = forms.ChoiceField(required=False, label="Product")
    recommendation = forms.ChoiceField(
        required=False,
        label="System says",
        choices=[("", "Any recommendation"), *((code, word) for code, (_, word) in RECOMMENDATIONS.items())],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["product"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "All products"), *((version.product.code, version.product.name) for version in list_offered())]


COLUMNS = [
    ("Reference", lambda a: a.reference),
    ("Applicant", lambda a: a.borrower.name if a.borrower else ""),
    ("Product", lambda a: a.product_version.product.name if a.product_version else ""),
    ("Purpose", lambda a: a.purpose_code),
    ("Amount", lambda a: a.amount),
    ("Currency", lambda a: a.currency),
    ("Grade", lambda a: a.grade),
    ("Score", lambda a: a.score),
    ("System says", lambda a: a.recommendation),
    ("State", lambda a: a.state),
    ("Due", lambda a: a.due_date),
    ("Assigned to", lambda a: a.assigned_to.full_name if a.assigned_to else ""),
]


def _filter(request: HtmxRequest, form: QueueFilterForm, view: str) -> reads.QueueFilter:
    chosen = form.cleaned_data if form.is_valid() else {}
    return reads.QueueFilter(
        view=view, text=chosen.get("text", ""), product=chosen.get("product", ""), recommendation=chosen.get("recommendation", "")
    )


@role_required(*LENDING)
def application_queue(request: HtmxRequest) -> HttpResponse:
    """What waits, most urgent first. Nine queries whatever the size of the book."""
    bank = get_bank()
    today = bank.business_date
    view = request.GET.get("view", "open")
    if view not in dict(reads.QUEUE_VIEWS):
        view = "open"
    form = QueueFilterForm(request.GET)
    rows = reads.list_queue(request.user, _filter(request, form, view), today)
    if wanted(request):
        return export_rows(request, COLUMNS, rows, "queue")
    counts = reads.count_queue(request.user, today)
    filtered = bool(form.is_valid() and any(form.cleaned_data.values()))
    page = paginate(request, rows, total=None if filtered else counts.views[view])
    kpis = [
        Kpi("Waiting for a decision", f"{counts.waiting:,}", unit=compact(counts.waiting_amount, bank.currency)),
        Kpi("Past their day", f"{counts.overdue:,}", status="bad" if counts.overdue else ""),
        Kpi("Being investigated", f"{counts.views['investigating']:,}"),
        Kpi("Decided today", f"{counts.decided_recently:,}"),
    ]
    views = [Tab(label, f"?view={name}", counts.views[name], current=name == view) for name, label in reads.QUEUE_VIEWS]
    closed = closed_days()
    shown = [
        (application, RECOMMENDATIONS.get(application.recommendation), STATES[application.state], deadline_of(application, today, closed))
        for application in page
    ]
    return render(
        request,
        "loans/application_queue.html",
        {
            "page": page,
            "rows": shown,
            "views": views,
            "view": view,
            "kpis": kpis,
            "filters": form,
            "filtered": filtered,
            "today": today,
            "currency": bank.currency,
            "may_assign": request.user.has_role(*ASSIGNERS),
        },
    )


@role_required(*LENDING)
def application_list(request: HtmxRequest) -> HttpResponse:
    """Every application, newest first, by state."""
    state = request.GET.get("state", "")
    form = QueueFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = reads.list_queue(
        request.user,
        reads.QueueFilter(
            view="all",
            text=chosen.get("text", ""),
            product=chosen.get("product", ""),
            recommendation=chosen.get("recommendation", ""),
            state=state if state in STATES else "",
        ),
        get_bank().business_date,
    ).order_by("-id")
    if wanted(request):
        return export_rows(request, COLUMNS, rows, "applications")
    page = paginate(request, rows)
    shown = [(application, RECOMMENDATIONS.get(application.recommendation), STATES[application.state]) for application in page]
    states = [("", "All states"), *((code, word) for code, (_, word) in STATES.items())]
    return render(
        request,
        "loans/application_list.html",
        {
            "page": page,
            "rows": shown,
            "filters": form,
            "states": states,
            "state": state,
            "filtered": bool(state or any(chosen.values())),
            "may_start": request.user.has_role(Role.OFFICER),
        },
    )


@role_required(*LENDING)
def application_peek(request: HtmxRequest, application_id: UUID) -> HttpResponse:
    """A short look at one application beside the queue."""
    application = reads.access_application(request.user, application_id)
    return render_page(
        request,
        "loans/application_peek.html",
        "loans/_application_peek.html",
        application=application,
        state=STATES[application.state],
        recommendation=RECOMMENDATIONS.get(application.recommendation),
    )


@require_POST
@role_required(*ASSIGNERS)
def assign_to_me(request: HtmxRequest) -> HttpResponse:
    """Take the picked applications (one or many)."""
    picked = [reads.access_application(request.user, application_id) for application_id in request.POST.getlist("pick")[:200]]
    before = [f"{row.reference} was with {row.assigned_to.full_name}" for row in picked if row.assigned_to not in (None, request.user)]
    for application in picked:
        assign_application(application=application, to=request.user, actor=request.user)
    word = "application is" if len(picked) == 1 else "applications are"
    messages.success(request, " ".join([f"{len(picked)} {word} yours.", *(f"{words}." for words in before)]))
    return redirect(f"{reverse('loans:application_queue')}?view=mine")
