"""The terms of a product as people edit them. Lists are written a line each; the service checks what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from core.daycount import CONVENTIONS
from core.money import MODES
from core.web.fields import AmountField, PercentField
from core.workdays import MONTH_ENDS
from core.written_number import plain_digits
from loans.domain.allocation import DEFAULT_ORDER
from loans.domain.product_terms import COLLATERAL_KINDS, GRADES, INTEREST_PERIODS
from loans.models import ProductVersion
from loans.web.product_words import METHODS, UNITS

_FEE = re.compile(
    r"(?P<code>[^:]{1,40}):\s*(?P<size>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(?P<percent>%)?\s+(?P<when>at payout|each instalment)"
    r"(?:,?\s+at most\s+(?P<cap>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?))?",
    re.IGNORECASE,
)
_LINE = re.compile(r"(?P<code>[a-z0-9_]{1,30}):\s*(?P<title>\S.{0,79}?)(?P<optional>\s*\(when it applies\))?")
_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "What is lent",
        ("borrower_kinds", "currency", "min_amount", "max_amount", "min_term_months", "max_term_months", "revolving", "purposes"),
    ),
    ("What it costs", ("annual_rate", *(f"rate_{grade}" for grade in GRADES), "fees", "prepayment_fee_percent")),
    ("How it is reckoned", ("method", "frequency", "day_count", "interest_period", "month_end", "rounding_mode", "apr_rule")),
    ("How long it stands", ("offer_days", "contract_days", "draw_days", "second_look_days")),
    ("When it is late", ("penalty_rate", "penalty_base", "tolerance_amount", "tolerance_days", "non_accrual_days", "allocation_order")),
    ("What is asked for", ("collateral_kinds", "collateral_required", "required_documents", "checklist", "decision_days")),
)
HINTS: Mapping[str, str] = {
    "currency": "That of the bank, in which exposure is counted",
    "annual_rate": "In percent; of every grade without a rate of its own",
    "fees": "A line each, such as: origination: 0.5% at payout, at most 500 or: service: 2.00 each instalment",
    "purposes": "A line each, such as: equipment: Equipment",
    "required_documents": "A line each, such as: payslips: Last three payslips",
    "checklist": "A line each, such as: identity: Identity checked; (when it applies) at the end makes it optional",
    "allocation_order": f"Empty: {', '.join(name.replace('_', ' ') for name in DEFAULT_ORDER)}",
    "non_accrual_days": "Days past due from which interest is no income; 0 is never",
    "tolerance_amount": "Less than this overdue does not count as late",
    "prepayment_fee_percent": "Percent of the principal paid early",
    "min_term_months": "In months",
    "max_term_months": "In months",
    "revolving": "Drawn, repaid and drawn again up to the amount granted; interest daily on what is drawn",
    "decision_days": "In business days; no later than thirty days after submission",
    "offer_days": "In days",
    "contract_days": "In days from the acceptance; the offer ends with the last one",
    "draw_days": "In days from the signing; a contract of which nothing was paid out ends with the last one",
    "second_look_days": "In days from a decline; until then the applicant may ask that somebody else looks at it",
}


def _words(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value.replace("_", " ").capitalize() if "/" not in value else value) for value in values]


def _lines(label: str, *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=5000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}))


def _rate(label: str, *, required: bool = True) -> PercentField:
    return PercentField(label=label, required=required, min_value=0, max_digits=9, decimal_places=8)


def _count(label: str, least: int = 1, most: int = 600) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most)


class TermsForm(forms.Form):
    """All terms of a version. `terms` gives them as the service takes them."""

    borrower_kinds = forms.MultipleChoiceField(
        label="For", choices=[("PERSON", "Persons"), ("COMPANY", "Companies")], widget=forms.CheckboxSelectMultiple
    )
    currency = forms.CharField(label="Currency", min_length=3, max_length=3)
    min_amount = AmountField(label="Smallest amount", min_value=0)
    max_amount = AmountField(label="Largest amount", min_value=0)
    min_term_months = _count("Shortest term")
    max_term_months = _count("Longest term")
    revolving = forms.BooleanField(label="Revolving limit", required=False)
    purposes = _lines("Purposes", required=True)
    annual_rate = _rate("Rate per year")
    fees = _lines("Fees")
    prepayment_fee_percent = forms.DecimalField(
        label="Fee for paying early, percent", min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    method = forms.ChoiceField(label="Method", choices=list(METHODS.items()))
    frequency = forms.ChoiceField(label="Instalments", choices=[(f"{unit}:{every}", words) for (unit, every), words in UNITS.items()])
    day_count = forms.ChoiceField(label="Day count", choices=_words(CONVENTIONS))
    interest_period = forms.ChoiceField(label="Interest is reckoned", choices=_words(INTEREST_PERIODS))
    month_end = forms.ChoiceField(label="Month end", choices=_words(MONTH_ENDS))
    rounding_mode = forms.ChoiceField(label="Rounding", choices=_words(MODES))
    apr_rule = forms.ChoiceField(
        label="Annual percentage rate", required=False, choices=[("", "Not stated"), ("regulation_z", "By Regulation Z")]
    )
    penalty_rate = _rate("Penalty rate per year")
    penalty_base = forms.ChoiceField(
        label="Penalty on", choices=[("principal", "Overdue principal"), ("instalment", "Overdue instalment with interest")]
    )
    tolerance_amount = AmountField(label="Tolerance", min_value=0)
    tolerance_days = _count("Days of tolerance", 0, 90)
    non_accrual_days = _count("Non-accrual from", 0, 3650)
    allocation_order = forms.CharField(label="Order in which a payment pays", required=False, max_length=200)
    collateral_kinds = forms.MultipleChoiceField(
        label="Collateral", required=False, choices=_words(COLLATERAL_KINDS), widget=forms.CheckboxSelectMultiple
    )
    collateral_required = forms.BooleanField(label="Collateral is required", required=False)
    required_documents = _lines("Documents asked for")
    checklist = _lines("Investigation checklist")
    decision_days = _count("Decision within", 1, 365)
    offer_days = _count("Offer stands", 1, 365)
    contract_days = _count("Contract made within", 1, 365)
    draw_days = _count("First payout within", 1, 730)
    second_look_days = _count("Second look asked for within", 1, 365)
    note = forms.CharField(label="Why it changes", max_length=200)

    def __init__(self, *args: Any, version: ProductVersion, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _initial(version))
        super().__init__(*args, **kwargs)
        for grade in GRADES:
            self.fields[f"rate_{grade}"] = _rate(f"Rate of grade {grade}", required=False)
        own = (f"{version.frequency_unit}:{version.frequency_every}", f"Every {version.frequency_every} {version.frequency_unit}s")
        choices: Any = self.fields["frequency"]
        if own[0] not in dict(choices.choices):
            choices.choices = [*choices.choices, own]

    @property
    def sections(self) -> list[tuple[str, list[tuple[forms.BoundField, str]]]]:
        """The fields under their headings, each with what helps to fill it in."""
        return [(title, [(self[name], HINTS.get(name, "")) for name in names]) for title, names in _SECTIONS]

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_fees(self) -> list[dict[str, Any]]:
        return [_fee(match) for match in self._read("fees", _FEE, "origination: 0.5% at payout")]

    def clean_purposes(self) -> list[dict[str, Any]]:
        return [{"code": match["code"], "title": match["title"]} for match in self._read("purposes", _LINE, "equipment: Equipment")]

    def clean_required_documents(self) -> list[dict[str, Any]]:
        found = self._read("required_documents", _LINE, "payslips: Last three payslips")
        return [{"code": match["code"], "title": match["title"]} for match in found]

    def clean_checklist(self) -> list[dict[str, Any]]:
        found = self._read("checklist", _LINE, "identity: Identity checked")
        return [{"code": match["code"], "title": match["title"], "required": match["optional"] is None} for match in found]

    def clean_allocation_order(self) -> list[str]:
        names = [name.strip().lower().replace(" ", "_") for name in self.cleaned_data["allocation_order"].split(",")]
        return [name for name in names if name]

    @property
    def terms(self) -> dict[str, Any]:
        """The terms as the service takes them."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in ("note", "frequency") and name[:5] != "rate_"}
        unit, every = self.cleaned_data["frequency"].split(":")
        rates = {grade: self.cleaned_data[f"rate_{grade}"] for grade in GRADES}
        return values | {
            "frequency_unit": unit,
            "frequency_every": int(every),
            "rate_by_grade": {grade: f"{rate:f}" for grade, rate in rates.items() if rate is not None},
        }

    def _read(self, name: str, form: re.Pattern[str], such_as: str) -> list[re.Match[str]]:
        """The lines of a field, each of which has to have the form."""
        found = []
        for number, line in enumerate(self.cleaned_data[name].splitlines(), start=1):
            if not line.strip():
                continue
            match = form.fullmatch(line.strip())
            if match is None:
                raise forms.ValidationError(f"Line {number} cannot be read. Write it such as: {such_as}")
            found.append(match)
        return found


class NewProductForm(forms.Form):
    """A product that does not exist yet: its names, and the product whose terms it begins with."""

    name = forms.CharField(label="Name", max_length=80)
    code = forms.CharField(
        label="Code",
        max_length=30,
        validators=[RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", "Small letters, digits and single hyphens, such as green-home.")],
    )
    description = forms.CharField(label="For whom or what", max_length=200, required=False)
    like = forms.ChoiceField(label="Begins with the terms of")

    def __init__(self, *args: Any, products: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        like: Any = self.fields["like"]
        like.choices = products


class SampleForm(forms.Form):
    """An amount and a term to try the terms on."""

    amount = AmountField(label="Amount", min_value=Decimal("0.01"))
    months = _count("Months")


def _fee(match: re.Match[str]) -> dict[str, Any]:
    size, cap = plain_digits(match["size"]), match["cap"]
    when = "payout" if match["when"].lower() == "at payout" else "each_instalment"
    fee = {"code": match["code"].strip(), "amount": None, "percent": None, "when": when}
    fee["percent" if match["percent"] else "amount"] = size
    return fee | ({"cap": plain_digits(cap)} if cap else {})


def _initial(version: ProductVersion) -> dict[str, Any]:
    """The terms of a version as the form shows them."""
    values = {name: getattr(version, name) for name in TermsForm.base_fields if hasattr(version, name)}
    return values | {
        "frequency": f"{version.frequency_unit}:{version.frequency_every}",
        "fees": "\n".join(_fee_line(fee) for fee in version.fees),
        "purposes": _written(version.purposes),
        "required_documents": _written(version.required_documents),
        "checklist": _written(version.checklist),
        "allocation_order": ", ".join(name.replace("_", " ") for name in version.allocation_order),
        "prepayment_fee_percent": f"{version.prepayment_fee_percent.normalize():f}",
        **{name: f"{getattr(version, name).normalize():f}" for name in ("min_amount", "max_amount", "tolerance_amount")},
        **{f"rate_{grade}": Decimal(rate) for grade, rate in version.rate_by_grade.items()},
    }


def _fee_line(fee: Mapping[str, Any]) -> str:
    size = f"{fee['percent']}%" if fee.get("percent") else str(fee["amount"])
    when = "at payout" if fee.get("when", "payout") == "payout" else "each instalment"
    return f"{fee['code']}: {size} {when}" + (f", at most {fee['cap']}" if fee.get("cap") else "")


def _written(lines: list[dict[str, Any]]) -> str:
    return "\n".join(f"{line['code']}: {line['title']}" + ("" if line.get("required", True) else " (when it applies)") for line in lines)
