"""A sample is brought into the form of an application before a scorecard learns from it, and what does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.models import BankState, Proposal, User
from risk.domain.application_score import score_row
from risk.domain.factor_forms import in_form
from risk.domain.scorecard import Card
from risk.domain.training_table import UnfitData
from risk.services.models import (
    UnableToRegisterModel,
    confirm_activation,
    propose_activation,
    register_model,
    train_and_register,
)
from tests.risk.conftest import ALL_THE_SAME, OPINION, TODAY, past_loans

ROWS = 800
REGISTERED = np.random.default_rng(5).random(ROWS) < 0.6


def sample() -> pd.DataFrame:
    """Past loans of which those at an unregistered address went bad far more often."""
    frame = past_loans(ROWS)
    frame["bad"] = np.where(~REGISTERED & (np.arange(ROWS) % 3 > 0), 1, frame["bad"])
    return frame


def test_an_industry_is_read_as_the_section_that_an_application_is_scored_by() -> None:
    made, remarks = in_form(pd.DataFrame({"industry": ["F43.2", "Construction", "f", "", "Wizardry", "Retail", "Wizardry"]}))
    assert made["industry"].astype(object).where(made["industry"].notna(), None).tolist() == [
        "F",
        "F",
        "F",
        None,
        "Wizardry",
        "G",
        "Wizardry",
    ]
    assert remarks == ["industry: 2 rows name no industry of the list, which no application does: “Wizardry” in row 6."]


@pytest.mark.parametrize(
    "written",
    [
        lambda flag: flag,
        lambda flag: np.where(flag, "yes", "no"),
        lambda flag: np.where(flag, "TRUE", "FALSE"),
        lambda flag: np.where(flag, "true", "false"),
        lambda flag: np.where(flag, 1.0, 0.0),
    ],
)
def test_an_application_finds_the_bins_of_a_yes_or_no(written: Callable[[Any], Any], risk_manager: User) -> None:
    """However the file writes it: an application says "1" and "0"."""
    version = train_and_register(
        frame=sample().assign(address_registered=written(REGISTERED)),
        target="bad",
        name="retail",
        actor=risk_manager,
        business_date=TODAY,
        folds=2,
    )

    def points(said: str | None) -> int:
        row = {"dsti": "0.3000", "employment_months": "24", "amount": "9000.00", "address_registered": said}
        found = score_row(version.definition, row)
        return next(int(one["points"]) for one in found["contributions"] if one["factor"] == "address_registered")

    assert points("1") > 5 and points("0") < -5 and points("0") < points(None) <= 0
    assert (
        propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME).content["model"]
        == "retail scorecard v1"
    )


def test_what_is_read_otherwise_than_it_stands_is_said() -> None:
    frame = pd.DataFrame(
        {
            "address_registered": ["yes", "NA", "no", None],
            "dsti": ["41.3%", "12%", "n/a", "7.5 %"],
            "monthly_income": ["1,008.96", "2 400", "3100.5", ""],
            "employment_months": ["12", "240", "7", "1"],
            "industry": ["62", "01", "62", None],
            "colour": ["62", "01", "62", None],
        }
    )
    made, remarks = in_form(frame)
    assert made["address_registered"].tolist()[::2] == [1.0, 0.0] and made["address_registered"].isna().tolist() == [
        False,
        True,
        False,
        True,
    ]
    assert made["dsti"].dropna().tolist() == [0.413, 0.12, 0.075]
    assert made["monthly_income"].dropna().tolist() == [1008.96, 2400.0, 3100.5]
    assert made["employment_months"].tolist() == [12, 240, 7, 1]
    assert isinstance(made["industry"].dtype, pd.CategoricalDtype) and made["industry"].tolist()[:2] == ["K", "A"]
    assert made["colour"].tolist() == frame["colour"].tolist()
    assert remarks == [
        "address_registered: 1 cell says “NA”, read as missing.",
        "dsti: written in percent, read as shares.",
        "dsti: 1 cell says “n/a”, read as missing.",
    ]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("address_registered", ["yes", "no", "perhaps"], "address_registered: “perhaps” in row 4 is neither yes nor no."),
        ("monthly_income", ["1200", "EUR 900", "800"], "monthly_income: “EUR 900” in row 3 is no number."),
        ("monthly_income", ["1200", "1.008,96", "800"], "monthly_income: “1.008,96” in row 3 is no number."),
        ("amount", ["1200", "40%", "800"], "amount: “40%” in row 3 is no number."),
        ("dsti", ["0.41", "0.2", "much"], "dsti: “much” in row 4 is no number, nor a percentage."),
        ("dsti", [41.3, 20.0, 0.9], "dsti: reads like percent (41.3)."),
        ("dsti", ["0.41", "20%", "0.9"], "dsti: some shares carry the sign of percent and others do not: “20%” in row 3."),
        ("age", [34, 999, 50], "age: “999” in row 3 is above 130."),
        ("dsti", [0.3, -0.2, 0.1], "dsti: “-0.2” in row 3 is below 0."),
    ],
)
def test_refuses_by_column_and_cell_what_no_application_says(name: str, values: list[Any], words: str) -> None:
    with pytest.raises(UnfitData) as refusal:
        in_form(pd.DataFrame({name: values, "colour": ["red", "blue", "red"]}))
    assert words in str(refusal.value)


def test_a_card_of_the_other_kind_is_neither_proposed_nor_put_in_force(
    bank: BankState, learnt: dict[str, Any], risk_manager: User, validator: User
) -> None:
    """It was trained before samples were brought into form: every application would fall into "Other", without a word."""

    def with_words(definition: dict[str, Any]) -> dict[str, Any]:
        card = definition["card"]
        yes_no = Card.from_dict(card).to_dict()["features"][0] | {
            "name": "address_registered", "kind": "categorical", "edges": [], "values": {"yes": 0, "no": 1},
        }  # fmt: skip
        return definition | {"card": {**card, "features": [yes_no, *card["features"][1:]]}}

    version = register_model(name="retail", actor=None, business_date=TODAY, **learnt | {"definition": with_words(learnt["definition"])})
    with pytest.raises(UnableToRegisterModel, match="misread_factors") as refusal:
        propose_activation(version=version, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    assert "address_registered" in refusal.value.detail and not Proposal.objects.exists()

    earlier = register_model(name="retail", actor=None, business_date=TODAY, **learnt)
    propose_activation(version=earlier, actor=risk_manager, business_date=TODAY, reasons=ALL_THE_SAME)
    type(earlier).objects.filter(pk=earlier.pk).update(definition=with_words(learnt["definition"]))
    with pytest.raises(UnableToRegisterModel, match="misread_factors"):
        confirm_activation(version=type(earlier).objects.get(pk=earlier.pk), actor=validator, business_date=TODAY, statement=OPINION)
