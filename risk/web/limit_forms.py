"""The authority matrix, the risk appetite and the fraud rules as forms:
a row that loses its name or its thing is left out, two empty ones are for new rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from core.roles import Role
from core.web.fields import AmountField, PercentField
from risk.domain.authority import LEVELS, ROLES, TWO_APPROVERS, Authority
from risk.domain.fraud_settings import CONTRADICTIONS, SETTINGS, Thresholds
from risk.domain.limits import DIMENSIONS, AppetiteSettings

NEW_ROWS = 2
Choices = Sequence[tuple[str, str]]


class ReasonedForm(forms.Form):
    """A change of settings, and why."""

    reason = forms.CharField(label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class AuthorityForm(ReasonedForm):
    """Every row of the matrix, the rules of the committee, and why they should change."""

    quorum = forms.IntegerField(label="Votes that decide, at least", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    share = PercentField(label="More than this share in favour, per cent")
    needs_manager = forms.BooleanField(label="A risk manager has to vote", required=False)

    def __init__(self, sent: Any = None, *, authority: Authority, products: Choices) -> None:
        rules = authority.committee
        initial: dict[str, Any] = {"quorum": rules.quorum, "share": rules.share, "needs_manager": rules.needs_manager}
        for number, row in enumerate(authority.rows):
            kept = row.to_dict() | {"most_exposure": row.most_exposure}
            initial |= {f"{name}_{number}": kept[name] for name in kept}
        super().__init__(sent, initial=initial)
        self.count = len(authority.rows) + NEW_ROWS
        levels = [(str(level), words) for level, words in LEVELS.items() if level <= TWO_APPROVERS]
        for number in range(self.count):
            self.fields |= {
                f"title_{number}": forms.CharField(label="Name", required=False, max_length=60),
                f"level_{number}": forms.ChoiceField(label="Decided by", required=False, choices=levels),
                f"most_exposure_{number}": AmountField(label="Exposure up to", required=False),
                f"grades_{number}": forms.CharField(label="Grades", required=False, max_length=6),
                f"role_{number}": forms.ChoiceField(
                    label="Alone or as second",
                    required=False,
                    choices=[("", "Whoever decides"), *((role, Role(role).label) for role in ROLES)],
                ),
                f"product_{number}": forms.ChoiceField(label="Product", required=False, choices=[("", "All products"), *products]),
                f"needs_cover_{number}": forms.BooleanField(label="Collateral covers it", required=False),
            }

    def rows(self) -> list[list[BoundField]]:
        """The fields of each row."""
        names = ("title", "level", "most_exposure", "grades", "role", "product", "needs_cover")
        return [[self[f"{name}_{number}"] for name in names] for number in range(self.count)]

    def document(self) -> dict[str, Any]:
        """What was filled in, as the service reads it."""
        data = self.cleaned_data
        rows = [
            {
                "level": data[f"level_{number}"] or 0,
                "title": data[f"title_{number}"].strip(),
                "most_exposure": data[f"most_exposure_{number}"],
                "grades": "".join(data[f"grades_{number}"].upper().replace(",", "").split()),
                "needs_cover": data[f"needs_cover_{number}"],
                "role": data[f"role_{number}"],
                "product": data[f"product_{number}"],
            }
            for number in range(self.count)
            if data[f"title_{number}"].strip()
        ]
        return {"rows": rows, "committee": {name: data[name] for name in ("quorum", "share", "needs_manager")}}


class AppetiteForm(ReasonedForm):
    """Every limit of the appetite, and why they should change."""

    npl = PercentField(label="Non-performing at most, per cent")
    past_due_30 = PercentField(label="30 days past due at most, per cent")
    from_book = AmountField(label="Shares bind from a book of")
    stress_rate = PercentField(label="Rise of the rate under stress, percentage points")
    stress_income = PercentField(label="Fall of income under stress, per cent")
    rate_margin = PercentField(label="Rate above the highest price of a product at most, percentage points")

    def __init__(self, sent: Any = None, *, settings: AppetiteSettings, keys: Mapping[str, Choices]) -> None:
        initial: dict[str, Any] = {
            "npl": settings.ratios.npl,
            "past_due_30": settings.ratios.past_due_30,
            "from_book": settings.from_book,
            "stress_rate": settings.stress.rate,
            "stress_income": settings.stress.income,
            "rate_margin": settings.rate_margin,
        }
        for number, limit in enumerate(settings.concentrations):
            initial |= {f"what_{number}": f"{limit.dimension}:{limit.key}", f"most_{number}": limit.most}
        super().__init__(sent, initial=initial)
        self.count = len(settings.concentrations) + NEW_ROWS
        choices: list[Any] = [("", "No limit")]
        for dimension, label in DIMENSIONS.items():
            one = [
                (f"{dimension}:", f"Each {label.lower()} without one of its own"),
                *((f"{dimension}:{key}", name) for key, name in keys[dimension]),
            ]
            choices.append((label, one))
        for number in range(self.count):
            self.fields[f"what_{number}"] = forms.ChoiceField(label="Of", required=False, choices=choices)
            self.fields[f"most_{number}"] = PercentField(label="Share of the book at most, per cent", required=False)

    def rows(self) -> list[list[BoundField]]:
        """The fields of each limit."""
        return [[self[f"what_{number}"], self[f"most_{number}"]] for number in range(self.count)]

    def document(self) -> dict[str, Any]:
        """What was filled in, as the service reads it."""
        data = self.cleaned_data
        limits = []
        for number in range(self.count):
            dimension, _, key = data[f"what_{number}"].partition(":")
            if dimension:
                limits.append({"dimension": dimension, "key": key, "most": data[f"most_{number}"] or Decimal(0)})
        stress = {name: data[f"stress_{name}"] for name in ("rate", "income")}
        return {
            **{name: data[name] for name in ("npl", "past_due_30", "from_book", "rate_margin")},
            "concentrations": limits,
            "stress": stress,
        }


class FraudRulesForm(ReasonedForm):
    """Every threshold of the fraud rules, and why they should change."""

    contradictions = forms.MultipleChoiceField(
        label="Marked as statements that cannot both be true",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, sent: Any = None, *, thresholds: Thresholds, take_in: bool = False) -> None:
        """With `take_in` what the rules in force lack of the catalogue is chosen already."""
        kept: dict[str, Any] = {name: getattr(thresholds, name) for name in SETTINGS}
        lacking = [CONTRADICTIONS[code] for code in thresholds.lacking]
        if take_in and lacking:
            kept["reason"] = f"Taken in from the catalogue: {'; '.join(lacking)}"
        chosen = [*thresholds.contradictions, *(thresholds.lacking if take_in else ())]
        super().__init__(sent, initial=kept | {"contradictions": chosen})
        # Whoever leaves out one that nobody decided on yet knows it.
        choices = [(code, f"{title} (not marked yet)" if code in thresholds.lacking else title) for code, title in CONTRADICTIONS.items()]
        self.fields["contradictions"].choices = choices  # type: ignore[attr-defined]
        for name, setting in SETTINGS.items():
            self.fields[name] = (
                PercentField(label=setting.title)
                if setting.is_share
                else forms.IntegerField(label=setting.title, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
            )

    def thresholds(self) -> list[tuple[BoundField, str]]:
        """The fields of the thresholds with their units, in their order."""
        return [(self[name], setting.unit or "per cent") for name, setting in SETTINGS.items()]

    def document(self) -> dict[str, Any]:
        """What was filled in, as the service reads it."""
        data = self.cleaned_data
        chosen = data["contradictions"]
        left_out = [code for code in CONTRADICTIONS if code not in chosen]
        return {name: data[name] for name in SETTINGS} | {"contradictions": chosen, "left_out": left_out}
