"""How signing in behaves: accounts are made by administrators only, the day page follows the roles, secrets lie
encrypted.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from core import crypto
from core.models import User
from core.web.navigation import day_page

# The authenticator row has no key yet when its secret is encrypted, so the place names table and column only.
_PLACE = "mfa_authenticator.data"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up and sends people to where their day starts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return day_page(cast(User, request.user)) or "/"


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors encrypted with the house's field keys."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.encrypt(text, place=_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(base64.b64decode(encrypted_text), place=_PLACE)


def answer_422(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The rule of the house for the sign-in forms too: an invalid form answers 422 with the form."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, TemplateResponse) and response.status_code == 200:
            form = (response.context_data or {}).get("form")
            if form is not None and form.is_bound and not form.is_valid():
                response.status_code = 422
        return response

    return answered
