"""Staff: accounts, branches, roles. Roles change under four eyes; the database refuses incompatible pairs."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from core import audit, four_eyes
from core.errors import DomainError
from core.models import Branch, Proposal, User, UserBranch, UserRole
from core.roles import Role

ROLE_CHANGE = "role_change"


class UnableToChangeRoles(DomainError):
    """The roles cannot be changed."""

    title = "The roles cannot be changed"
    messages = {
        "incompatible": "These roles must not sit in one person: {roles}.",
        "own_roles": "Nobody changes their own roles.",
        "not_entitled": "Only administrators propose changes of roles.",
        "unchanged": "These are the roles the person has already.",
    }


@transaction.atomic
def hire_user(
    *, username: str, full_name: str, roles: tuple[Role, ...], branches: list[Branch], password: str | None, actor: User | None
) -> User:
    """Make a staff account with its first roles: what the set-up of a bank uses. Later changes go through four eyes.

    Raises UnableToChangeRoles: `incompatible`.
    """
    user = User.objects.create_user(username=username, password=password, full_name=full_name)
    UserBranch.objects.bulk_create([UserBranch(user=user, branch=branch) for branch in branches])
    _write_roles(user, set(roles))
    audit.record("user.hired", actor=actor, target=user, label=full_name, roles=sorted(roles), branches=[b.code for b in branches])
    return user


@transaction.atomic
def propose_roles(*, user: User, roles: set[Role], actor: User, path: str = "") -> Proposal:
    """Ask for a change of somebody's roles. Another administrator or compliance officer confirms it.

    Raises UnableToChangeRoles: `own_roles`, `not_entitled`, `unchanged`; UnableToPropose: `already_open`.
    """
    if not actor.has_role(Role.ADMINISTRATOR):
        raise UnableToChangeRoles("not_entitled")
    if actor.pk == user.pk:
        raise UnableToChangeRoles("own_roles")
    if roles == user.roles:
        raise UnableToChangeRoles("unchanged")
    words = ", ".join(sorted(role.label for role in roles)) or "no role"
    return four_eyes.propose(
        kind=ROLE_CHANGE,
        target=user,
        title=f"Roles of {user.full_name}: {words}",
        roles=(Role.ADMINISTRATOR, Role.COMPLIANCE),
        actor=actor,
        content={"roles": sorted(role.value for role in roles)},
        path=path,
    )


@transaction.atomic
def confirm_roles(*, user: User, actor: User) -> User:
    """Let a proposed change of roles take effect. The person concerned may not confirm it.

    Raises UnableToConfirm, UnableToChangeRoles: `incompatible`.
    """
    proposal = four_eyes.open_proposal(kind=ROLE_CHANGE, target=user)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    four_eyes.confirm(proposal, actor=actor, barred=frozenset({user.pk}))
    _write_roles(user, {Role(name) for name in proposal.content["roles"]})
    audit.record("user.roles_changed", actor=actor, target=user, label=user.full_name, roles=proposal.content["roles"])
    return User.objects.get(pk=user.pk)


def _write_roles(user: User, roles: set[Role]) -> None:
    UserRole.objects.filter(user=user).exclude(role__in=[role.value for role in roles]).delete()
    try:
        with transaction.atomic():
            for role in sorted(roles):
                UserRole.objects.get_or_create(user=user, role=role.value)
    except IntegrityError as error:
        raise UnableToChangeRoles("incompatible", roles=", ".join(sorted(role.label for role in roles))) from error


@transaction.atomic
def set_active(*, user: User, is_active: bool, actor: User) -> User:
    """Switch an account on or off. Switched off, its sessions end at the next request.

    Raises UnableToChangeRoles: `not_entitled`, `own_roles`.
    """
    if not actor.has_role(Role.ADMINISTRATOR):
        raise UnableToChangeRoles("not_entitled")
    if actor.pk == user.pk:
        raise UnableToChangeRoles("own_roles")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    audit.record("user.switched_on" if is_active else "user.switched_off", actor=actor, target=user, label=user.full_name)
    return user
