"""Queries that are written once give what the ORM gives."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Concat

from core.models import BankState, Branch, PartnerClient
from core.services.partners import register_partner
from core.written_queries import PreparedQuery, WrittenQuery
from loans.models import Application, Borrower

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch() -> Branch:
    return Branch.objects.create(code="W1", name="Written")


class TestAWrittenQuery:
    def test_gives_rows_with_what_is_joined_and_annotated(self, branch: Branch, django_assert_num_queries) -> None:
        BankState.objects.create(id=1, business_date=date(2026, 3, 2))
        partner = register_partner(name="One", client_id="one", client_secret="a-secret-of-tests", branch=branch, actor=None)
        query = WrittenQuery(
            lambda client, active: (
                PartnerClient.objects.filter(client_id=client, is_active=active)
                .select_related("branch")
                .annotate(said=Concat(F("name"), Value("!"), output_field=CharField()))
            )
        )
        for client, active, there in (("one", True, True), ("one", False, False), ("two", True, False)):
            with django_assert_num_queries(1):
                found = query.first(client, active)
                assert found is None or (found.branch.name, found.said) == ("Written", "One!")
            assert (found == partner) if there else found is None

    def test_gives_tuples_and_single_values(self, branch: Branch) -> None:
        other = Branch.objects.create(code="W2", name="Other")
        pairs = WrittenQuery(lambda first: Branch.objects.filter(pk__gte=first).order_by("pk").values_list("code", "name"))
        names = WrittenQuery(lambda first: Branch.objects.filter(pk__gte=first).order_by("-pk").values_list("name", flat=True)[:1])
        assert pairs.rows(branch.pk) == [("W1", "Written"), ("W2", "Other")]
        assert pairs.rows(other.pk) == [("W2", "Other")]
        assert names.rows(branch.pk) == ["Other"]

    def test_opens_what_is_encrypted(self, branch: Branch) -> None:
        person = Borrower.objects.create(reference="BR-1", branch=branch, kind="PERSON", name="Ada", national_id="ID-1", country="AT")
        query = WrittenQuery(lambda key: Borrower.objects.filter(pk=key))
        found = query.first(person.pk)
        assert (found.national_id, found.birth_date, found.created_at) == ("ID-1", None, person.created_at)

    def test_takes_a_value_for_nothing_but_a_value(self, branch: Branch) -> None:
        query = WrittenQuery(lambda name: Branch.objects.filter(name=name))
        assert query.rows("Written' OR '1' = '1") == []
        assert query.rows("%s") == []
        assert query.rows("Written") == [branch]

    @pytest.mark.django_db(transaction=True)
    def test_serves_threads_at_once(self, branch: Branch) -> None:
        query = WrittenQuery(lambda key: Branch.objects.filter(pk=key))

        def ask(_: int) -> str:
            try:
                return query.first(branch.pk).name
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(ask, range(20))) == {"Written"}


@pytest.mark.django_db(transaction=True)
class TestAPreparedQuery:
    def test_is_prepared_on_each_connection(self) -> None:
        query = PreparedQuery("SELECT $1::integer + $2, $1 > $2", 2)
        assert query.rows(2, 3) == [(5, False)]
        assert query.rows(4, 3) == [(7, True)]
        connection.close()
        assert query.rows(1, 1) == [(2, False)]

    def test_may_be_written_twice(self) -> None:
        for _ in range(2):
            assert PreparedQuery("SELECT $1::integer * 2", 1).rows(21) == [(42,)]

    def test_outlives_a_transaction_that_fails(self) -> None:
        query = PreparedQuery("SELECT $1::text", 1)
        with pytest.raises(RuntimeError), transaction.atomic():
            assert query.rows("a") == [("a",)]
            raise RuntimeError
        assert query.rows("'; DROP TABLE core_branch; --") == [("'; DROP TABLE core_branch; --",)]
        assert Application.objects.count() == 0

    @pytest.mark.usefixtures("changing")
    def test_lets_down_once_who_asks_while_a_column_changes_its_kind(self) -> None:
        query = PreparedQuery("SELECT code FROM changing WHERE code = $1", 1)
        assert query.rows("a") == [("a",)]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE changing ALTER COLUMN code TYPE varchar(9)")
        with pytest.raises(DatabaseError, match="must not change"):
            query.rows("a")
        close_old_connections()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE changing AS SELECT 'b'::varchar(9) AS code")
        assert query.rows("b") == [("b",)]

    @pytest.mark.usefixtures("changing")
    def test_keeps_the_connection_after_any_other_fault(self) -> None:
        opened = connection.connection
        with pytest.raises(DatabaseError):
            PreparedQuery("SELECT code FROM changing WHERE length(code) = $1", 1).rows("no number")
        close_old_connections()
        assert connection.connection is opened


@pytest.fixture
def changing() -> Iterator[None]:
    """A table of this connection alone."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE changing AS SELECT 'a'::varchar(3) AS code")
    yield
    connection.close()
