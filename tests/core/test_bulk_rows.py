"""Many rows at once: what cannot be is refused as by an insert, and nothing is guessed."""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, transaction

from core.bulk_rows import copy_in
from core.models import Branch, OutboxEvent

pytestmark = pytest.mark.django_db


def test_the_database_holds_its_constraints() -> None:
    known = Branch.objects.create(code="C1", name="Known")
    for rows, fault in (
        ([Branch(id=known.pk, code="C2", name="Same key")], IntegrityError),
        ([Branch(id=known.pk + 1, code="C3", name="N" * 500)], DataError),
    ):
        with pytest.raises(fault), transaction.atomic():
            copy_in(Branch, rows)
    assert Branch.objects.get(code="C1") == known
    assert not Branch.objects.filter(code__in=["C2", "C3"]).exists()


def test_nothing_is_written_of_no_rows_nor_of_a_kind_it_does_not_know() -> None:
    assert copy_in(Branch, []) == 0
    with pytest.raises(TypeError, match="dict is not written"):
        copy_in(OutboxEvent, [OutboxEvent(payload={"a": 1})])
