"""The search box stands where its search answers, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from core.models import User
from core.roles import Role
from tests.every_role import every_role
from tests.loans.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@every_role(Role)
def test_is_offered_to_whom_the_search_answers(role: Role, person_with: Callable[[Role], User], sign_in: SignIn) -> None:
    client = sign_in(person_with(role))
    page = client.get(reverse("core:proposal_list"))
    answers = client.get(reverse("loans:search"), {"q": "Mira"}).status_code == 200
    assert page.status_code == 200 and ('role="search"' in page.text) is answers
    assert answers is (role not in (Role.APPRAISER, Role.VALIDATOR, Role.ADMINISTRATOR))
