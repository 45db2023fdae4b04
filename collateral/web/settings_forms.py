"""The settings of values as a form: days by class and size, curves as rows of percentages, haircuts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from collateral.domain.revaluation import FIGURES, WHOLE, Settings
from collateral.models import AssetKind, Valuation
from collateral.selectors.value_settings import CALENDAR_CLASSES
from collateral.services.value_settings import unfit_currency
from core.web.fields import AmountField, PercentField

COLUMNS = (
    ("from_value", "Worth or owed at least"),
    ("valid_days", "A value holds, days"),
    ("computed_days", "Computed every, days (0: never)"),
    ("appraise_days", "Appraiser at the latest, days"),
)


QUALITIES = {
    "COMMERCIAL": "Commercial property",
    "VACANT": "Vacant property",
    "NO_ROAD": "Land not on a public road",
    "IDLE": "Idle or unusable",
    "FOUND_IDLE": "A value from before it was found idle",
    "FOUND_DAMAGED": "A value from before it was found damaged",
    "FOUND_FALSE": "A value that was upheld to be wrong",
}


ORDERS = ("order_days", "least_comparables", "area_tolerance", "two_from", "own_funds", "own_funds_share")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class SettingsForm(forms.Form):
    """All rules of the settings in force, an empty one for another size of a class, the curves, and why they should change."""

    new_kind = forms.ChoiceField(label="Class", required=False, choices=[("", "No further rule"), *CALENDAR_CLASSES.items()])
    decline = PercentField(label="Fall of the market that asks for an appraiser, per cent")
    cure_days = forms.IntegerField(label="Days to answer a margin call", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    least_call = PercentField(label="Least shortfall that is called, per cent of what is owed")
    order_days = forms.IntegerField(label="Days an appraiser has for a value", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    two_from = AmountField(label="Two value blind from")
    own_funds = AmountField(label="Own funds of the bank, 0 where not known")
    own_funds_share = PercentField(label="Two value blind also from, per cent of own funds")
    two_from_in = forms.CharField(
        label="Two value blind from, in other currencies",
        required=False,
        max_length=2000,
        help_text="One a line, such as USD 3,000,000. In a currency that is not named two always value.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    rest_days = forms.CharField(
        label="Markets that rest on other days than Saturday and Sunday",
        required=False,
        max_length=2000,
        help_text="One a line, by the first letters of the ISIN, such as SA Fri Sat.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    grace_days = forms.IntegerField(
        label="Days a value that ran out counts in margin calls", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    notice_days = forms.IntegerField(
        label="Days before insurance ends that it is told of", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    registry_days = forms.IntegerField(
        label="Days before a silent registry is told of", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    least_comparables = forms.IntegerField(
        label="Comparables that a value rests on at least", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    area_tolerance = PercentField(label="Areas of one asset may differ by, per cent")
    price_move = PercentField(label="A price that moves more waits for a second person, per cent")
    costs_share = PercentField(label="Costs of a sale that need a remark, per cent of its price")
    reason = forms.CharField(label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, sent: Any = None, *, settings: Settings) -> None:
        initial: dict[str, Any] = {name: getattr(settings, name) for name in (*WHOLE, *FIGURES)}
        self.kinds = {str(number): rule.kind for number, rule in enumerate(settings.rules)}
        for number, rule in enumerate(settings.rules):
            initial |= {f"{name}_{number}": getattr(rule, name) for name, _ in COLUMNS}
        self.curves = list(settings.curves)
        for name, curve in settings.curves.items():
            initial[f"curve_{name}"] = ", ".join(f"{(share * 100).normalize():f}" for share in curve)
        initial |= {f"haircut_{name}": share for name, share in {**settings.haircuts, **settings.extra_haircuts}.items()}
        initial |= {"two_from_in": "\n".join(thresholds_of(settings)), "rest_days": "\n".join(rests_of(settings))}
        super().__init__(sent, initial=initial)
        for row in (*self.kinds, "new"):
            for name, label in COLUMNS:
                options: dict[str, Any] = {"label": label, "required": row != "new"}
                numeric = forms.TextInput(attrs={"inputmode": "numeric"})
                field = AmountField(**options) if name == "from_value" else forms.IntegerField(**options, widget=numeric)
                self.fields[f"{name}_{row}"] = field
        for name in self.curves:
            self.fields[f"curve_{name}"] = forms.CharField(label=name.replace("_", " ").capitalize(), max_length=400)
        self.haircuts, self.extras = list(settings.haircuts), list(settings.extra_haircuts)
        for name in (*self.haircuts, *self.extras):
            label = AssetKind(name).label if name in self.haircuts else f"Besides, for a value by {Valuation.Method(name).label.lower()}"
            self.fields[f"haircut_{name}"] = PercentField(label=label)
        for name in self.haircuts:
            registered = forms.BooleanField(label=AssetKind(name).label, required=False, initial=name in settings.registry_kinds)
            self.fields[f"registry_{name}"] = registered
        for name, label, share in counting_rows(settings):
            self.fields[name] = PercentField(label=label, initial=share)
        self.counting = [name for name, _, _ in counting_rows(settings)]

    def rows(self) -> list[tuple[str, list[BoundField]]]:
        """Each rule under the name of its class, with its fields."""
        named = [(CALENDAR_CLASSES[kind], [self[f"{name}_{row}"] for name, _ in COLUMNS]) for row, kind in self.kinds.items()]
        return [*named, ("Another size of a class", [self["new_kind"], *(self[f"{name}_new"] for name, _ in COLUMNS)])]

    def fields_of_orders(self) -> list[BoundField]:
        """How long an appraiser has, and from when on there are two."""
        return [self[name] for name in (*ORDERS, "two_from_in")]

    def fields_of_days(self) -> list[BoundField]:
        """Margin calls, and how long what ran out or is about to is left alone."""
        return [
            self[name]
            for name in ("decline", "price_move", "rest_days", "cure_days", "least_call", "grace_days", "notice_days", "costs_share")
        ]

    def registry_fields(self) -> list[BoundField]:
        """The classes whose liens are sent to a registry, and how long it may be silent."""
        return [*(self[f"registry_{name}"] for name in self.haircuts), self["registry_days"]]

    def curve_fields(self) -> list[BoundField]:
        """One field a curve."""
        return [self[f"curve_{name}"] for name in self.curves]

    def haircut_fields(self) -> list[BoundField]:
        """One field a class, then those for methods."""
        return [self[f"haircut_{name}"] for name in (*self.haircuts, *self.extras)]

    def counting_fields(self) -> list[BoundField]:
        """What a single asset loses for its quality, what of an overdue receivable counts, and the most of one debtor."""
        return [self[name] for name in self.counting]

    def clean_two_from_in(self) -> dict[str, str]:
        """The thresholds by currency, as text."""
        found = {}
        for code, rest in _lines(self.cleaned_data["two_from_in"]):
            amount = "".join(rest).replace(",", "")
            if not amount.isdigit() or code in found:
                raise forms.ValidationError(
                    f"Write each currency once with a whole amount, such as USD 3,000,000: not “{code} {' '.join(rest)}”."
                )
            found[code] = amount
        if refused := unfit_currency(found):
            raise forms.ValidationError(refused)
        return found

    def clean_rest_days(self) -> dict[str, list[int]]:
        """The days of rest by country, Monday 0."""
        found = {}
        for code, rest in _lines(self.cleaned_data["rest_days"]):
            days = [word.strip(",").capitalize() for word in rest]
            if not days or not set(days) <= set(DAYS) or code in found:
                raise forms.ValidationError(f"Write each country once with its days, such as SA Fri Sat: not “{code} {' '.join(rest)}”.")
            found[code] = [DAYS.index(day) for day in days]
        return found

    def document(self) -> dict[str, Any]:
        """What was filled in, as the service reads it; a curve that is no row of numbers is left for it to refuse."""
        data = self.cleaned_data
        kinds = {**self.kinds, **({"new": data["new_kind"]} if data["new_kind"] else {})}
        return {
            "rules": [{"kind": kind, **{name: str(data[f"{name}_{row}"]) for name, _ in COLUMNS}} for row, kind in kinds.items()],
            "curves": {name: [_share(text) for text in data[f"curve_{name}"].split(",")] for name in self.curves},
            **{name: str(data[name]) for name in (*WHOLE, *FIGURES)},
            "haircuts": {name: str(data[f"haircut_{name}"]) for name in self.haircuts},
            "extra_haircuts": {name: str(data[f"haircut_{name}"]) for name in self.extras},
            "quality": {name: str(data[f"quality_{name}"]) for name in QUALITIES},
            "ageing": {name.removeprefix("ageing_"): str(data[name]) for name in self.counting if name.startswith("ageing_")},
            "debtor_limit": str(data["debtor_limit"]),
            "two_from_in": data["two_from_in"],
            "rest_days": data["rest_days"],
            "registry_kinds": [name for name in self.haircuts if data[f"registry_{name}"]],
        }


def _lines(text: str) -> list[tuple[str, list[str]]]:
    """The first word of each line that is not empty, in capital letters, and the others."""
    return [(words[0].upper(), words[1:]) for line in text.splitlines() if (words := line.split())]


def thresholds_of(settings: Settings) -> list[str]:
    """From where two value in other currencies, a line each."""
    return [f"{currency} {amount:,.0f}" for currency, amount in sorted(settings.two_from_in.items())]


def rests_of(settings: Settings) -> list[str]:
    """On which days of the week markets do not trade, a line each."""
    return [f"{country} {' '.join(DAYS[day] for day in days)}" for country, days in sorted(settings.rest_days.items())]


def counting_rows(settings: Settings) -> list[tuple[str, str, Decimal]]:
    """(field, label, share) of what of a single asset counts by its facts."""
    return [
        *((f"quality_{name}", f"Besides, for {label.lower()}", settings.quality[name]) for name, label in QUALITIES.items()),
        *((f"ageing_{first}", f"Of a receivable {first} days overdue counts", share) for first, share in sorted(settings.ageing.items())),
        ("debtor_limit", "Of one debtor counts at most", settings.debtor_limit),
    ]


def _share(text: str) -> str:
    """A percentage as a share: "76" is "0.76"."""
    whole, _, rest = text.strip().partition(".")
    return f"{whole}.{rest or 0}e-2" if whole.isdigit() and (not rest or rest.isdigit()) else text
