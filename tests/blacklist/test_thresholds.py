"""The threshold workshop: measured on a labelled sample, changed by two people, used by every process at once."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from blacklist.domain.evidence import DEFAULT_THRESHOLDS
from blacklist.domain.lists.record import UnreadableList
from blacklist.models import BlacklistEntry, ThresholdSet
from blacklist.selectors.workshop import Labelled, get_thresholds, read_sample, try_thresholds
from blacklist.services import screen_subject
from blacklist.services.thresholds import UnableToChangeThresholds, decide_thresholds, propose_thresholds
from core.four_eyes import UnableToConfirm
from core.models import User
from tests.blacklist.conftest import subject

SAMPLE = "left,right,same\nDragan Petrovic,Petrović Dragan,yes\nDragan Petrovic,Dragana Petrović,no\nAna Kovács,Ivo Horvat,no\n"


def propose(actor: User, low: str = "0.80", medium: str = "0.90", high: str = "0.95") -> ThresholdSet:
    return propose_thresholds(low=Decimal(low), medium=Decimal(medium), high=Decimal(high), reason="Too many alerts.", actor=actor)


class TestTryThresholds:
    def test_counts_recall_and_load_and_marks_those_in_force(self) -> None:
        sample = [Labelled(0.95, True), Labelled(0.80, True), Labelled(0.81, False), Labelled(0.2, False)]
        steps = {step.threshold: step for step in try_thresholds(sample, DEFAULT_THRESHOLDS)}
        low, medium = steps[Decimal(str(DEFAULT_THRESHOLDS.low))], steps[Decimal(str(DEFAULT_THRESHOLDS.medium))]
        assert (low.recall, low.load, low.flagged, low.marks) == (1.0, 0.75, 3, ("low",))
        assert (medium.recall, medium.load, medium.precision) == (0.5, 0.25, 1.0)

    def test_says_nothing_of_recall_without_a_true_pair(self) -> None:
        assert {step.recall for step in try_thresholds([Labelled(0.9, False)], DEFAULT_THRESHOLDS)} == {None}

    def test_reads_a_labelled_file(self) -> None:
        sample = read_sample(io.BytesIO(SAMPLE.encode()))
        assert [pair.same for pair in sample] == [True, False, False]
        assert sample[0].score > sample[2].score

    @pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"left,right,same\n", b'left,right,same\n"a', b"left,right,same\n\xe9,x,1\n"])
    def test_refuses_in_words_what_is_no_sample(self, content: bytes) -> None:
        with pytest.raises(UnreadableList, match=r"\.$"):
            read_sample(io.BytesIO(content))


class TestChangeThresholds:
    def test_two_people_change_them_for_every_process(
        self, active: BlacklistEntry, risk_manager: User, compliance: User, today: date
    ) -> None:
        asked = subject(names=("Dragan Petrovik",))
        assert screen_subject(subject=asked, purpose="manual", business_date=today).blocks
        proposed = propose(risk_manager, "0.985", "0.990", "0.995")
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_thresholds(proposed=proposed, confirm=True, reason="", actor=risk_manager)
        assert get_thresholds() == DEFAULT_THRESHOLDS
        decide_thresholds(proposed=proposed, confirm=True, reason="Agreed.", actor=compliance)
        assert get_thresholds().low == 0.985
        assert not screen_subject(
            subject=subject(key="borrower:new", names=("Dragan Petrovik",)), purpose="manual", business_date=today
        ).blocks

    def test_a_later_change_replaces_the_earlier(self, risk_manager: User, compliance: User) -> None:
        for low in ("0.80", "0.78"):
            decide_thresholds(proposed=propose(risk_manager, low), confirm=True, reason="", actor=compliance)
        assert [row.state for row in ThresholdSet.objects.order_by("id")] == ["RETIRED", "ACTIVE"]

    def test_may_be_refused(self, risk_manager: User, compliance: User) -> None:
        decide_thresholds(proposed=propose(risk_manager), confirm=False, reason="No.", actor=compliance)
        assert get_thresholds() == DEFAULT_THRESHOLDS

    @pytest.mark.parametrize(("low", "medium", "high"), [("0.50", "0.9", "0.95"), ("0.9", "0.8", "0.95"), ("0.8", "0.9", "1.0")])
    def test_refuses_what_makes_no_sense(self, risk_manager: User, low: str, medium: str, high: str) -> None:
        with pytest.raises(UnableToChangeThresholds, match="invalid"):
            propose(risk_manager, low, medium, high)

    def test_refuses_a_second_proposal_and_officers(self, risk_manager: User, officer: User) -> None:
        propose(risk_manager)
        with pytest.raises(UnableToChangeThresholds, match="already_open"):
            propose(risk_manager)
        with pytest.raises(UnableToChangeThresholds, match="not_entitled"):
            propose(officer)

    def test_the_database_refuses_one_pair_of_eyes(self, risk_manager: User) -> None:
        proposed = propose(risk_manager)
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            ThresholdSet.objects.filter(pk=proposed.pk).update(state="ACTIVE", confirmed_by=risk_manager)
