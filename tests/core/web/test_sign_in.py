"""Signing in: who gets in, who does not, and what strangers can learn from it."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client, override_settings
from django.urls import reverse

from core.models import BankState, User
from core.roles import Role
from core.services.staff import hire_user

PASSWORD = "correct-horse-battery"


@pytest.fixture
def officer(bank: BankState) -> User:
    return hire_user(username="officer1", full_name="Maja Kovac", roles=(Role.OFFICER,), branches=[], password=PASSWORD, actor=None)


@pytest.fixture
def administrator(bank: BankState) -> User:
    return hire_user(username="admin1", full_name="Ada Berg", roles=(Role.ADMINISTRATOR,), branches=[], password=PASSWORD, actor=None)


def sign_in(client: Client, username: str, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    return client.post(reverse("account_login"), {"login": username, "password": password})


@pytest.mark.django_db
class TestSigningIn:
    def test_leads_to_the_day_page(self, client: Client, administrator: User) -> None:
        answer = sign_in(client, "admin1")
        assert answer.status_code == 302
        assert answer["Location"] == reverse("core:user_list")

    def test_shows_the_page(self, client: Client, bank: BankState) -> None:
        answer = client.get(reverse("account_login"))
        assert answer.status_code == 200
        assert b"User name" in answer.content
        assert b"style=" not in answer.content

    def test_says_the_same_about_a_wrong_password_and_an_unknown_name(self, client: Client, officer: User) -> None:
        wrong, unknown = sign_in(client, "officer1", "no"), sign_in(client, "nobody", "no")
        assert wrong.status_code == unknown.status_code == 422
        assert [str(e) for e in wrong.context["form"].non_field_errors()] == [str(e) for e in unknown.context["form"].non_field_errors()]

    def test_stops_after_some_failures(self, client: Client, officer: User) -> None:
        for _ in range(5):
            sign_in(client, "officer1", "no")
        assert sign_in(client, "officer1").status_code in (422, 429)
        assert "_auth_user_id" not in client.session

    def test_is_refused_for_an_account_that_is_off(self, client: Client, officer: User) -> None:
        User.objects.filter(pk=officer.pk).update(is_active=False)
        sign_in(client, "officer1")
        assert "_auth_user_id" not in client.session

    def test_ends_at_once_when_the_account_is_switched_off(self, client: Client, administrator: User) -> None:
        client.force_login(administrator)
        assert client.get(reverse("core:user_list")).status_code == 200
        User.objects.filter(pk=administrator.pk).update(is_active=False)
        assert client.get(reverse("core:user_list")).status_code == 302

    def test_offers_no_sign_up(self, client: Client, bank: BankState) -> None:
        assert client.get("/account/signup/").status_code == 404


@pytest.mark.django_db
class TestTheSecondFactor:
    @override_settings(CREDENCE_REQUIRE_MFA=True)
    def test_has_to_be_set_up_where_it_is_required(self, client: Client, administrator: User) -> None:
        client.force_login(administrator)
        answer = client.get(reverse("core:user_list"))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("mfa_activate_totp")

    def test_is_optional_in_the_demo(self, client: Client, administrator: User) -> None:
        client.force_login(administrator)
        assert client.get(reverse("core:user_list")).status_code == 200

    def test_is_asked_for_after_the_password_and_kept_encrypted(self, client: Client, administrator: User) -> None:
        sign_in(client, "admin1")
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        page = client.get(reverse("mfa_activate_totp"))
        assert b"<svg" in page.content
        secret = page.context["form"].secret
        code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
        assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
        row = Authenticator.objects.get(user=administrator, type="totp")
        assert secret not in str(row.data)
        assert client.get(reverse("mfa_index")).status_code == 200
        assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
        client.post(reverse("account_logout"))
        answer = sign_in(client, "admin1")
        assert answer["Location"] == reverse("mfa_authenticate")
        assert client.get(reverse("core:user_list")).status_code == 302
        assert client.post(reverse("mfa_authenticate"), {"code": "abc"}).status_code == 422


@pytest.mark.django_db
class TestTheStepUp:
    @override_settings(CREDENCE_REQUIRE_STEP_UP=True)
    def test_asks_for_the_password_before_people_are_changed(self, client: Client, administrator: User, officer: User) -> None:
        client.force_login(administrator)
        answer = client.post(reverse("core:user_switch", args=[officer.pk]), {"active": "off"})
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
        officer.refresh_from_db()
        assert officer.is_active

    def test_is_off_in_the_demo(self, client: Client, administrator: User, officer: User) -> None:
        client.force_login(administrator)
        client.post(reverse("core:user_switch", args=[officer.pk]), {"active": "off"})
        officer.refresh_from_db()
        assert not officer.is_active
