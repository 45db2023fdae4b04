"""Staff: who they are, what they do, where they work."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from core.roles import BANK_WIDE, Role


class Branch(models.Model):
    """A place where the bank lends. Rows of borrowers belong to one branch."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users; the database knows them by username."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Make a person who can sign in. Without a password the account cannot be used until one is set."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person of the bank. What they may do follows from roles and branches alone; there is no superuser."""

    username = models.CharField(max_length=60, unique=True)
    full_name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    theme = models.CharField(max_length=6, blank=True, choices=[("", "System"), ("light", "Light"), ("dark", "Dark")])
    joined_at = models.DateTimeField(auto_now_add=True)
    branches: models.ManyToManyField[Branch, UserBranch] = models.ManyToManyField(Branch, through="UserBranch")

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    # allauth and a few libraries ask for these; nobody here is above the roles.
    is_staff = False
    is_superuser = False

    class Meta:
        ordering: ClassVar[list[str]] = ["full_name"]

    def __str__(self) -> str:
        return self.full_name

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0]

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.full_name.split()[:2]).upper()

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The roles of this person; one query, kept for the life of the object."""
        return frozenset(Role(row.role) for row in self.role_rows.all())

    @cached_property
    def branch_ids(self) -> frozenset[int]:
        """The branches this person belongs to; one query, kept for the life of the object."""
        return frozenset(UserBranch.objects.filter(user=self).values_list("branch_id", flat=True))

    @property
    def is_bank_wide(self) -> bool:
        return bool(self.roles & BANK_WIDE)

    def has_role(self, *roles: Role) -> bool:
        return bool(self.roles & set(roles))

    @property
    def role_titles(self) -> str:
        return ", ".join(sorted(role.label for role in self.roles)) or "No role"

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class UserBranch(models.Model):
    """A person belongs to a branch."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="branch_rows")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(name="user_branch_once", fields=["user", "branch"])]


class UserRole(models.Model):
    """A person has a role. Incompatible pairs are refused by a trigger in the database."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_rows")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="user_role_once", fields=["user", "role"]),
            models.CheckConstraint(name="user_role_known", condition=models.Q(role__in=Role.values)),
        ]
