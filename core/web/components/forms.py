"""Form controls: label, hint, the error above the field, and ties for screen readers. Nothing is marked wrong before
it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.forms.boundfield import BoundWidget
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core.errors import DomainError
from core.web.fields import AmountField


def _ties(bound: BoundField, hint: str) -> dict[str, str]:
    ids = []
    if hint:
        ids.append(f"{bound.auto_id}-hint")
    if bound.errors:
        ids.append(f"{bound.auto_id}-error")
    attrs = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return attrs


def _hint(bound: BoundField, hint: str) -> str:
    return format_html('<p class="hint" id="{}-hint">{}</p>', bound.auto_id, hint) if hint else ""


# What is said where Django would speak for want of better words, by the code of the error.
_SAID = {
    "min_value": "Write at least {limit_value}.",
    "max_value": "Write at most {limit_value}.",
    "min_length": "Write at least {limit_value} characters; these are {show_value}.",
    "max_length": "Write at most {limit_value} characters; these are {show_value}.",
    "max_digits": "Write at most {max} digits in all.",
    "max_decimal_places": "Write at most {max} decimals.",
    "max_whole_digits": "Write at most {max} digits before the decimal point.",
    "invalid_choice": "Choose one of what is offered.",
}


def _said(error: ValidationError, bound: BoundField) -> str:
    """What is wrong in the words of the house, also where the form has none of its own."""
    code = error.code or ""
    if code in bound.field.error_messages and not _is_djangos(bound.field, code):
        return " ".join(error.messages)
    if code == "required":
        return _asked(bound)
    words = _SAID.get(code)
    return words.format(**{"value": "", "show_value": "more"} | (error.params or {})) if words else " ".join(error.messages)


def _is_djangos(field: forms.Field, code: str) -> bool:
    """Whether the words a field has for an error are those that Django gives its kind."""
    kinds = (kind for kind in type(field).__mro__ if kind.__module__.startswith("django."))
    return any(field.error_messages[code] is vars(kind).get("default_error_messages", {}).get(code) for kind in kinds)


def _asked(bound: BoundField) -> str:
    """What to do with a field that was left empty."""
    match bound.field:
        case forms.ChoiceField():
            return "Choose one."
        case forms.FileField():
            return "Choose a file."
        case forms.DateField():
            return "Choose a day."
        case AmountField():
            return "Write an amount."
        case forms.DecimalField() | forms.IntegerField():
            return "Write a number."
    return "Tick this." if isinstance(bound.field.widget, CheckboxInput) else "Fill this in."


def _named(words: str, bound: BoundField) -> str:
    """A fault as the summary lists it, away from its field: with the name of the field unless the words name it."""
    label = str(bound.label or "")
    return words if not label or label.casefold() in words.casefold() else f"{label}: {words}"


def _wrong(bound: BoundField) -> str:
    if not bound.errors:
        return ""
    words = " ".join(_said(error, bound) for error in bound.errors.as_data())
    return format_html('<p class="wrong" id="{}-error"><span class="vh">Error: </span>{}</p>', bound.auto_id, words)


def field(
    bound: BoundField, hint: str = "", css: str = "", label: str = "", unit: str = "", currency: str = "", **attrs: Any
) -> SafeString:
    """One form field. `css`: "full" spans a two-column form; `unit` stands after the control, and so does `currency` where the field is
    an amount; further words become attributes (`placeholder="…"`, `data_autosubmit=""`). A field is called optional unless its form needs
    it: by itself, or as one of those that the form names in `asked_for`."""
    if currency and isinstance(bound.field, AmountField) and bound.field.is_money:
        unit = currency
    if bound.is_hidden:
        return bound.as_widget()
    hint = hint or str(bound.field.help_text or "")
    words = str(label or bound.label or "")
    widget = bound.field.widget
    extra = {name.replace("_", "-"): value for name, value in attrs.items()}
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return _group(bound, words, hint, css)
    if isinstance(widget, CheckboxInput):
        control = bound.as_widget(attrs={**_ties(bound, hint), **extra})
        return format_html(
            '<div class="field {}">{}<label class="check">{}<span>{}</span></label>{}</div>',
            css,
            _wrong(bound),
            control,
            words,
            _hint(bound, hint),
        )
    needed = bound.field.required or "bare" in css.split() or bound.name in getattr(bound.form, "asked_for", ())
    optional = "" if needed else mark_safe(' <span class="opt">(optional)</span>')
    control = bound.as_widget(attrs={**_ties(bound, hint), **extra})
    if unit:
        control = format_html('<div class="affix">{}<span>{}</span></div>', control, unit)
    return format_html(
        '<div class="field {}"><label for="{}">{}{}</label>{}{}{}</div>',
        css,
        bound.id_for_label,
        words,
        optional,
        _hint(bound, hint),
        _wrong(bound),
        control,
    )


def _group(bound: BoundField, words: str, hint: str, css: str) -> SafeString:
    ids = " ".join(part for part in (f"{bound.auto_id}-hint" if hint else "", f"{bound.auto_id}-error" if bound.errors else "") if part)
    tied = format_html(' aria-describedby="{}"', ids) if ids else ""
    options = format_html_join(
        "",
        '<label class="check">{}<span>{}</span></label>',
        ((_option(option), option.choice_label) for option in bound),
    )
    return format_html(
        '<fieldset class="field {}" id="{}"{}><legend>{}</legend>{}{}{}</fieldset>',
        css,
        bound.auto_id,
        tied,
        words,
        _hint(bound, hint),
        _wrong(bound),
        options,
    )


def _option(option: BoundWidget) -> SafeString:
    """One radio or checkbox of a group. The group is what is wrong, never the single choice."""
    for name in ("aria-invalid", "aria-describedby"):
        option.data["attrs"].pop(name, None)
    return option.tag(wrap_label=False)


def tiles(bound: BoundField, label: str = "", keys: bool = False) -> SafeString:
    """A choice as tiles, none picked beforehand. With `keys` the first nine answer to the keys 1 to 9."""

    def each() -> Iterator[tuple[Any, Any]]:
        for position, option in enumerate(bound, start=1):
            if keys and position < 10:
                option.data["attrs"]["data-key"] = str(position)
            cap = format_html('<kbd aria-hidden="true">{}</kbd>', position) if keys and position < 10 else ""
            yield format_html("{}<span>{}</span>", _option(option), option.choice_label), cap

    tied = format_html(' aria-describedby="{}-error"', bound.auto_id) if bound.errors else ""
    return format_html(
        '<fieldset class="field" id="{}"{}><legend>{}</legend>{}<div class="tiles">{}</div></fieldset>',
        bound.auto_id,
        tied,
        label or bound.label or "",
        _wrong(bound),
        format_html_join("", '<label class="tile">{}{}</label>', each()),
    )


def fields(form: BaseForm, css: str = "", currency: str = "") -> SafeString:
    """All fields of a form in their order. `css`: "fields" for two columns; `currency` stands after each amount."""
    body = mark_safe("".join(field(bound, currency=currency) for bound in form))  # noqa: S308 -- escaped in field()
    return format_html('<div class="{}">{}</div>', css, body)


def error_summary(form: BaseForm | None = None, refusal: DomainError | None = None) -> SafeString:
    """The box that heads a form with faults; it takes the focus, and each line names its field and links to it. Empty when
    nothing is wrong.
    """
    lines: list[tuple[str, str]] = []
    if isinstance(form, BaseForm) and form.is_bound and form.errors:
        for name, errors in form.errors.as_data().items():
            bound = form[name] if name in form.fields else None
            for error in errors:
                lines += (
                    [("", words) for words in error.messages] if bound is None else [(bound.auto_id, _named(_said(error, bound), bound))]
                )
    if refusal is not None and not (form is not None and refusal.faults and form.is_bound and form.errors):
        lines += [("", fault.detail) for fault in refusal.faults] or [("", refusal.detail)]
    if not lines:
        return SafeString("")
    items = format_html_join(
        "",
        "<li>{}</li>",
        ((format_html('<a href="#{}">{}</a>', target, words) if target else words,) for target, words in lines),
    )
    return format_html('<div class="problem" tabindex="-1" role="alert"><h2>There is a problem</h2><ul>{}</ul></div>', items)


def is_file_form(form: BaseForm) -> bool:
    """Whether the form needs multipart encoding."""
    return any(isinstance(bound.field.widget, FileInput) for bound in form)
