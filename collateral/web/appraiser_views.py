"""How appraisers' accepted values stood up to later values and to sales."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from collateral.models import OutsideAppraiser
from collateral.selectors.appraisers import READERS, access_appraiser, list_later, list_performance
from collateral.services.appraisers import record_firm
from collateral.web.forms import FirmForm
from core.business_date import get_business_date
from core.charts import HBar, HBars, Limit
from core.errors import DomainError
from core.roles import Role
from core.web.access import role_required
from core.web.export import export_rows, wanted
from core.web.http import HtmxRequest, add_faults

VERDICTS = {
    "few": ("neutral", "Too few to say"),
    "fair": ("good", "Fair"),
    "generous": ("bad", "Generous"),
    "cautious": ("warn", "Cautious"),
}
SHOWN = 200


@role_required(*READERS)
def appraisers(request: HtmxRequest) -> HttpResponse:
    """Every appraiser's record, the most generous first."""
    rows = list_performance(today=get_business_date())
    if wanted(request):
        columns = [
            ("Appraiser", lambda row: row.person.full_name),
            ("Accepted", lambda row: row.accepted),
            ("Rejected", lambda row: row.rejected),
            ("Handed in late", lambda row: row.late),
            ("Orders withdrawn", lambda row: row.withdrawn),
            ("Red flags", lambda row: row.flags),
            ("Upheld", lambda row: row.upheld),
            ("Later values", lambda row: row.against_values.count),
            ("Median gap to later values", lambda row: row.against_values.gap),
            ("Sales", lambda row: row.against_sales.count),
            ("Median gap to sales", lambda row: row.against_sales.gap),
            ("Enforced sales", lambda row: row.against_enforced.count),
            ("Median gap to enforced sales", lambda row: row.against_enforced.gap),
            ("Drawn without a lot", lambda row: row.alone),
        ]
        return export_rows(request, columns, rows, "appraisers")
    known = [row for row in rows if row.against_values.gap is not None]
    context = {
        "rows": [(row, *VERDICTS[row.against_values.verdict]) for row in rows],
        "chart": HBars(
            f"{len([row for row in known if (row.against_values.gap or 0) > 0])} of {len(known)} appraisers stood above what came later",
            [HBar(row.person.full_name, max(row.against_values.gap or Decimal(0), Decimal(0))) for row in known],
            unit="percent",
            limits=[Limit("Generous", Decimal("0.10"))],
            width=640,
            axis="Appraiser",
            measure="Above later values",
        )
        if known
        else None,
    }
    return render(request, "collateral/appraisers.html", context)


@role_required(*READERS)
def appraiser(request: HtmxRequest, user_id: int) -> HttpResponse:
    """One appraiser: whom they work for, and each accepted value with what came later."""
    person = access_appraiser(user_id)
    outside = OutsideAppraiser.objects.filter(user=person).first()
    form = FirmForm(request.POST or None, initial={"firm": outside.firm if outside else ""})
    if request.method == "POST" and form.is_valid():
        try:
            record_firm(person=person, firm=form.cleaned_data["firm"], actor=request.user, business_date=get_business_date())
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, "The firm is kept.")
            return redirect("collateral:appraiser", person.pk)
    rows = list_later(person.pk)
    may_record = request.user.has_role(Role.RISK_MANAGER)
    context = {"person": person, "rows": rows[:SHOWN], "count": len(rows), "outside": outside, "form": form, "may_record": may_record}
    return render(request, "collateral/appraiser.html", context, status=422 if request.method == "POST" else 200)
