"""What tests begin with is made once, is just what each asked for, and is as new for the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from core.models import BankState, Branch
from tests.shared_rows import shared

made: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def counted() -> Iterator[None]:
    made.clear()
    yield
    assert len(made) == len(set(made))


@shared
def first(bank: BankState) -> Branch:
    made.append("first")
    return Branch.objects.create(code="S1", name="First")


@shared
def second(first: Branch) -> tuple[Branch, Branch]:
    made.append("second")
    return first, Branch.objects.create(code="S2", name="Second")


@pytest.mark.parametrize("again", range(3))
def test_is_as_new_for_every_test(first: Branch, again: int) -> None:
    assert (first.name, Branch.objects.get().name) == ("First", "First")
    first.name = f"Changed {again}"
    first.save()
    Branch.objects.create(code="S3", name="Left behind")


@pytest.mark.parametrize("again", range(3))
def test_of_one_and_of_what_knows_it_are_the_same_copy(second: tuple[Branch, Branch], first: Branch, again: int) -> None:
    assert second[0] is first and not hasattr(first, "marked")
    first.marked = again  # type: ignore[attr-defined]
    assert Branch.objects.count() == 2
    Branch.objects.filter(code="S2").delete()


def test_is_nothing_that_was_not_asked_for(bank: BankState) -> None:
    assert not Branch.objects.exists()


@pytest.mark.parametrize("again", range(2))
def test_leaves_constraints_for_the_end_of_the_transaction(first: Branch, again: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Nothing stands for this branch; that is looked at only when the transaction ends.
        cursor.execute("INSERT INTO core_userbranch (user_id, branch_id) VALUES (-1, %s)", [first.pk])
        cursor.execute("DELETE FROM core_userbranch WHERE user_id = -1")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
def test_is_made_within_a_test_that_commits(bank: BankState) -> None:
    assert BankState.objects.count() == 1 and not connection.in_atomic_block
