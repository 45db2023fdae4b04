"""A decision replayed from its frozen evidence."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import User
from loans.models import Application
from risk.models import Decision, ModelVersion
from risk.services.replay import replay_decision
from tests.risk.deciding import decided, put_papers_on_file


class TestReplayDecision:
    def test_gives_the_same_bytes(self, in_review: Application, approver: User) -> None:
        decision = decided(in_review, approver)
        assert isinstance(decision, Decision)
        decision = Decision.objects.get(pk=decision.pk)
        result = replay_decision(decision=decision)
        assert result.identical
        assert "policy rows" in result.parts and "score" in result.parts

    def test_shows_what_differs_when_the_scorecard_was_tampered_with(
        self, in_review: Application, approver: User, model: ModelVersion
    ) -> None:
        decision = decided(in_review, approver)
        assert isinstance(decision, Decision)
        definition = model.definition
        definition["card"]["base_points"] += 5
        ModelVersion.objects.filter(pk=model.pk).update(definition=definition)
        result = replay_decision(decision=Decision.objects.get(pk=decision.pk))
        assert [one.part for one in result.differences][:2] == ["scorecard definition", "score"]

    def test_is_a_command(self, in_review: Application, approver: User, model: ModelVersion, settings: Any, tmp_path: Path) -> None:
        put_papers_on_file(settings, tmp_path)
        decided(in_review, approver)
        out = StringIO()
        call_command("replay_decision", in_review.reference, stdout=out)
        assert "replays byte for byte" in out.getvalue()
        with pytest.raises(CommandError, match="no decision"):
            call_command("replay_decision", "LA-0")
        ModelVersion.objects.filter(pk=model.pk).update(definition=model.definition | {"titles": {"dsti": "Other words"}})
        with pytest.raises(CommandError, match="differs in scorecard definition"):
            call_command("replay_decision", in_review.reference, stdout=out)
