"""Rows kept in memory: read once in each state, and never given in an old one."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from core.kept_rows import MOST, KeptRows, mark_of
from core.models import BankState, Branch, PartnerClient
from core.services.partners import register_partner

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> KeptRows[Branch, str]:
    return KeptRows(Branch.objects.all, lambda branch: branch.name.upper(), "core_branch")


def mark(kept: KeptRows[Branch, str], branch: Branch) -> str | None:
    """The mark of a branch as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {kept.mark} FROM core_branch WHERE id = %s", [branch.pk])
        found = cursor.fetchone()
    return found[0] if found else None


class TestOneRow:
    def test_is_read_once(self, kept: KeptRows[Branch, str], django_assert_num_queries) -> None:
        branch = Branch.objects.create(code="K1", name="Kept")
        present = mark(kept, branch)
        with django_assert_num_queries(1):
            first = kept.get(present)
            again = kept.get(present)
        assert first == again == (branch, "KEPT")

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_is_read_again_once_it_changed(self, kept: KeptRows[Branch, str], by_hand: bool) -> None:
        branch = Branch.objects.create(code="K1", name="Kept")
        kept.get(mark(kept, branch))
        for name in ("Changed", "Kept", "Changed again"):  # in one transaction with what made it
            if by_hand:
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE core_branch SET name = %s WHERE id = %s", [name, branch.pk])
            else:
                Branch.objects.filter(pk=branch.pk).update(name=name)
            found = kept.get(mark(kept, branch))
            assert found is not None and (found[0].name, found[1]) == (name, name.upper())

    def test_is_as_it_was_after_a_change_that_was_rolled_back(self, kept: KeptRows[Branch, str]) -> None:
        branch = Branch.objects.create(code="K1", name="Kept")
        with pytest.raises(RuntimeError), transaction.atomic():
            Branch.objects.filter(pk=branch.pk).update(name="Never")
            assert kept.get(mark(kept, branch))[1] == "NEVER"
            raise RuntimeError
        assert kept.get(mark(kept, branch))[1] == "KEPT"
        Branch.objects.filter(pk=branch.pk).update(name="Really")
        assert kept.get(mark(kept, branch))[1] == "REALLY"

    def test_belongs_to_who_asked_for_it(self, kept: KeptRows[Branch, str]) -> None:
        branch = Branch.objects.create(code="K1", name="Kept")
        present = mark(kept, branch)
        kept.get(present)[0].name = "Spoilt"
        assert kept.get(present)[0].name == "Kept"

    def test_is_none_without_a_mark_and_once_deleted(self, kept: KeptRows[Branch, str]) -> None:
        branch = Branch.objects.create(code="K1", name="Kept")
        present = mark(kept, branch)
        branch.delete()
        assert kept.get(present) is None
        assert kept.get(mark(kept, branch)) is None

    def test_is_not_kept_beside_too_many(self, kept: KeptRows[Branch, str]) -> None:
        branches = Branch.objects.bulk_create(Branch(code=f"M{number}", name=f"No. {number}") for number in range(MOST + 5))
        for branch in branches:
            assert kept.get(mark(kept, branch)) == (branch, branch.name.upper())
        assert len(kept._kept) <= MOST


def test_a_row_joined_to_it_changes_it_too() -> None:
    branch = Branch.objects.create(code="J1", name="Before")
    BankState.objects.create(id=1, business_date=date(2026, 3, 2))
    partner = register_partner(name="Joined", client_id="joined", client_secret="a-secret-of-tests", branch=branch, actor=None)
    kept = KeptRows(
        lambda: PartnerClient.objects.select_related("branch"), lambda one: one.branch.name, "core_partnerclient", "core_branch"
    )

    def asked() -> str | None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {kept.mark} FROM core_partnerclient JOIN core_branch ON core_branch.id = branch_id WHERE core_partnerclient.id = %s",
                [partner.pk],
            )
            return cursor.fetchone()[0]

    assert kept.get(asked())[1] == "Before"
    Branch.objects.filter(pk=branch.pk).update(name="After")
    assert kept.get(asked())[1] == "After"
    found = kept.get(asked())[0]
    found.branch.name = "Spoilt"
    assert kept.get(asked())[0].branch.name == "After", "a joined row belongs to who asked for it, too"


@pytest.mark.django_db(transaction=True)
def test_a_row_put_where_an_earlier_version_lay_has_another_mark() -> None:
    with connection.cursor() as cursor:

        def asked() -> str:
            cursor.execute(f"SELECT {mark_of('moved')}, name FROM moved")
            return cursor.fetchone()[0]

        cursor.execute("CREATE TEMPORARY TABLE moved (id integer, name text)")
        with transaction.atomic():
            cursor.execute("INSERT INTO moved VALUES (1, 'before')")
            before = asked()
            cursor.execute("UPDATE moved SET name = 'after'")
        cursor.execute("VACUUM FULL moved")
        moved = asked()
        cursor.execute("DROP TABLE moved")
    assert before != moved
