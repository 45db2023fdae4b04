"""What the content security policy would stop in the browser is stopped here first."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT, files

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=|<style\b", re.IGNORECASE),
    "inline handler": re.compile(r"\son[a-z]+\s*=|hx-on|javascript:|\bjs:", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE),
    "another host": re.compile(
        r"""(?:src|href|action|formaction|poster|srcset|hx-(?:get|post|put|patch|delete))\s*=\s*["'](?:https?:)?//|@import|url\(["']?(?:https?:)?//""",
        re.IGNORECASE,
    ),
    # What somebody wrote under the name "items" would be taken for it; `pairs` asks the mapping.
    "items of a mapping": re.compile(r"""\bin\s+[\w.]+\.(?:items|keys|values)\s*%\}"""),
}

# What cannot be broken, as a tag of Django's with its words, still fits; a part of a page does not.
LONGEST_LINE = 250


def faults(text: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]


def classes_of(text: str) -> set[str]:
    """The classes that markup names itself; what a tag of Django's writes into them is left out."""
    found = re.findall(r'\bclass="([^"]*)"', re.sub(r"\{%[^%]*%\}|\{#.*?#\}", " ", text))
    return {name for one in found for name in re.sub(r"\S*\{\{.*?\}\}\S*", " ", one).split()}


STYLES = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / "css" / "credence.css").read_text(), flags=re.DOTALL)
STYLED = set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", STYLES)))


class TestClasses:
    def test_that_pages_name_are_those_of_the_style_sheet(self) -> None:
        named = {str(path): classes_of(path.read_text()) - STYLED for path in files("*.html", under=ROOT / "templates")}
        assert {name: sorted(missing) for name, missing in named.items() if missing} == {}

    def test_of_the_style_sheet_are_all_in_use(self) -> None:
        """htmx gives one itself; shades of a scale are numbered."""
        writers = [*files("*.html", under=ROOT / "templates"), *files("*.html", under=ROOT / "tests" / "core")]
        writers += files("*.js", under=ROOT / "static")
        for room in ("core", "blacklist", "loans", "collateral", "risk", "monitoring"):
            writers += files("*.py", under=ROOT / room)
        words = set(re.findall(r"[a-zA-Z][\w-]*", " ".join(path.read_text() for path in writers)))
        assert sorted(name for name in STYLED - words - {"htmx-request"} if not re.fullmatch(r"(k|same|worse|cured)\d", name)) == []

    def test_are_found_beside_what_django_writes(self) -> None:
        assert classes_of('<p class="hint {% if late %}bad{% endif %} tag-{{ kind }} {{ css }}">') == {"hint", "bad"}


class TestMarkup:
    def test_has_nothing_inline_and_nothing_from_elsewhere(self) -> None:
        templates = [*files("*.html", under=ROOT / "templates"), *files("*.html", under=ROOT / "tests" / "core")]
        assert len(templates) > 50
        assert {path.name: found for path in templates if (found := faults(path.read_text()))} == {}

    def test_written_by_python_has_neither(self) -> None:
        writers = [*files("*.py", under=ROOT / "core" / "web"), *files("*.py", under=ROOT / "core" / "charts")]
        assert len(writers) > 20
        attribute = re.compile(r"""\sstyle=\\?["']|<style\b""")
        marked = {path.name: [name for name in faults(path.read_text()) if name in ("inline script", "another host")] for path in writers}
        assert {name: found for name, found in marked.items() if found} == {}
        assert [path.name for path in writers if attribute.search(path.read_text())] == []

    @pytest.mark.parametrize("path", files("*.css", "*.js", under=ROOT / "static"), ids=lambda path: path.name)
    def test_of_styles_and_scripts_asks_no_other_host(self, path) -> None:  # type: ignore[no-untyped-def]
        assert not FORBIDDEN["another host"].search(path.read_text())

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ('<p style="color:red">', "inline style"),
            ("<style>p{}</style>", "inline style"),
            ('<button onclick="go()">', "inline handler"),
            ('<a href="javascript:go()">', "inline handler"),
            ('<div hx-on:click="go()">', "inline handler"),
            ("<script>go()</script>", "inline script"),
            ('<script nonce="x">go()</script>', "inline script"),
            ('<script src="https://cdn.example/x.js"></script>', "another host"),
            ('<link href="//fonts.example/x.css">', "another host"),
            ("{% for name, value in entry.details.items %}", "items of a mapping"),
        ],
    )
    def test_would_be_found_with_a_fault(self, text: str, fault: str) -> None:
        assert fault in faults(text)

    def test_can_be_read_line_by_line(self) -> None:
        templates = files("*.html", under=ROOT / "templates")
        lines = [(path.name, line) for path in templates for line in path.read_text().splitlines() if not line.lstrip().startswith("<meta")]
        assert [(name, line[:80]) for name, line in lines if len(line) > LONGEST_LINE] == []

    def test_may_have_what_pages_need(self) -> None:
        assert (
            faults('<script src="{% static "js/credence.js" %}" nonce="{{ n }}" defer></script><a href="/queue/" class="on">one</a>') == []
        )
