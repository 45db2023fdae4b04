"""What a value was worked out from, by its method: a few inputs, checked, kept with the value, and worked out again. Pure.

By comparison the comparables are the inputs. A value that is far from what its own inputs make raises a red flag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from collateral.domain.red_flags import Finding
from core.errors import Fault

# A value this share away from what its own inputs make is not what they say.
MOST_OFF = Decimal("0.05")
MOST = Decimal("1e12")


@dataclass(frozen=True)
class Input:
    """One figure: `kind` is money (in the asset's currency), percent or number; `least` and `most` bound it, ends included; `classes`: of
    which classes of collateral it is asked, of all without.
    """

    name: str
    label: str
    kind: str = "money"
    least: Decimal = Decimal("0.01")
    most: Decimal = MOST
    classes: tuple[str, ...] = ()


def _percent(name: str, label: str, least: str, most: str) -> Input:
    return Input(name, label, "percent", Decimal(least), Decimal(most))


INPUTS: dict[str, tuple[Input, ...]] = {
    "INCOME": (
        Input("rent", "Income a year"),
        _percent("vacancy", "Vacancy and costs, per cent of it", "0", "95"),
        _percent("rate", "Yield, per cent a year", "0.5", "50"),
    ),
    "COST": (
        Input("new_price", "Price when new"),
        _percent("depreciation", "Depreciation, per cent", "0", "99"),
        Input("land_value", "Value of the land", least=Decimal(0), classes=("REAL_ESTATE",)),
    ),
    "NOMINAL": (Input("nominal", "Nominal amount"), _percent("losses", "Losses expected, per cent", "0", "99")),
    "MARKET_QUOTE": (
        Input("price", "Price of one", "number", Decimal("0.000001")),
        Input("quantity", "Quantity", "number", Decimal("0.0001")),
    ),
}
Inputs = Mapping[str, Decimal]


def inputs_of(method: str, kind: str) -> tuple[Input, ...]:
    """What a method asks for of a class of collateral."""
    return tuple(one for one in INPUTS.get(method, ()) if not one.classes or kind in one.classes)


def check_inputs(method: str, kind: str, given: Mapping[str, Decimal | None]) -> tuple[dict[str, Decimal], list[Fault]]:
    """The inputs of the method and no others, and what is wrong with them at their fields."""
    kept: dict[str, Decimal] = {}
    faults = []
    for one in inputs_of(method, kind):
        value = given.get(one.name)
        if value is None:
            faults.append(Fault(one.name, "required", f"{one.label}: a value by this method needs it."))
        elif not value.is_finite() or not one.least <= value <= one.most:
            faults.append(
                Fault(one.name, "out_of_bounds", f"{one.label}: between {one.least.normalize():,f} and {one.most.normalize():,f}.")
            )
        else:
            kept[one.name] = value
    return kept, faults


def made_of(method: str, inputs: Inputs) -> Decimal | None:
    """What the inputs make, in the asset's currency; None where the method has none."""
    if method == "INCOME":
        return inputs["rent"] * (100 - inputs["vacancy"]) / inputs["rate"]
    if method == "COST":
        return inputs["new_price"] * (100 - inputs["depreciation"]) / 100 + inputs.get("land_value", Decimal(0))
    if method == "NOMINAL":
        return inputs["nominal"] * (100 - inputs["losses"]) / 100
    if method == "MARKET_QUOTE":
        return inputs["price"] * inputs["quantity"]
    return None


def find_inputs_differ(method: str, inputs: Inputs, value: Decimal) -> list[Finding]:
    """That a value is not what its own inputs make."""
    made = made_of(method, inputs) if inputs else None
    if made is None or made <= 0 or abs(value / made - 1) <= MOST_OFF:
        return []
    text = f"The value lies {value / made - 1:+.0%} from what its own inputs make; the limit is {MOST_OFF:.0%}."
    return [Finding("inputs_differ", text, {"market_value": str(value), "by_inputs": f"{made:.2f}"})]
