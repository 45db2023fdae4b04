"""Form fields as people fill them in: amounts with separators, days, percentages, several files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.validators import DecimalValidator
from django.utils.choices import BaseChoiceIterator

from core.money import minor_units
from core.written_number import plain_digits

F = TypeVar("F", bound=forms.BaseForm)


def _clean_number(value: Any) -> Any:
    return plain_digits(value) if isinstance(value, str) else value


class Listed(BaseChoiceIterator):
    """Choices written down once: the many fields that offer them share them, where Django would read and copy each for every field."""

    def __init__(self, choices: Iterable[tuple[str, str]]) -> None:
        self._choices = tuple(choices)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._choices)

    def __copy__(self) -> Listed:
        return self

    def __deepcopy__(self, memo: object) -> Listed:
        return self


class AmountField(forms.DecimalField):
    """An amount in the currency named beside the field: "312,000.50" or "312 000.50" in, Decimal out, at most two places, or as many as
    the currency has that `in_currency` names. Not `is_money`: a whole number written like one, which has no currency.
    """

    widget = forms.TextInput

    def __init__(self, *, is_money: bool = True, **options: Any) -> None:
        self.is_money = is_money
        options.setdefault("max_digits", 15)
        options.setdefault("decimal_places", 2)
        options.setdefault("error_messages", {})
        options["error_messages"].setdefault("invalid", "Write the amount in digits with a point before the cents, such as 312,000.50.")
        super().__init__(**options)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> Any:
        return super().to_python(_clean_number(value))

    def prepare_value(self, value: Any) -> Any:
        """ "12,000" and "12,000.50": never the further zeros of the column, which the field itself would refuse."""
        if not isinstance(value, Decimal | int):
            return value
        return f"{value:,.0f}" if value == int(value) else f"{value:,.{self.decimal_places}f}"


def in_currency(form: F, currency: str) -> F:
    """A form whose amounts take the decimals of a currency: three of the Kuwaiti dinar, none of the yen. Whole figures stay whole."""
    places = minor_units(currency)
    for field in form.fields.values():
        if isinstance(field, AmountField) and field.is_money:
            field.decimal_places = places
            field.validators = [one for one in field.validators if not isinstance(one, DecimalValidator)]
            field.validators.append(DecimalValidator(field.max_digits, places))
    return form


class PercentField(forms.DecimalField):
    """A rate written in percent, "4.35", kept as a fraction, 0.0435."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("error_messages", {})
        options["error_messages"].setdefault("invalid", "Write the rate in percent with a point before the decimals, such as 4.35.")
        super().__init__(**options)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> Any:
        # A share has no thousands: a comma in it is a decimal one, which the field itself refuses.
        number = super().to_python(value.strip().removesuffix("%").strip().replace("\u2212", "-") if isinstance(value, str) else value)
        return None if number is None else number / 100

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:.4f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A day, by the browser's own calendar."""

    widget = forms.DateInput

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        options.setdefault("error_messages", {})
        options["error_messages"].setdefault("invalid", "Write the date as year-month-day, such as 2026-11-23.")
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value


class FilesInput(forms.ClearableFileInput):
    """Several files at once; photos straight from the camera of a phone."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files, empty when none was chosen."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(one, initial) for one in (data or [])]
