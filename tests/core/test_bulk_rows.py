"""Many rows at once: what cannot be is refused as by an insert, and nothing is guessed."""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, transaction

from core.bulk_rows import copy_in, insert_rows
from core.models import Branch, OutboxEvent
from loans.models import Borrower

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


class TestAFewRows:
    def test_of_several_tables_are_written_in_one_message(self, django_assert_num_queries) -> None:
        branch = Branch.objects.create(code="F1", name="Few")
        people = [
            Borrower(reference=f"BR-{name}", branch=branch, kind="PERSON", name=name, national_id=f"ID-{name}") for name in ("Ada", "Bo")
        ]
        event = OutboxEvent(name="Told", payload={"of": "%s; DROP TABLE core_branch", "quoted": "'"})
        with django_assert_num_queries(1):
            insert_rows([*people, event])
        assert [person.national_id for person in Borrower.objects.order_by("reference")] == ["ID-Ada", "ID-Bo"]
        kept = OutboxEvent.objects.get(pk=event.pk)
        assert (kept.payload, kept.created_at, kept.delivered_at) == (event.payload, event.created_at, None)
        assert not event._state.adding, "saved again it is changed, not added"

    def test_are_refused_together_as_by_an_insert(self) -> None:
        known = Branch.objects.create(code="F1", name="Few")
        person = Borrower(reference="BR-1", branch=known, kind="PERSON", name="Ada")
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows([person, Borrower(reference="BR-1", branch=known, kind="PERSON", name="Bo")])
        assert not Borrower.objects.exists()

    def test_may_be_none(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(0):
            insert_rows([])
