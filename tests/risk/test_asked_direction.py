"""Bins drawn by hand against the direction asked of their factor: shown as a training makes them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from core.models import User
from risk.domain.asked_direction import as_asked, isotonic
from risk.domain.classing import coarse_of, groups_from
from risk.domain.scorecard import Card
from risk.models import ModelVersion
from risk.services.hand_classing import draw_bins
from risk.services.training_runs import order_refit, order_training, train_waiting
from tests.risk.conftest import TODAY

STEPS = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.001, 500)), min_size=1, max_size=12)


@given(steps=STEPS, sign=st.sampled_from([1, -1]))
def test_is_the_projection_that_a_training_makes(steps: list[tuple[float, float]], sign: int) -> None:
    values, weights = ([one[side] for one in steps] for side in (0, 1))
    mine = [mean for places, mean in isotonic(values, weights, sign) for _ in places]
    assert mine == pytest.approx(list(isotonic_regression(np.asarray(values), sample_weight=weights, increasing=sign > 0)), abs=1e-6)


def test_says_nothing_where_no_direction_is_asked() -> None:
    fine = {"kind": "numeric", "edges": [1.0], "labels": ["a", "b"], "fixed": ["Missing"], "goods": [60, 90, 0], "bads": [30, 10, 0]}
    assert as_asked(fine, [[0], [1]], 0) is None
    assert as_asked(fine | {"kind": "categorical"}, [[0], [1]], 1) is None
    broken = as_asked(fine, [[0], [1]], 1)
    assert broken is not None and [one.places for one in broken.tied] == [(0, 1)] and broken.iv == pytest.approx(0, abs=1e-9)
    assert as_asked(fine, [[0], [1]], -1) == type(broken)(-1, (), coarse_of(fine, [[0], [1]]).iv)


@pytest.fixture
def version(risk_manager: User, settings: Any, tmp_path: Path) -> ModelVersion:
    """A scorecard that was asked to let the risk only rise with the debt service,
    of which those with the least went bad more than the middle.
    """
    settings.MEDIA_ROOT = str(tmp_path)
    draw = np.random.default_rng(5)
    dsti = draw.uniform(0.0, 0.8, 900).round(4)
    chance = np.select([dsti < 0.2, dsti < 0.4, dsti < 0.6], [0.25, 0.10, 0.30], 0.60)
    frame = pd.DataFrame({"dsti": dsti, "amount": draw.integers(2, 60, 900) * 1000, "bad": (draw.uniform(size=900) < chance).astype(int)})
    run = order_training(
        population="retail", options={"folds": 2, "target": "bad", "rising": ["dsti"]}, actor=risk_manager, business_date=TODAY,
        upload=io.BytesIO(frame.to_csv(index=False).encode()), file_name="past.csv",
    )  # fmt: skip
    train_waiting()
    run.refresh_from_db()
    assert run.version is not None, run.note
    return run.version


def test_the_page_says_which_bins_break_it_and_the_training_makes_them_alike(version: ModelVersion, risk_manager: User) -> None:
    fine = version.development["fine"]["dsti"]
    near = [min(fine["edges"], key=lambda edge: abs(edge - wanted)) for wanted in (0.2, 0.4, 0.6)]
    groups = groups_from(fine, near)
    assert coarse_of(fine, groups).trend == "MIXED"
    drawn = draw_bins(version=version, factor="dsti", groups=groups, actor=risk_manager)
    client = Client()
    client.force_login(risk_manager)
    page = client.get(reverse("risk:model_classing", args=[version.pk]), {"factor": "dsti"})
    assert [line.tied for line in page.context["lines"]][:4] == ["bin 2", "bin 1", "", ""]
    assert "Risk may only rise with it: the training gives the bins that say otherwise the same points." in page.text
    assert page.text.count("against the direction") == 2 and "with bin 2, against the direction" in page.text
    asked = page.context["asked"]
    assert asked.iv < page.context["coarse"].iv and asked.iv == coarse_of(fine, [groups[0] + groups[1], *groups[2:]]).iv

    again = order_refit(version=drawn, actor=risk_manager, business_date=TODAY)
    train_waiting()
    again.refresh_from_db()
    assert again.version is not None, again.note
    points = next(one for one in Card.from_dict(again.version.definition["card"]).features if one.name == "dsti").points
    assert points[0] == points[1] > points[2] > points[3]

    joined = client.post(
        reverse("risk:model_classing", args=[version.pk]),
        {"factor": "dsti", "groups": page.context["groups"], "toggle": str(groups[0][-1])},
    )
    assert "these bins hold to it" in joined.text and "against the direction" not in joined.text
