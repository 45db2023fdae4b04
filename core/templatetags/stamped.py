"""`{% csrf_token %}` as this house draws it, in every template without loading it: the token, and beside it for whom the form was drawn."""

from __future__ import annotations

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.web.drawn_for import FIELD

register = template.Library()


class StampedTokenNode(CsrfTokenNode):
    """The hidden fields of a form."""

    def render(self, context: Context) -> SafeString:
        token = SafeString(super().render(context))
        stamp = context.get(FIELD)
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, FIELD, stamp) if token and stamp else token


@register.tag
def csrf_token(parser: Parser, token: Token) -> StampedTokenNode:
    """The token against forged forms, and the stamp."""
    return StampedTokenNode()
