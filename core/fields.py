"""Model fields that the whole house shares: exact money, row-bound encryption, blind indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models

from core import crypto


class MoneyField(models.DecimalField[Any, Any]):
    """An exact amount in numeric(20, 4), enough for every ISO 4217 currency; the currency stands beside it or on its owner."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 20
        kwargs["decimal_places"] = 4
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


class RateField(models.DecimalField[Any, Any]):
    """A rate as a decimal fraction (0.0725 is 7.25%) with eight decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"] = 14
        kwargs["decimal_places"] = 8
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A value as it stands in the database: opened only when somebody reads it."""

    stored: bytes


class _DecryptOnRead:
    """Descriptor: `from_db_value` does not know the row, so the value opens at first access, where the key of the row is known."""

    def __init__(self, field: EncryptedTextField) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        values = instance.__dict__
        if self.field.attname not in values:
            instance.refresh_from_db(fields=[self.field.attname])
        value = values[self.field.attname]
        if isinstance(value, _Sealed):
            value = crypto.decrypt(value.stored, place=self.field.place(instance))
            values[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.BinaryField[Any, Any]):
    """Text encrypted with AES-GCM and bound to "table.column:pk".

    The row's key must exist before saving (a UUID made in Python). `QuerySet.update()`, `bulk_update()` and filtering are
    refused: they would write or compare text that is not bound to its row. Search through a BlindIndexField beside it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["default"] = b""
        kwargs["blank"] = True
        kwargs["editable"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for given in ("default", "blank", "editable"):
            kwargs.pop(given, None)
        return name, path, args, kwargs

    def get_default(self) -> Any:
        return ""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _DecryptOnRead(self))

    def place(self, instance: models.Model) -> str:
        return f"{self.model._meta.db_table}.{self.column}:{instance.pk}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        stored = bytes(value or b"")
        return _Sealed(stored) if stored else ""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname, "")
        if isinstance(value, _Sealed):
            return value.stored
        return crypto.encrypt(value, place=self.place(model_instance)) if value else b""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str) and value:
            raise TypeError(f"{self.name} is encrypted for its row: save the object, do not update() or filter() on it")
        return super().get_db_prep_value(value or b"", connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self.name} is encrypted and is not serialised")


class BlindIndexField(models.BinaryField[Any, Any]):
    """The keyed fingerprint of the encrypted field `source`, for exact search across tables.

    Search with `filter(phone_index=crypto.blind_index(value, kind="phone"))`; equal values of one `kind` meet wherever they
    stand. Computed on save; null while the source is empty. A save with `update_fields` must name both.
    """

    def __init__(self, *args: Any, source: str = "", kind: str = "", **kwargs: Any) -> None:
        self.source = source
        self.kind = kind
        kwargs["null"] = True
        kwargs["editable"] = False
        kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "kind": self.kind}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.source, "")
        if not isinstance(value, _Sealed):
            setattr(model_instance, self.attname, crypto.blind_index(value, kind=self.kind) if value else None)
        return getattr(model_instance, self.attname)
