"""A replay asks again whether the papers are what they were, and whose authority the decision took."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import User
from loans.models import Application, Document
from risk.domain import authority, limits
from risk.models import Decision, LimitSettings
from risk.services.replay import Replay, replay_decision
from tests.risk.deciding import Make, decided, put_papers_on_file
from tests.risk.test_committee import in_force, vote

Kind = LimitSettings.Kind


@pytest.fixture
def decision(in_review: Application, approver: User, settings: Any, tmp_path: Path) -> Decision:
    put_papers_on_file(settings, tmp_path)
    made = decided(in_review, approver)
    return Decision.objects.get(pk=made.pk)


def differing(replay: Replay) -> dict[str, tuple[str, str]]:
    return {one.part: (one.stored, one.replayed) for one in replay.differences}


class TestPapers:
    def test_are_read_and_hashed(self, decision: Decision) -> None:
        replay = replay_decision(decision=decision, files=True)
        assert replay.identical and {"hashes of the documents", "content of 1 document"} <= set(replay.parts)
        assert "content of 1 document" not in replay_decision(decision=decision).parts

    def test_that_were_changed_in_the_store_or_are_gone_are_named(self, decision: Decision, tmp_path: Path, auditor: User) -> None:
        paper = Document.objects.get()
        (tmp_path / paper.stored_as).write_bytes(b"another payslip")
        assert replay_decision(decision=decision).identical
        assert list(differing(replay_decision(decision=decision, files=True))) == [f"content of {paper.name}"]
        client = Client()
        client.force_login(auditor)
        page = client.post(reverse("risk:decision_replay", args=[decision.pk])).text
        assert f"Content of {paper.name} differs." in page
        (tmp_path / paper.stored_as).unlink()
        assert differing(replay_decision(decision=decision, files=True))[f"content of {paper.name}"][1] == '"missing"'

    def test_whose_row_was_changed_are_found_without_reading_a_file(self, decision: Decision) -> None:
        Document.objects.update(sha256="cd" * 32)
        found = differing(replay_decision(decision=decision))
        assert list(found) == ["hashes of the documents"] and "cd" * 32 in found["hashes of the documents"][1]

    def test_take_no_query_each(self, decision: Decision, django_assert_max_num_queries: Any) -> None:
        # scorecard, policy, documents, facts, parties and former ones; the defaults of the settings stand in the decision
        with django_assert_max_num_queries(6):
            replay_decision(decision=decision)


class TestAuthority:
    def test_is_read_again_from_the_settings_of_its_day(
        self, reviewed: Make, approver: User, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        """A first loan is all of the book, beyond the appetite, and so the committee's."""
        two = (risk_manager, second_risk_manager)
        in_force(Kind.AUTHORITY, authority.as_document(replace(authority.DEFAULTS, rows=authority.DEFAULT_MATRIX[:3])), *two)
        in_force(Kind.APPETITE, limits.as_document(replace(limits.DEFAULTS, from_book=Decimal(9))), *two)
        application = reviewed()
        decided(application, approver)
        for member in (second_approver, *two):
            vote(application, member)
        decision = Decision.objects.get()
        # Others hold now: what was decided is read by those of its day.
        in_force(Kind.AUTHORITY, authority.as_document(authority.DEFAULTS), *two)
        replay = replay_decision(decision=decision)
        assert not replay.differences
        assert {"authority", "votes of the committee", "risk appetite of its day"} <= set(replay.parts)
        LimitSettings.objects.filter(kind=Kind.APPETITE).update(document=limits.as_document(limits.DEFAULTS))
        found = differing(replay_decision(decision=decision))
        assert list(found) == ["risk appetite of its day", "authority"]
        assert "beyond the risk appetite" in found["authority"][0] and "One person, small" in found["authority"][1]

    def test_is_held_against_what_the_decision_itself_says(self, decision: Decision) -> None:
        stored = decision.authority
        changes: list[tuple[dict[str, Any], bool]] = [({"exposure": "999999.00"}, True), ({"grade": "A"}, True), ({"roles": []}, False)]
        for change, told in changes:
            decision.authority = deepcopy(stored)
            decision.authority["ground"] |= change
            assert ("ground of the authority" in differing(replay_decision(decision=decision))) is told

    def test_of_another_level_than_the_matrix_asks_for_is_named(self, decision: Decision) -> None:
        decision.authority_level = authority.TWO_APPROVERS
        assert list(differing(replay_decision(decision=decision))) == ["authority"]

    def test_of_an_older_house_is_not_asked(self, decision: Decision) -> None:
        decision.authority = {"matrix": "authority matrix v1", "row": "One person", "beyond_appetite": []}
        replay = replay_decision(decision=decision)
        assert replay.identical and "authority" not in replay.parts
