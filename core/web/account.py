"""How signing in behaves: accounts are made by administrators only, and the day page follows the roles."""

from __future__ import annotations

from typing import cast

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from core.models import User
from core.web.navigation import day_page


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up and sends people to where their day starts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return day_page(cast(User, request.user)) or "/"
