"""Rules of the house about files and names that no linter knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from tests.architecture.sources import APPS, ROOMS, ROOT, files, relative, room_of

LINES = 320
# A test reads top to bottom as a list of sentences, and may be a little longer.
LINES_OF_TESTS = 400
EMPTY_WORDS = {"utils", "helpers", "common", "manager", "process", "misc"}
MACHINE = re.compile(r"(?<![\w.:~-])/(?:home|root|work|Users|tmp/w)/\S")
IGNORE = re.compile(r"#\s*noqa(?P<codes>: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?(?P<reason>\s+(?:—|--)\s+\S.*)?")
# An amount has the decimals of its currency, three of the Kuwaiti dinar and none of the yen: `grouped` writes it so.
TWO_DECIMALS = re.compile(r":,\.2f\b")
# Lines of accounts are checked by a rule that knows no currency.
MAY_WRITE_TWO = {"risk/domain/accounts.py"}
PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^\s;]+( ; [^\\]+)? \\")


def too_long(paths: Iterable[Path], limit: int) -> dict[str, int]:
    counted = {path.as_posix(): len(path.read_text().splitlines()) for path in paths}
    return {name: lines for name, lines in counted.items() if lines > limit}


def forks(parents: dict[str, list[str]]) -> list[str]:
    """What is not one line in an app's migrations: `parents` gives each one those of its own app it stands on."""
    found = [f"{name} joins {', '.join(above)}" for name, above in parents.items() if len(above) > 1]
    for parent in parents:
        children = [name for name, above in parents.items() if parent in above]
        if len(children) > 1:
            found.append(f"{parent} has {', '.join(sorted(children))}")
    roots = sorted(name for name, above in parents.items() if not above)
    return found + ([f"several begin: {', '.join(roots)}"] if len(roots) > 1 else [])


def ignores_without_reason(text: str) -> list[str]:
    return [match.group() for match in IGNORE.finditer(text) if not (match["codes"] and match["reason"])]


def loose_lines(lock: str) -> list[str]:
    """Lines of a lock that are neither a pinned requirement nor one of its hashes, and requirements without a hash."""
    lines = lock.splitlines()
    found = [
        line for line in lines if not (PINNED.fullmatch(line) or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) or line == "")
    ]
    following = zip(lines, [*lines[1:], ""], strict=True)
    return found + [line for line, after in following if PINNED.fullmatch(line) and not after.startswith("    --hash=")]


class TestFiles:
    def test_fit_into_a_head(self) -> None:
        code = [path for path in files("*.py", "*.html", "*.js") if "migrations" not in path.parts]
        tests = [path for path in code if path.relative_to(ROOT).parts[0] == "tests"]
        assert too_long(set(code) - set(tests), LINES) == {}
        assert too_long(tests, LINES_OF_TESTS) == {}

    def test_would_be_found_when_too_long(self, tmp_path: Path) -> None:
        planted = tmp_path / "everything.py"
        planted.write_text("\n" * (LINES + 1))
        assert too_long([planted], LINES) == {planted.as_posix(): LINES + 1}

    def test_say_by_their_name_what_they_are_for(self) -> None:
        named = {part.removesuffix(".py") for path in files("*.py", "*.html") for part in path.relative_to(ROOT).parts}
        assert len(named) > 300
        assert named & EMPTY_WORDS == set()

    def test_know_no_machine(self) -> None:
        texts = files("*.py", "*.md", "*.html", "*.toml", "*.yml", "*.js", "*.css", "*.sh", "*.lock", "Makefile", "Dockerfile", "run")
        assert len(texts) > 300
        assert relative(path for path in texts if MACHINE.search(path.read_text())) == []

    # Put together here, so that this file too names no machine.
    @pytest.mark.parametrize("text", ['"{}home/ann/credence"', "see {}work/house", "cd {}Users/ann", "({}root/.cache)"])
    def test_would_be_found_naming_a_machine(self, text: str) -> None:
        assert MACHINE.search(text.format("/"))

    @pytest.mark.parametrize("text", ["https://example.org{}home/x", "~{}work/x", "..{}work/x", "{}srv/credence"])
    def test_may_name_other_places(self, text: str) -> None:
        assert not MACHINE.search(text.format("/"))


class TestAmounts:
    def test_are_written_as_their_currency_has_them(self) -> None:
        code = [path for path in files("*.py") if room_of(path)]
        assert len(code) > 300
        assert set(relative(path for path in code if TWO_DECIMALS.search(path.read_text()))) == MAY_WRITE_TWO

    @pytest.mark.parametrize(("text", "found"), [('f"{owed:,.2f} EUR"', True), ('f"{share:.2f}"', False), ('f"{owed:,.0f}"', False)])
    def test_would_be_found_with_two_decimals_whatever_the_currency(self, text: str, found: bool) -> None:
        assert bool(TWO_DECIMALS.search(text)) is found


class TestRooms:
    @pytest.mark.parametrize("room", [*ROOMS, "loans/ledger"])
    def test_have_a_page_about_themselves(self, room: str) -> None:
        text = (ROOT / room / "README.md").read_text()
        assert len(text.splitlines()) < 100
        assert "## Doors" in text

    def test_are_seven_and_no_third_stands_beside_them(self) -> None:
        packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
        assert packages - {"tests", "bench"} == set(ROOMS)


class TestMigrations:
    @pytest.mark.parametrize("label", [*APPS, "ledger"])
    def test_are_one_line(self, label: str) -> None:
        loader = MigrationLoader(None, ignore_no_migrations=True)
        own = {name: node for (app, name), node in loader.disk_migrations.items() if app == label}
        assert own
        assert forks({name: [above for app, above in node.dependencies if app == label] for name, node in own.items()}) == []
        numbers = sorted(int(name.split("_")[0]) for name in own)
        assert numbers == list(range(1, len(numbers) + 1))

    def test_would_be_found_forking(self) -> None:
        assert forks({"0001": [], "0002_a": ["0001"], "0002_b": ["0001"]}) == ["0001 has 0002_a, 0002_b"]
        assert forks({"0001": [], "0002": ["0001"], "0003": ["0001", "0002"]})
        assert forks({"0001": [], "0002": []}) == ["several begin: 0001, 0002"]


class TestIgnores:
    def test_of_the_linter_each_have_a_reason(self) -> None:
        product = [path for path in files("*.py") if path.relative_to(ROOT).parts[0] != "tests"]
        found = {path.relative_to(ROOT).as_posix(): ignores_without_reason(path.read_text()) for path in product}
        assert {name: lines for name, lines in found.items() if lines} == {}

    def test_would_be_found_without_one(self) -> None:
        assert ignores_without_reason("x = 1  # noqa")
        assert ignores_without_reason("x = 1  # noqa: E741")
        assert not ignores_without_reason("x = 1  # noqa: E741 — the letter of the formula")

    def test_for_all_files_each_have_a_reason(self) -> None:
        told = re.findall(
            r"^ignore = \[\n(.*?)^\]|^\[tool\.ruff\.lint\.per-file-ignores\]\n(.*?)\n\n", self._project(), re.MULTILINE | re.DOTALL
        )
        lines = [line for parts in told for part in parts for line in part.splitlines() if line.strip()]
        assert len(lines) > 15
        assert [line for line in lines if "#" not in line] == []

    def test_of_imports_each_say_why_the_contract_is_there(self) -> None:
        contracts = self._project().split("[[tool.importlinter.contracts]]\n")[1:]
        assert len(contracts) > 5
        assert [contract.splitlines()[0] for contract in contracts if not contract.startswith("# ")] == []

    @staticmethod
    def _project() -> str:
        return (ROOT / "pyproject.toml").read_text()


class TestLocks:
    @pytest.mark.parametrize("name", ["requirements.lock", "requirements-redis.lock"])
    def test_pin_everything_by_hash_and_name_no_index(self, name: str) -> None:
        lock = (ROOT / name).read_text()
        assert loose_lines(lock) == []
        assert "://" not in lock

    def test_would_be_found_loose(self) -> None:
        digest = "    --hash=sha256:" + "0" * 64
        assert loose_lines(f"django==5.2 \\\n{digest}\n") == []
        assert loose_lines("django==5.2\n") == ["django==5.2"]
        assert loose_lines(f"--index-url https://example.org\ndjango==5.2 \\\n{digest}") == ["--index-url https://example.org"]
        assert loose_lines("django==5.2 \\\ncelery==5 \\\n" + digest) == ["django==5.2 \\"]
