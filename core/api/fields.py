"""Fields and the strict base serializer of the partner API."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers

_AMOUNT = re.compile(r"^-?\d{1,15}(\.\d{1,4})?$")
_RATE = re.compile(r"^\d{1,2}(\.\d{1,8})?$")


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields by name, so that a misspelt one is never silently dropped."""

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


class AmountField(serializers.Field[Any, Any, Any, Any]):
    """Money as a string ("12500.00"). A JSON number, an exponent, separators or surplus decimals are refused, never rounded."""

    default_error_messages = {
        "not_a_string": 'Send money as a string such as "12500.00", not as a JSON number.',
        "form": 'Write the amount with digits and at most one decimal point, such as "12500.00".',
    }

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("not_a_string")
        if not _AMOUNT.fullmatch(data):
            self.fail("form")
        return Decimal(data)

    def to_representation(self, value: Any) -> str:
        return str(value)


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
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)
