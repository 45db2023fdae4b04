"""What the database shows when a query forgets to ask who is looking: each test queries whole tables, as a faulty view would."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.models import Branch, PartnerClient, User
from core.roles import Role
from core.row_security import branches_of, files_of, see, sees_whole_bank, whole_bank
from core.services.partners import register_partner
from core.web.row_security import RowSecurityMiddleware
from core.written_queries import PreparedQuery
from loans.models import Application, Borrower, Loan
from tests.api.client import SECRET
from tests.api.conftest import MakeFile, MakeLoan
from tests.core.people import branch as branch_of
from tests.core.people import person

pytestmark = pytest.mark.django_db
TABLES = (Borrower, Application, Loan)


@pytest.fixture(autouse=True)
def _sight_again() -> Iterator[None]:
    yield
    see(("*", ""))


@pytest.fixture
def north() -> Branch:
    return branch_of("N")


@pytest.fixture
def far_partner(north: Branch) -> PartnerClient:
    return register_partner(name="Far Partner", client_id="partner-3", client_secret=SECRET, branch=north, actor=None)


@pytest.fixture
def files(lent: MakeLoan, sent: MakeFile, partner: PartnerClient, other_partner: PartnerClient, far_partner: PartnerClient) -> None:
    """A loan of the first partner's, an application of the second one's in the same branch, and one in another branch."""
    lent(partner)
    sent(other_partner)
    sent(far_partner)


def counts() -> tuple[int, ...]:
    """How many borrowers, applications and loans there are to be seen."""
    return tuple(table.objects.count() for table in TABLES)


def seen_by(user: User | AnonymousUser, method: str = "GET") -> tuple[int, ...]:
    """What a request of this person would find in the tables."""
    seen: list[tuple[int, ...]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(counts())
        return HttpResponse()

    request = RequestFactory().generic(method, "/")
    request.user = user
    RowSecurityMiddleware(view)(request)
    return seen[0]


@pytest.mark.usefixtures("files")
class TestReadingRequests:
    def test_see_the_person_s_own_branches(self, branch: Branch, north: Branch) -> None:
        assert counts() == (3, 3, 1)
        assert seen_by(person("ann", Role.OFFICER, branches=(branch,))) == (2, 2, 1)
        assert seen_by(person("ben", Role.APPROVER, branches=(north,))) == (1, 1, 0)
        assert seen_by(person("cleo", Role.OFFICER, branches=(branch, north))) == (3, 3, 1)

    def test_see_everything_for_the_whole_bank_and_nothing_without_a_branch(self, branch: Branch) -> None:
        assert seen_by(person("rita", Role.RISK_MANAGER)) == (3, 3, 1)
        assert seen_by(person("noah", Role.OFFICER)) == (0, 0, 0)
        assert seen_by(person("adm", Role.ADMINISTRATOR, branches=(branch,))) == (0, 0, 0)

    def test_see_no_more_by_a_query_that_was_planned_for_another(self, branch: Branch, north: Branch) -> None:
        """After five times PostgreSQL keeps one plan for all who ask on a connection."""
        query = PreparedQuery("SELECT id FROM loans_application WHERE channel <> $1", 1)
        people = [
            person("ann", Role.OFFICER, branches=(branch,)),
            person("ben", Role.OFFICER, branches=(north,)),
            person("noah", Role.OFFICER),
        ]
        for _ in range(8):
            assert len(query.rows("")) == 3
            for who, rows in zip(people, (2, 1, 0), strict=True):
                see(branches_of(who))
                assert len(query.rows("")) == rows
            see(("*", ""))

    def test_narrow_nothing_that_changes_something(self, north: Branch) -> None:
        assert seen_by(person("ben", Role.OFFICER, branches=(north,)), "POST") == (3, 3, 1)

    def test_leave_the_connection_as_it_was_even_when_they_fail(self, north: Branch) -> None:
        def view(request: HttpRequest) -> HttpResponse:
            assert counts() == (1, 1, 0)
            raise ZeroDivisionError

        request = RequestFactory().get("/")
        request.user = person("ben", Role.OFFICER, branches=(north,))
        with pytest.raises(ZeroDivisionError):
            RowSecurityMiddleware(view)(request)
        assert sees_whole_bank()
        assert counts() == (3, 3, 1)


@pytest.mark.usefixtures("files")
class TestPartners:
    def test_see_their_own_files_alone(self, partner: PartnerClient, other_partner: PartnerClient, far_partner: PartnerClient) -> None:
        seen = {}
        for each in (partner, other_partner, far_partner):
            see(files_of(each))
            seen[each.name] = counts()[1:]
        assert seen == {"First Partner": (1, 1), "Second Partner": (1, 0), "Far Partner": (1, 0)}


@pytest.mark.usefixtures("files")
class TestSight:
    def test_widens_for_a_while(self, north: Branch) -> None:
        see(branches_of(person("ben", Role.OFFICER, branches=(north,))))
        with whole_bank():
            assert counts() == (3, 3, 1)
        assert counts() == (1, 1, 0)

    def test_survives_a_failed_statement(self, north: Branch) -> None:
        see(branches_of(person("ben", Role.OFFICER, branches=(north,))))
        with pytest.raises(DatabaseError), transaction.atomic(), whole_bank(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert counts() == (1, 1, 0)

    def test_hides_rows_from_changes_too(self, north: Branch) -> None:
        see(branches_of(person("ben", Role.OFFICER, branches=(north,))))
        assert Loan.objects.update(arrears=1) == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Borrower.objects.update(branch=branch_of("S"))

    def test_without_the_settings_no_row_is_visible(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET credence.branches; RESET credence.partner")
        assert counts() == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_opens_in_the_middle_is_told(lent: MakeLoan, partner: PartnerClient, north: Branch) -> None:
    lent(partner)
    see(branches_of(person("ben", Role.OFFICER, branches=(north,))))
    connection.close()
    assert counts() == (0, 0, 0)
    see(("*", ""))
    connection.close()
    assert counts() == (1, 1, 1)
