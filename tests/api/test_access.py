"""Who gets in: tokens, scopes, partners. What is refused looks the same whether it is absent or somebody else's."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import get_access_token_model, get_application_model

from core.api.token_view import MOST_FAILURES
from core.models import PartnerClient
from core.services.partners import SCOPES
from tests.api.client import BASE, SECRET, Api, is_problem
from tests.api.operations import OPERATIONS, served

pytestmark = pytest.mark.django_db
NOBODYS = "00000000-0000-7000-8000-000000000000"
ALL = sorted(OPERATIONS)


def address(path: str) -> str:
    return "/" + path.replace("{id}", NOBODYS).replace("{code}", "none").replace("{d}", NOBODYS)


class TestOperations:
    def test_are_those_of_the_contract_with_their_scopes(self) -> None:
        assert {(method, path): view.scopes[method] for method, path, view in served()} == OPERATIONS


class TestTokens:
    @pytest.mark.parametrize(("method", "path"), ALL)
    @pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer", "Basic cGFydG5lci0xOng=", "Token abc"])
    def test_without_a_valid_token_nothing_is_told(self, bank: object, method: str, path: str, header: str | None) -> None:
        headers = {"Authorization": header} if header else {}
        answer = Client().generic(method, BASE + address(path), "{}", content_type="application/json", headers=headers)
        assert is_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_an_expired_token_is_none(self, api: Api) -> None:
        assert api.get("/products").status_code == 200
        get_access_token_model().objects.update(expires=timezone.now() - timedelta(seconds=1))
        assert is_problem(api.get("/products"), 401)

    def test_a_revoked_token_is_none(self, api: Api) -> None:
        basic = b64encode(f"partner-1:{SECRET}".encode()).decode()
        answer = Client().post("/oauth/revoke", {"token": api.token}, headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 200
        assert is_problem(api.get("/products"), 401)

    def test_a_partner_that_was_switched_off_is_out_at_once(self, api: Api, partner: PartnerClient) -> None:
        PartnerClient.objects.filter(pk=partner.pk).update(is_active=False)
        for path in ("/products", "/loans", "/applications"):
            assert is_problem(api.get(path), 401)

    def test_a_token_of_no_partner_opens_nothing(self, api: Api) -> None:
        PartnerClient.objects.all().delete()
        assert is_problem(api.get("/products"), 401)

    def test_a_wrong_secret_gives_no_token(self, partner: PartnerClient) -> None:
        basic = b64encode(b"partner-1:guess").decode()
        answer = Client().post("/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"})
        assert answer.status_code == 401
        assert get_application_model().objects.get().client_secret != SECRET

    def test_a_session_of_the_browser_opens_nothing(self, officer: object) -> None:
        client = Client()
        client.force_login(officer)  # type: ignore[arg-type]
        assert is_problem(client.get(f"{BASE}/products"), 401)


class TestScopes:
    @pytest.mark.parametrize(("method", "path"), ALL)
    def test_each_operation_refuses_every_other_scope(self, partner: PartnerClient, method: str, path: str) -> None:
        others = " ".join(scope for scope in SCOPES if scope != OPERATIONS[method, path])
        api = Api(partner, others)
        answer = api.call(method, address(path), **{"Idempotency-Key": "k"})
        assert is_problem(answer, 403)

    @pytest.mark.parametrize(("method", "path"), ALL)
    def test_each_operation_is_open_to_its_own_scope(self, partner: PartnerClient, method: str, path: str) -> None:
        answer = Api(partner, OPERATIONS[method, path]).call(method, address(path), **{"Idempotency-Key": "k"})
        assert answer.status_code in (200, 400, 404, 415), answer.content


class TestAddressesAndMethods:
    @pytest.mark.parametrize("path", sorted({path for _, path in ALL}))
    def test_other_methods_are_named(self, api: Api, path: str) -> None:
        offered = {method for method, other in OPERATIONS if other == path}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - offered:
            answer = api.call(method, address(path))
            assert is_problem(answer, 405, "method_not_allowed")
            assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == offered

    @pytest.mark.parametrize("path", ["/nothing", "/loans/", "/loans/a/b/c", "/products/%00", "/loans/%00", "/applications/%F0%9F%98%80"])
    def test_unknown_addresses_are_problems_too(self, api: Api, path: str) -> None:
        assert is_problem(api.get(path), 404, "not_found")

    @pytest.mark.parametrize("key", ["%C3%92%3F%C3%95T", "%F1%B8%9A%BE%3F%23", "a%2Fb%3Fc=%C3%95", "..%2f..%3f%ff"])
    def test_an_address_of_any_letters_is_only_not_found(self, api: Api, key: str) -> None:
        assert is_problem(api.client.get(f"{BASE}/applications/{key}", headers=api.headers()), 404)

    def test_a_form_of_answer_that_is_not_offered(self, api: Api) -> None:
        assert is_problem(api.get("/products", Accept="text/html"), 406)

    def test_head_is_get_without_the_content(self, api: Api) -> None:
        answer = api.call("HEAD", "/products")
        assert (answer.status_code, answer.content) == (200, b"")


class TestBodies:
    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x"]
    )
    def test_only_json_is_read(self, api: Api, content_type: str) -> None:
        headers = api.headers(**{"Idempotency-Key": "k"})
        answer = api.client.generic("POST", f"{BASE}/applications", "a=1", content_type=content_type, headers=headers)
        assert is_problem(answer, 415)

    @pytest.mark.parametrize(
        "body", ["", "{", "{'a': 1}", "[1,]", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 200_000, b"\xff\xfe{}", '{"a": "\x00"}', "\ufeff{}"]
    )
    def test_what_is_not_json_is_malformed(self, api: Api, body: str | bytes) -> None:
        assert is_problem(api.post("/applications", body), 400)

    def test_a_body_over_a_mebibyte_is_too_large(self, api: Api) -> None:
        assert is_problem(api.post("/applications", '{"a": "' + "x" * (1 << 20) + '"}'), 413, "too_large")

    def test_a_file_over_twenty_mebibytes_is_too_large(self, api: Api) -> None:
        headers = api.headers(
            **{
                "Idempotency-Key": "k",
            }
        )
        answer = api.client.generic(
            "POST", BASE + address("applications/{id}/documents"), b"x", content_type="multipart/form-data; boundary=x",
            headers=headers, CONTENT_LENGTH=str(22 << 20),
        )  # fmt: skip
        assert is_problem(answer, 413)


class TestThrottle:
    def test_counts_each_client_for_itself(self, api: Api, other_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("core.api.views.PartnerThrottle.rate", "3/min", raising=False)
        for _ in range(3):
            assert api.get("/products").status_code == 200
        answer = api.get("/products")
        assert is_problem(answer, 429, "throttled")
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
        assert other_api.get("/products").status_code == 200


class TestTokenDoor:
    def ask(self, client_id: str, secret: str) -> int:
        basic = b64encode(f"{client_id}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        return Client().post("/oauth/token", {"grant_type": "client_credentials"}, headers=headers).status_code

    def test_are_not_given_for_a_while_after_many_wrong_secrets(self, partner: PartnerClient, other_partner: PartnerClient) -> None:
        assert {self.ask(partner.client_id, f"guess {number}") for number in range(MOST_FAILURES)} == {401}
        assert self.ask(partner.client_id, SECRET) == 429
        assert self.ask(other_partner.client_id, SECRET) == 200
        cache.clear()  # a minute later
        assert self.ask(partner.client_id, SECRET) == 200

    @pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Bearer x", "Basic /w==", ""])
    def test_are_refused_to_a_header_that_is_none(self, partner: PartnerClient, header: str) -> None:
        answer = Client().post("/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": header})
        assert answer.status_code in (400, 401)


class TestFailures:
    def test_tell_nothing_of_the_inside(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail() -> None:
            raise RuntimeError("password=hunter2")

        monkeypatch.setattr("loans.api.application_views.list_offered", fail)
        answer = api.get("/products")
        assert is_problem(answer, 500, "internal")
        assert b"hunter2" not in answer.content and b"Traceback" not in answer.content
