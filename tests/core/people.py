"""The cast of the core's tests, and the branches they work in."""

from __future__ import annotations

from core.models import Branch, User
from core.roles import Role
from core.services.staff import hire_user


def person(username: str, *roles: Role, branches: tuple[Branch, ...] = ()) -> User:
    return hire_user(username=username, full_name=username.title(), roles=roles, branches=list(branches), password=None, actor=None)


def branch(code: str) -> Branch:
    return Branch.objects.get_or_create(code=code, defaults={"name": f"Branch {code}"})[0]
