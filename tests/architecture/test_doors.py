"""Which way the doors open, where import contracts do not see: keys written as strings, addresses in templates."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOMS, ROOT, files, room_of

RELATIONS = {"ForeignKey", "OneToOneField", "ManyToManyField"}
# The ledger's models carry their own label, and stand inside loans.
LABELS = {"ledger": "loans"}
ADDRESS = re.compile(r"""\{%\s*url\s+["'](\w+):[\w-]+["'][^%]*?(?:\sas\s+(\w+)\s*)?%\}""")


def is_upwards(room: str, other: str) -> bool:
    return other in ROOMS and ROOMS.index(other) < ROOMS.index(room)


def keys_upwards(path: Path, room: str) -> list[str]:
    """Relations to a model of a higher room that are written as a string, which no import shows."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or getattr(node.func, "attr", getattr(node.func, "id", "")) not in RELATIONS:
            continue
        named = [*node.args[:1], *(word.value for word in node.keywords if word.arg in ("to", "through"))]
        for target in named:
            if isinstance(target, ast.Constant) and isinstance(target.value, str) and "." in target.value:
                label = target.value.split(".")[0]
                if is_upwards(room, LABELS.get(label, label)):
                    found.append(f"{path.name}:{node.lineno} {target.value}")
    return found


def addresses_upwards(text: str, room: str) -> list[str]:
    """Addresses of a higher room in a template that are neither a panel's nor that of an hx-get."""
    found = []
    for match in ADDRESS.finditer(text):
        other, variable = match.groups()
        if not is_upwards(room, other):
            continue
        if variable:
            composed = re.search(rf"\{{%\s*panel\s+{variable}\b", text) and not re.search(rf"\{{\{{\s*{variable}\b", text)
        else:
            composed = re.search(r"""hx-get=["']$""", text[: match.start()])
        if not composed:
            found.append(match.group())
    return found


def room_of_template(path: Path) -> str:
    """What lies outside the rooms' folders is everybody's, so it belongs to the ground floor."""
    first = path.relative_to(ROOT / "templates").parts[0]
    return first if first in ROOMS else "core"


class TestKeys:
    def test_never_point_upwards(self) -> None:
        assert [found for path in files("*.py") if (room := room_of(path)) for found in keys_upwards(path, room)] == []

    @pytest.mark.parametrize(
        "line",
        [
            'loan = models.ForeignKey("loans.Loan", on_delete=models.PROTECT)',
            'loan = models.OneToOneField(to="risk.Decision", on_delete=models.PROTECT)',
            'entries = ManyToManyField("ledger.Entry")',
        ],
    )
    def test_would_be_found_if_one_did(self, tmp_path: Path, line: str) -> None:
        planted = tmp_path / "models.py"
        planted.write_text(line)
        assert len(keys_upwards(planted, "blacklist")) == 1
        assert keys_upwards(planted, "monitoring") == []


class TestAddresses:
    def test_of_higher_rooms_stand_in_panels_alone(self) -> None:
        templates = [path for path in files("*.html", under=ROOT / "templates") if path.name != "base.html"]
        assert len(templates) > 50
        assert {path.name: found for path in templates if (found := addresses_upwards(path.read_text(), room_of_template(path)))} == {}

    @pytest.mark.parametrize(
        "text",
        [
            '<a href="{% url "risk:dashboard" %}">Portfolio</a>',
            "{% url 'risk:facts_panel' pk as address %}<a href=\"{{ address }}\">Facts</a>",
            '{% url "risk:facts_panel" pk as address %}{% panel address "Facts" %}<a href="{{ address }}">Facts</a>',
        ],
    )
    def test_would_be_found_if_one_stood_elsewhere(self, text: str) -> None:
        assert len(addresses_upwards(text, "loans")) == 1
        assert addresses_upwards(text, "monitoring") == []

    def test_may_stand_in_a_composed_panel(self) -> None:
        assert addresses_upwards('{% url "risk:facts_panel" pk as address %}{% panel address "Facts" %}', "loans") == []
        assert addresses_upwards('<div hx-get="{% url "risk:facts_panel" pk %}"></div>', "loans") == []
