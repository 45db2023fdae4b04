"""The page of each room says what its code does: the events it tells and hears, and the order of the night."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import getmembers, isclass

import pytest

from core import events
from monitoring.services.steps import STEPS
from tests.architecture.sources import APPS, ROOT

ROOMS = [app for app in APPS if app != "core"]


def named(room: str, row: str) -> list[str]:
    """What stands in backticks in a row of the table of doors; nothing where there is no such row."""
    found = re.search(rf"^\| {row} \| (.*) \|$", (ROOT / room / "README.md").read_text(), re.MULTILINE)
    return re.findall(r"`(\w+)`", found[1]) if found else []


def heard(room: str) -> set[str]:
    """The events that functions of a room are called for."""
    return {name for name, handlers in events._handlers.items() for handler in handlers if handler.__module__.partition(".")[0] == room}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_every_event_that_it_hears(room: str) -> None:
    assert sorted(named(room, "hears")) == sorted(heard(room))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_names_every_event_that_it_tells(room: str) -> None:
    module = import_module(f"{room}.events")
    told = [name for name, one in getmembers(module, isclass) if one.__module__ == module.__name__]
    assert sorted(named(room, "events")) == sorted(told)


def test_the_steps_of_the_night_stand_in_their_order() -> None:
    text = (ROOT / "monitoring" / "README.md").read_text()
    order = re.search(r"in this order: (.*?)\.$", text, re.MULTILINE | re.DOTALL)
    assert order is not None
    assert re.findall(r"`(\w+)`", order[1]) == [name for name, _ in STEPS]
