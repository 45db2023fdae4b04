"""The core's own pages: who may open them, what they show, how many queries they cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from core import audit, counts, four_eyes
from core.models import BankState, Branch, Proposal, User
from core.roles import Role
from core.selectors import count_for_me
from core.services.staff import hire_user, propose_roles
from core.web.navigation import Link, build_navigation
from tests.every_role import every_role

pytestmark = pytest.mark.django_db


def person(username: str, *roles: Role, branches: tuple[Branch, ...] = ()) -> User:
    return hire_user(username=username, full_name=username.title(), roles=roles, branches=list(branches), password=None, actor=None)


@pytest.fixture
def client_of(bank: BankState):  # type: ignore[no-untyped-def]
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


class TestTheWayIn:
    def test_leads_strangers_to_the_sign_in(self, client: Client, bank: BankState) -> None:
        assert client.get("/")["Location"] == reverse("account_login")

    @pytest.mark.parametrize(("role", "name"), [(Role.AUDITOR, "core:audit_list"), (Role.ADMINISTRATOR, "core:user_list")])
    def test_leads_each_role_to_its_day_page(self, client_of, role: Role, name: str) -> None:  # type: ignore[no-untyped-def]
        assert client_of(person("ann", role)).get("/")["Location"] == reverse(name)

    def test_tells_a_person_without_a_role(self, client_of) -> None:  # type: ignore[no-untyped-def]
        answer = client_of(person("ann")).get("/")
        assert answer.status_code == 403
        assert b"You may not see this" in answer.content

    @pytest.mark.parametrize("address", ["/people/", "/audit/", "/proposals/"])
    def test_asks_strangers_to_sign_in_on_every_page(self, client: Client, bank: BankState, address: str) -> None:
        assert client.get(address)["Location"].startswith(reverse("account_login"))


class TestTheAuditTrail:
    @every_role(Role)
    def test_opens_for_those_who_answer_for_the_whole_bank(self, client_of, role: Role) -> None:  # type: ignore[no-untyped-def]
        expected = 200 if role in (Role.AUDITOR, Role.COMPLIANCE, Role.RISK_MANAGER, Role.ADMINISTRATOR) else 403
        assert client_of(person("ann", role)).get("/audit/").status_code == expected

    def test_shows_an_administrator_accounts_and_no_borrower(self, client_of) -> None:  # type: ignore[no-untyped-def]
        branch = Branch.objects.create(code="B1", name="North")
        audit.record("borrower.seen", actor=None, target=branch, label="Freya Lindqvist")
        text = client_of(person("ann", Role.ADMINISTRATOR)).get("/audit/").content.decode()
        assert "user.hired" in text
        assert "Freya Lindqvist" not in text
        assert "Freya Lindqvist" in client_of(person("bob", Role.AUDITOR)).get("/audit/").content.decode()

    def test_shows_details_whatever_they_are_called(self, client_of) -> None:  # type: ignore[no-untyped-def]
        branch = Branch.objects.create(code="B1", name="North")
        audit.record("papers.asked_for", actor=None, target=branch, items=["payslips"], keys=1, values=2)
        assert "payslips" in client_of(person("bob", Role.AUDITOR)).get("/audit/").content.decode()

    def test_is_filtered_by_its_address_and_exported_whole(self, client_of) -> None:  # type: ignore[no-untyped-def]
        client = client_of(person("bob", Role.AUDITOR))
        assert "Nothing matches" in client.get("/audit/?action=nothing.").content.decode()
        lines = client.get("/audit/?action=user.&export=csv").content.decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert client.get("/audit/?first=rubbish").status_code == 200

    def test_costs_the_same_queries_whatever_its_length(self, client_of, django_assert_num_queries: DjangoAssertNumQueries) -> None:  # type: ignore[no-untyped-def]
        client = client_of(person("bob", Role.AUDITOR))
        branch = Branch.objects.create(code="B1", name="North")
        # Session, person, roles; count and rows; the frame's freshness. The rest comes with the rows.
        with django_assert_num_queries(6):
            client.get("/audit/")
        for number in range(60):
            audit.record("thing.done", actor=None, target=branch, branch=branch, label=str(number))
        with django_assert_num_queries(6):
            client.get("/audit/")


class TestPeople:
    def test_are_listed_at_constant_cost(self, client_of, django_assert_num_queries: DjangoAssertNumQueries) -> None:  # type: ignore[no-untyped-def]
        branch = Branch.objects.create(code="B1", name="North")
        client = client_of(person("ann", Role.ADMINISTRATOR, branches=(branch,)))
        # Session, person, roles; count, rows, their roles, their branches; the frame's freshness.
        with django_assert_num_queries(8):
            client.get("/people/")
        for number in range(20):
            person(f"p{number}", Role.OFFICER, branches=(branch,))
        with django_assert_num_queries(8):
            assert "P19" in client.get("/people/").content.decode()

    def test_get_other_roles_when_a_second_person_confirms(self, client_of) -> None:  # type: ignore[no-untyped-def]
        ann, bob, eve = person("ann", Role.ADMINISTRATOR), person("bob", Role.COMPLIANCE), person("eve", Role.OFFICER)
        page = reverse("core:user_detail", args=[eve.pk])
        assert client_of(ann).post(page, {"roles": ["APPRAISER"]}).status_code == 302
        assert User.objects.get(pk=eve.pk).roles == {Role.OFFICER}
        own = client_of(ann).post(reverse("core:roles_decide", args=[eve.pk]), {"decision": "confirm"})
        assert own.status_code == 422
        assert "You proposed this yourself" in own.content.decode()
        assert client_of(bob).post(reverse("core:roles_decide", args=[eve.pk]), {"decision": "confirm"}).status_code == 302
        assert User.objects.get(pk=eve.pk).roles == {Role.APPRAISER}

    def test_keep_their_roles_when_the_proposal_is_refused(self, client_of) -> None:  # type: ignore[no-untyped-def]
        ann, bob, eve = person("ann", Role.ADMINISTRATOR), person("bob", Role.COMPLIANCE), person("eve", Role.OFFICER)
        propose_roles(user=eve, roles={Role.APPRAISER}, actor=ann)
        client_of(bob).post(reverse("core:roles_decide", args=[eve.pk]), {"decision": "refuse"})
        assert User.objects.get(pk=eve.pk).roles == {Role.OFFICER}
        assert Proposal.objects.get().state == "REJECTED"

    def test_stay_as_they_are_when_the_pair_is_incompatible(self, client_of) -> None:  # type: ignore[no-untyped-def]
        ann, bob, eve = person("ann", Role.ADMINISTRATOR), person("bob", Role.COMPLIANCE), person("eve", Role.OFFICER)
        propose_roles(user=eve, roles={Role.OFFICER, Role.APPROVER}, actor=ann)
        answer = client_of(bob).post(reverse("core:roles_decide", args=[eve.pk]), {"decision": "confirm"})
        assert answer.status_code == 422
        assert User.objects.get(pk=eve.pk).roles == {Role.OFFICER}
        assert four_eyes.open_proposal(kind="role_change", target=eve) is not None

    @every_role([role for role in Role if role not in (Role.ADMINISTRATOR, Role.AUDITOR, Role.COMPLIANCE)])
    def test_are_hidden_from_the_other_roles(self, client_of, role: Role) -> None:  # type: ignore[no-untyped-def]
        eve = person("eve", Role.OFFICER)
        client = client_of(person("ann", role))
        assert client.get(reverse("core:user_detail", args=[eve.pk])).status_code == 403
        assert client.post(reverse("core:user_switch", args=[eve.pk]), {"active": "off"}).status_code == 403
        assert User.objects.get(pk=eve.pk).is_active

    def test_who_do_not_exist_look_like_a_page_that_does_not(self, client_of) -> None:  # type: ignore[no-untyped-def]
        assert client_of(person("ann", Role.AUDITOR)).get(reverse("core:user_detail", args=[999])).status_code == 404


class TestWhatWaitsForASecondPerson:
    def test_is_shown_to_those_who_may_confirm_it(self, client_of) -> None:  # type: ignore[no-untyped-def]
        ann, bob, eve = person("ann", Role.ADMINISTRATOR), person("bob", Role.COMPLIANCE), person("eve", Role.OFFICER)
        propose_roles(user=eve, roles={Role.APPRAISER}, actor=ann, path=f"/people/{eve.pk}/")
        assert f"/people/{eve.pk}/" in client_of(bob).get("/proposals/").content.decode()
        assert "Another person" in client_of(ann).get("/proposals/").content.decode()
        assert "Nothing waits" in client_of(eve).get("/proposals/").content.decode()
        assert (count_for_me(bob), count_for_me(ann), count_for_me(eve)) == (1, 0, 0)


class TestThePagesThemselves:
    def test_are_never_stored_and_carry_no_inline_code(self, client_of) -> None:  # type: ignore[no-untyped-def]
        answer = client_of(person("ann", Role.AUDITOR)).get("/audit/")
        assert "no-store" in answer["Cache-Control"]
        text = answer.content.decode()
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert "hx-on" not in text

    def test_count_what_waits_beside_the_entry(self, client_of, settings: Any) -> None:  # type: ignore[no-untyped-def]
        settings.CREDENCE_NAV_COUNTS = {"core:proposal_list": "core.selectors.count_for_me"}
        ann, bob, eve = person("ann", Role.ADMINISTRATOR), person("bob", Role.COMPLIANCE), person("eve", Role.OFFICER)
        propose_roles(user=eve, roles={Role.APPRAISER}, actor=ann)
        assert '1<span class="vh"> waiting</span>' in client_of(bob).get("/audit/").content.decode()
        assert " waiting</span>" not in client_of(ann).get("/audit/").content.decode()

    def test_count_no_further_than_anybody_reads(self, client_of, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
        monkeypatch.setattr(counts, "MOST", 2)
        assert counts.count_up_to_most(User.objects.filter(pk=0)) == 0
        for name in ("ann", "bob", "eve"):
            person(name, Role.AUDITOR)
        assert counts.count_up_to_most(User.objects.order_by("full_name")) == 2
        assert [Link("", "", "", current=False, count=number).count_words for number in (999, 1000, 1001)] == ["999", "999+", "999+"]

    def test_show_only_entries_of_the_roles_in_the_navigation(self, client_of) -> None:  # type: ignore[no-untyped-def]
        text = client_of(person("ann", Role.OFFICER)).get("/proposals/").content.decode()
        assert "Users and roles" not in text
        assert "Second person" in text


@every_role(Role)
def test_no_link_of_the_navigation_is_refused(role: Role, client_of: Any, nav_counts: None) -> None:
    branch = Branch.objects.create(code="NAV", name="Navigation")
    user = person(f"nav_{role.value.lower()}", role, branches=(branch,))
    client = client_of(user)
    request: Any = RequestFactory().get("/")
    request.user = user
    refused = [link.url for group in build_navigation(request) for link in group.links if client.get(link.url).status_code >= 400]
    assert not refused
