"""The page of a decision: its frozen evidence, and the replay of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from risk.models import Decision, ModelVersion
from tests.risk.conftest import make_person
from tests.risk.deciding import put_papers_on_file
from tests.risk.web.conftest import HTMX, SignIn, world
from tests.risk.web.test_decision_rail import address, post


class TestTheDecisionPage:
    @pytest.fixture
    def decision(self, in_review: Application, approver: User, sign_in: SignIn, settings: Any, tmp_path: Path) -> Decision:
        put_papers_on_file(settings, tmp_path)
        post(sign_in(approver), in_review)
        return Decision.objects.get()

    def test_shows_the_frozen_evidence_and_replays_it(self, decision: Decision, auditor: User, sign_in: SignIn) -> None:
        client = sign_in(auditor)
        page = client.get(address("detail", decision))  # type: ignore[arg-type]
        assert decision.evidence_hash in page.text and "Debt service to income" in page.text
        before = world()
        assert "The same to the byte." in client.post(address("replay", decision)).text  # type: ignore[arg-type]
        fragment = client.post(address("replay", decision), headers=HTMX)  # type: ignore[arg-type]
        assert "<h1>" not in fragment.text and "The same to the byte." in fragment.text
        assert world() == before

    def test_says_what_differs(self, decision: Decision, model: ModelVersion, auditor: User, sign_in: SignIn) -> None:
        ModelVersion.objects.filter(pk=model.pk).update(definition=model.definition | {"titles": {"dsti": "Other words"}})
        answer = sign_in(auditor).post(address("replay", decision))  # type: ignore[arg-type]
        assert "Scorecard definition differs" in answer.text

    def test_is_absent_for_other_branches_and_closed_to_other_roles(
        self, decision: Decision, outsider: User, branch: Branch, sign_in: SignIn
    ) -> None:
        assert sign_in(outsider).get(address("detail", decision)).status_code == 404  # type: ignore[arg-type]
        assert sign_in(outsider).post(address("replay", decision)).status_code == 404  # type: ignore[arg-type]
        for role in (Role.ADMINISTRATOR, Role.APPRAISER, Role.VALIDATOR):
            client = sign_in(make_person(f"some_{role.lower()}", branch, role))
            assert client.get(address("detail", decision)).status_code == 403  # type: ignore[arg-type]
            assert client.post(address("replay", decision)).status_code == 403  # type: ignore[arg-type]
