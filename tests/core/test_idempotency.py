"""A POST that is repeated changes the world once, whatever is repeated and whatever failed on the way."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core.api.idempotency import idempotent
from core.errors import DomainError
from core.models import Branch, IdempotencyKey
from core.tasks import forget_idempotency_keys

pytestmark = pytest.mark.django_db


class ByHeader(BaseAuthentication):
    """Tells partners of these tests apart."""

    def authenticate(self, request: Any) -> tuple[None, Any]:
        return None, SimpleNamespace(application=SimpleNamespace(client_id=request.headers.get("Partner", "p1")))


class BranchFull(DomainError):
    """A refusal of these tests."""

    title = "The branch is full"


class OpenBranch(APIView):
    """A small endpoint with an effect that can be counted."""

    authentication_classes = (ByHeader,)
    permission_classes = ()
    throttle_classes = ()
    parser_classes = (JSONParser, MultiPartParser)

    @idempotent
    def post(self, request: Any) -> Response:
        name = str(request.data["name"])
        branch = Branch.objects.create(code=f"B{Branch.objects.count() + 1}", name=name)
        if name == "refused":
            raise BranchFull("full")
        if name == "answered badly":
            return Response({"code": "bad"}, status=422)
        if name == "crashed":
            raise RuntimeError("the process fell over between effect and answer")
        return Response({"code": branch.code, "name": name, "phone": "+381 64 555 0101"}, status=201)


def send(name: str = "north", key: str | None = "k-1", partner: str = "p1", path: str = "/branches", **more: Any) -> Response:
    headers = {"Partner": partner} | ({"Idempotency-Key": key} if key is not None else {})
    body = more.pop("body", {"name": name})
    request = APIRequestFactory().post(path, body, headers=headers, format=more.pop("format", "json"), **more)
    answer = OpenBranch.as_view()(request)
    answer.render()
    return answer


class TestTheSameRequest:
    def test_has_one_effect_and_the_same_answer(self) -> None:
        first, second, third = send(), send(), send()
        assert Branch.objects.count() == 1
        assert first.status_code == second.status_code == third.status_code == 201
        assert first.data == second.data == third.data
        assert "Idempotent-Replayed" not in first
        assert second["Idempotent-Replayed"] == third["Idempotent-Replayed"] == "true"

    def test_is_the_same_whatever_the_order_of_its_fields(self) -> None:
        send(body={"name": "north", "region": "N"})
        assert send(body={"region": "N", "name": "north"})["Idempotent-Replayed"] == "true"

    def test_keeps_its_answer_encrypted(self, owner_connection: Any) -> None:
        send()
        row = IdempotencyKey.objects.get()
        assert "+381 64 555 0101" in row.body
        kept = bytes(IdempotencyKey.objects.values_list("body", flat=True)[0].stored)
        assert b"+381" not in kept and b"north" not in kept


class TestAnotherRequest:
    @pytest.mark.parametrize("change", [{"name": "south"}, {"path": "/branches?dry=1"}, {"body": {"name": "north", "extra": 1}}])
    def test_with_a_used_key_is_refused(self, change: dict[str, Any]) -> None:
        send()
        answer = send(**change)
        assert (answer.status_code, answer.data["code"]) == (422, "idempotency_key_reused")
        assert Branch.objects.count() == 1

    def test_of_another_partner_may_use_the_same_key(self) -> None:
        assert send(partner="p1").status_code == send(partner="p2").status_code == 201
        assert Branch.objects.count() == 2

    def test_with_another_file_of_the_same_name_is_refused(self) -> None:
        def upload(content: bytes) -> Response:
            return send(body={"name": "north", "file": SimpleUploadedFile("id.pdf", content)}, format="multipart")

        assert upload(b"%PDF-1").status_code == 201
        assert upload(b"%PDF-1")["Idempotent-Replayed"] == "true"
        assert upload(b"%PDF-2").data["code"] == "idempotency_key_reused"
        assert Branch.objects.count() == 1


class TestTheKey:
    @pytest.mark.parametrize("key", [None, "", "x" * 256])
    def test_has_to_be_there_and_short(self, key: str | None) -> None:
        answer = send(key=key)
        assert (answer.status_code, answer.data["code"]) == (400, "idempotency_key_missing")
        assert not Branch.objects.exists()

    def test_may_have_255_characters(self) -> None:
        assert send(key="x" * 255).status_code == 201

    @pytest.mark.parametrize("name", ["refused", "answered badly"])
    def test_is_not_burnt_by_a_refusal(self, name: str) -> None:
        assert send(name).status_code == 422
        assert not Branch.objects.exists()
        assert not IdempotencyKey.objects.exists()
        assert send("north").status_code == 201

    def test_is_not_stuck_after_a_crash_between_effect_and_answer(self) -> None:
        assert send("crashed").status_code == 500
        assert not Branch.objects.exists()
        assert send("north").status_code == 201
        assert Branch.objects.count() == 1

    def test_says_when_its_first_request_still_runs(self, owner_connection: Any) -> None:
        number = int.from_bytes(hashlib.sha256(b"p1\nk-1").digest()[:8], signed=True)
        with owner_connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [number])
            answer = send()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
        assert (answer.status_code, answer.data["code"], answer["Retry-After"]) == (409, "still_running", "1")
        assert not Branch.objects.exists()
        assert send().status_code == 201

    def test_is_kept_for_longer_than_a_day_and_not_for_ever(self) -> None:
        send(key="old")
        send(key="young")
        IdempotencyKey.objects.filter(key="old").update(created_at=timezone.now() - timedelta(days=3, minutes=1))
        IdempotencyKey.objects.filter(key="young").update(created_at=timezone.now() - timedelta(hours=25))
        assert forget_idempotency_keys() == 1
        assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]
