"""Fields and the strict base serializer of the partner API: what is not of the documented form is refused, never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from threading import local
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import MoneyError, is_currency, parse_amount

_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)
_RATE = re.compile(r"\d{1,2}(\.\d{1,8})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields by name, so that a misspelt one is never silently dropped."""

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:
        """What a request says, validated. A thread makes the form once: its fields are hundreds of objects.

        Raises ValidationError with every fault.
        """
        form = _forms.made.get(cls) or _forms.made.setdefault(cls, cls())
        form.initial_data = data  # where amounts look their currency up
        try:
            found: dict[str, Any] = form.run_validation(data)
        finally:
            del form.initial_data
        return found

    def to_internal_value(self, data: Any) -> Any:
        faults: dict[str, Any] = {}
        if isinstance(data, dict):
            for name in data:
                if name not in self.fields:
                    faults[name] = [serializers.ErrorDetail("This field is not known.", code="unknown_field")]
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**(error.detail if isinstance(error.detail, dict) else {}), **faults}) from error
        if faults:
            raise serializers.ValidationError(faults)
        return value


class _Forms(local):
    """The forms that a thread has made."""

    def __init__(self) -> None:
        self.made: dict[type, Any] = {}


_forms = _Forms()


class TextField(serializers.CharField):
    """A JSON string; numbers and truth values are not taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeField(serializers.IntegerField):
    """A whole JSON number; texts and fractions are refused."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer() and abs(data) < 2**53:
            data = int(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """`true` or `false`, and no other word for them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$", "examples": ["12500.00"]})
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """Money as a string ("12500.00") in the `currency` that stands at the top of the request.

    A JSON number, an exponent, separators or surplus decimals are refused, never rounded. Whether an amount may be zero or
    negative is a rule of the action, not of the form.
    """

    default_error_messages = {
        "not_a_string": 'Send money as a string such as "12500.00", not as a JSON number.',
        "form": 'Write the amount with digits and at most one decimal point, such as "12500.00".',
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("not_a_string")
        if not _AMOUNT.fullmatch(data):
            self.fail("form")
        if (currency := self._currency()) is not None:
            try:
                parse_amount(data, currency, positive=False)
            except MoneyError as error:
                raise serializers.ValidationError(str(error), code=error.code) from error
        return Decimal(data)

    def _currency(self) -> str | None:
        """The currency of the request, when there is a known one; a wrong one is reported at its own field."""
        sent = getattr(self.root, "initial_data", None)
        currency = sent.get("currency") if isinstance(sent, dict) else None
        return currency if isinstance(currency, str) and is_currency(currency) else None

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]})
class CurrencyField(serializers.Field[Any, Any, Any, Any]):
    """The three letters of a currency that ISO 4217 knows."""

    default_error_messages = {"unknown_currency": "This is not a currency code such as EUR."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not is_currency(data):
            self.fail("unknown_currency")
        return str(data)

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,2}(\.[0-9]{1,8})?$", "examples": ["0.0725"]})
class RateField(serializers.Field[Any, Any, Any, Any]):
    """A rate per year as a decimal fraction in a string ("0.0725")."""

    default_error_messages = {"form": 'Write the rate as a fraction per year in a string, such as "0.0725".'}

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _RATE.fullmatch(data):
            self.fail("form")
        return Decimal(data)

    def to_representation(self, value: Any) -> str:
        return format(Decimal(value).normalize(), "f")


class DayField(serializers.DateField):
    """A calendar day, `YYYY-MM-DD` and nothing else."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class InstantField(serializers.DateTimeField):
    """An instant as RFC 3339 writes it, with its offset from UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(value)


def empty_body(data: Any) -> None:
    """For a POST that takes no content: anything sent is an unknown field. Raises ValidationError (400)."""
    StrictSerializer.read(data or {})
