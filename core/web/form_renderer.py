"""How form controls are drawn: selects and plain inputs by Python, since a template for each option of each select costs a page of many
selects most of its time; whatever else by Django's own templates. The markup is that of these templates but for white space.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

WIDGETS = "django/forms/widgets/"
INPUTS = frozenset(f"{WIDGETS}{name}.html" for name in ("text", "number", "email", "password", "hidden", "date", "checkbox", "input"))
SELECT = f"{WIDGETS}select.html"


class HouseRenderer(DjangoTemplates):
    """Django's renderer of forms, with what is drawn often drawn fast."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """The markup of a control, or of a form, from the context that its widget gives."""
        if template_name == SELECT:
            return draw_select(context["widget"])
        if template_name in INPUTS:
            return draw_input(context["widget"])
        return super().render(template_name, context, request)


def draw_select(widget: Mapping[str, Any]) -> SafeString:
    """A select with its options, in groups where it has some."""
    groups = []
    for name, options, _ in widget["optgroups"]:
        drawn = "".join(f'<option value="{_text(one["value"])}"{_attrs(one["attrs"])}>{_text(one["label"])}</option>' for one in options)
        groups.append(f'<optgroup label="{_text(name)}">{drawn}</optgroup>' if name else drawn)
    return mark_safe(f'<select name="{_text(widget["name"])}"{_attrs(widget["attrs"])}>{"".join(groups)}</select>')  # noqa: S308 -- each part is escaped


def draw_input(widget: Mapping[str, Any]) -> SafeString:
    """An input on one line."""
    value = "" if widget["value"] is None else format_html(' value="{}"', str(widget["value"]))
    return mark_safe(f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{_attrs(widget["attrs"])}>')  # noqa: S308 -- as above


def _attrs(attrs: Mapping[str, Any]) -> str:
    """Attributes in their order; one that is true stands alone, one that is false is left out."""
    told = ((name, value) for name, value in attrs.items() if value is not False)
    return "".join(f" {name}" if value is True else f' {name}="{_text(value)}"' for name, value in told)


def _text(value: Any) -> str:
    return value if isinstance(value, SafeString) else escape(str(value))
