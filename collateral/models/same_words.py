"""When two references or numbers are the same one, however they are written."""

from __future__ import annotations

from typing import Final

from django.db.models import CharField, Expression, F, Func, Value
from django.db.models.functions import Upper

# The same of a column in SQL.
PLAIN_SQL: Final = "upper(regexp_replace({column}, '[[:space:][:punct:]]', '', 'g'))"


def plain(text: F | Value) -> Expression:
    """A reference without spaces and signs, in capitals: an index stands on it, so that it is written in one way."""
    letters = Func(text, Value("[[:space:][:punct:]]"), Value(""), Value("g"), function="regexp_replace", output_field=CharField())
    return Upper(letters)
