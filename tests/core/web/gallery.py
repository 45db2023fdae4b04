"""A page with every component, for tests and for looking at. Its figures are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.charts import Bars, Contribution, HBar, HBars, Limit, Line, Lines, Series, Waterfall
from core.web.components import Event, Kpi, Step, Tab
from core.web.context import Freshness
from core.web.fields import AmountField, DayField, PercentField
from core.web.navigation import Group, Link
from core.web.paging import Page

TEMPLATES = Path(__file__).parent / "templates"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MONTHS = [f"{m} {y}" for y in (24, 25, 26) for m in ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")][
    11:35
]


class DecisionForm(forms.Form):
    """A form with every kind of control."""

    outcome = forms.ChoiceField(
        label="Decision",
        widget=forms.RadioSelect,
        choices=[
            ("APPROVE", "Approve"),
            ("CONDITIONS", "Approve with conditions"),
            ("RETURN", "Return"),
            ("DECLINE", "Decline"),
        ],
        error_messages={"required": "Select a decision."},
    )
    amount = AmountField(label="Amount, EUR")
    term = forms.IntegerField(label="Term, months")
    reason = forms.ChoiceField(
        label="Reason for approving outside policy",
        required=False,
        choices=[("", "Choose a reason"), ("a", "Strong cash flow")],
    )
    conditions = forms.MultipleChoiceField(
        label="Conditions",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("n", "New appraisal before payout"), ("c", "Close card ending 4417")],
    )
    rate = PercentField(label="Rate", required=False)
    first_due = DayField(label="First due", required=False)
    rationale = forms.CharField(
        label="Rationale",
        help_text="Goes into the credit memo and the audit trail.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write a short rationale."},
    )
    sure = forms.BooleanField(label="I have seen the file", required=False)


class FilterForm(forms.Form):
    """A filter row."""

    text = forms.CharField(label="Filter by name or reference", required=False)
    product = forms.ChoiceField(label="Product", required=False, choices=[("", "All products"), ("m", "Mortgage")])
    says = forms.ChoiceField(label="Recommendation", required=False, choices=[("", "Any recommendation"), ("r", "Refer")])


def rows() -> list[dict[str, Any]]:
    """Rows of a queue."""
    names = [
        (
            "Amelia Brandt",
            "LA-20417",
            "Personal loan",
            "Debt consolidation",
            24200,
            "B",
            739,
            "good",
            "Approve",
            "None",
            -95,
            "AO",
        ),
        ("Noah Duarte", "LA-20414", "Mortgage", "Purchase", 342000, "B", 710, "good", "Approve", "None", -20, ""),
        (
            "Freya Lindqvist",
            "LA-20411",
            "Mortgage",
            "Purchase",
            312000,
            "C",
            668,
            "warn",
            "Refer",
            "DTI over 40%",
            55,
            "MK",
        ),
        (
            "Leila Petrov",
            "LA-20405",
            "Mortgage",
            "Purchase",
            436000,
            "C",
            641,
            "bad",
            "Decline",
            "Recent 30 DPD",
            80,
            "",
        ),
        (
            "Alder & Finch Interiors",
            "LA-20402",
            "SME term loan",
            "Equipment",
            391000,
            "B",
            701,
            "warn",
            "Refer",
            "DTI over 40%",
            140,
            "MK",
        ),
        (
            "Tomasz Novak",
            "LA-20396",
            "Auto loan",
            "Used vehicle",
            9300,
            "D",
            614,
            "info",
            "Waiting",
            "Near exposure cap",
            230,
            "AO",
        ),
    ]
    keys = (
        "name",
        "reference",
        "product",
        "purpose",
        "amount",
        "grade",
        "score",
        "status",
        "says",
        "flag",
        "left",
        "officer",
    )
    return [{**dict(zip(keys, row, strict=True)), "due": NOW + timedelta(minutes=row[10])} for row in names]


def charts() -> dict[str, Any]:
    """One of each chart."""
    npl = [Decimal(str(0.0208 + 0.00043 * i + 0.0006 * (i % 3))) for i in range(24)]
    dpd = [Decimal(str(0.042 + 0.00055 * i + 0.0007 * (i % 2))) for i in range(24)]
    return {
        "line": Lines(
            "NPL ratio is 3.07%, above the appetite of 3.00%; 30+ DPD is 5.5%.",
            MONTHS,
            [Line("30+ DPD", dpd, "s2"), Line("NPL", npl, "s1", area=True)],
            limits=[Limit("NPL appetite", Decimal("0.03"))],
        ),
        "cohorts": Lines(
            "The 2025 Q4 vintage runs 45% above 2024 Q4 at month 9.",
            [str(i) for i in range(1, 13)],
            [
                Line(
                    f"Q{q}",
                    [Decimal(str(0.002 * i * (1 + q * 0.12))) if i < 14 - q * 2 else None for i in range(12)],
                    f"k{q}",
                )
                for q in range(1, 6)
            ],
            width=440,
            axis="Months on book",
        ),
        "bars": Bars(
            "Most applications are in review.",
            ["Draft", "Review", "Decided", "Offer", "Paid out"],
            [Series("Applications", [12, 34, 22, 9, 41])],
            width=440,
        ),
        "stacked": Bars(
            "Buckets 1 to 30 days grew.",
            ["Aug", "Sep", "Oct", "Nov"],
            [
                Series("1–30", [120, 130, 128, 160], "k3"),
                Series("31–90", [60, 66, 71, 70], "k4"),
                Series("90+", [22, 25, 24, 31], "k5"),
            ],
            stacked=True,
        ),
        "lying": HBars(
            "Mortgages are over half of the book.",
            [
                HBar("Mortgage", 214600000),
                HBar("SME term loan", 96200000),
                HBar("Personal loan", 58400000),
                HBar("Auto loan", 31100000, "s2"),
            ],
            unit="money",
            measure="Outstanding",
            limits=[Limit("Cap", 180000000)],
        ),
        "waterfall": Waterfall(
            "Score 668: months on file and income help, debt-to-income and an old appraisal cost points.",
            600,
            [
                Contribution("Months on file", 42, "61"),
                Contribution("Disposable income", 38, "1,284 EUR"),
                Contribution("Debt-to-income", -21, "41.3%"),
                Contribution("Recent enquiries", -9, "4"),
                Contribution("Loan-to-value", 18, "78.4%"),
            ],
            668,
            [Limit("Decline below", 620), Limit("Approve from", 690)],
        ),
    }


def context(wrong: bool) -> dict[str, Any]:
    """Everything the page shows."""
    data = {"amount": "312,000", "term": "300"} if wrong else None
    form = DecisionForm(data, initial={"amount": Decimal(312000), "term": 300, "conditions": ["n"]})
    links = [
        ("Review queue", "inbox-stack", True, 34, False),
        ("Applications", "document-text", False, 0, False),
        ("Customers", "users", False, 0, False),
        ("Collateral", "home-modern", False, 0, False),
    ]
    risk = [
        ("Portfolio", "presentation-chart-line", False, 0, False),
        ("Overdue", "calendar-days", False, 0, False),
        ("Alerts", "bell-alert", False, 5, True),
    ]
    control = [
        ("Blacklist", "no-symbol", False, 0, False),
        ("Nightly sweeps", "arrow-path", False, 0, False),
        ("Audit trail", "shield-check", False, 0, False),
    ]
    navigation = [
        Group(label, tuple(Link(a, b, f"/{a}/", c, d, e) for a, b, c, d, e in lines))
        for label, lines in (("Origination", links), ("Risk", risk), ("Control", control))
    ]
    return {
        "form": form,
        "filter_form": FilterForm(),
        "navigation": navigation,
        "freshness": Freshness(date(2026, 11, 23), date(2026, 11, 22), NOW, "good", "up to date"),
        "search_url": "/search/",
        "theme_url": "/theme/",
        "now": NOW,
        "page": Page(rows(), 1, 6, 34),
        "charts": charts(),
        "tabs": [
            Tab("My queue", "?v=1", 5),
            Tab("Unassigned", "?v=2", 10),
            Tab("Due today", "?v=3", 13),
            Tab("Second approval", "?v=4", 7),
            Tab("All open", "?v=5", 34, True),
        ],
        "four": [
            Kpi("Waiting for a decision", "34", "8.8 M EUR"),
            Kpi("Overdue or due within 1 h", "4", "2 overdue", status="bad"),
            Kpi("Median time, 7 days", "3 h 42 min", "target 4 h"),
            Kpi("Automatic today", "61%", "128 of 210"),
        ],
        "six": [
            Kpi(
                "Outstanding principal",
                "400.3 M",
                "EUR",
                change="+1.8%",
                change_base="vs Oct",
                points=[1, 1.2, 1.5, 1.6, 2, 2.2],
            ),
            Kpi(
                "NPL ratio",
                "3.07%",
                change="+0.09 pp",
                change_base="vs Oct",
                change_status="bad",
                limit="Above appetite 3.00%",
                points=[1, 0.9, 1.2, 1.3, 1.6],
                series="s1",
            ),
            Kpi(
                "30+ DPD",
                "5.52%",
                change="+0.11 pp",
                change_base="vs Oct",
                change_status="bad",
                limit="Within limit 6.00%",
                points=[1, 1.4, 1.2, 1.8, 2],
                series="s2",
            ),
            Kpi("Expected loss, 12 m", "4.18 M", "EUR", change="+2.6%", change_base="vs Oct", limit="1.04% of book"),
            Kpi("Score", "668", grade="C"),
            Kpi("Approval rate, 30 d", "58.2%", change="+0.4 pp", change_base="vs prior 30 d", limit="1,204 decisions"),
        ],
        "steps": [
            Step("Intake", "done", "20 Nov"),
            Step("Verification", "done", "21 Nov"),
            Step("Scoring", "done", "21 Nov"),
            Step("Officer review", "now", "55 min left", "warn"),
            Step("Second approval", note="Risk team"),
            Step("Offer"),
        ],
        "events": [
            Event("Appraisal is stale", NOW, "sweep", "196 days, limit 180", "warn"),
            Event("Documents complete", NOW - timedelta(days=1), "Maja Kovac", status="good"),
            Event("Submitted", "20 Nov 2026", "Brokerlink"),
        ],
        "facts": [("Employer", "Alder & Finch"), ("Years there", 6), ("Phone", None), ("Dependants", 0)],
    }


def gallery(request: HttpRequest) -> HttpResponse:
    """The page; `?wrong=1` with a form that has faults."""
    return render(request, "gallery/gallery.html", context(bool(request.GET.get("wrong"))))
