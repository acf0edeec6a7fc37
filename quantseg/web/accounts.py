"""People, their groups and passwords; a password is set by a one-time link and kept as an argon2 hash."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Collection, Mapping
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select, update

from quantseg.web.identity import Told
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.tables import ATTEMPTS, GROUPS, LINKS, MEMBERSHIPS, SESSIONS, USERS

FIRST_NAME, FIRST_GROUP = "administrator", "Department"
_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 12, 256
_FEWEST_CHARACTERS = 5
"""That differ."""
_ATTEMPT_SECONDS = 900.0
_MOST_ATTEMPTS_OF_A_NAME, _MOST_ATTEMPTS_OF_AN_ADDRESS = 5, 30
_HASHER = PasswordHasher()
# A name that nobody has must take as long to refuse as a wrong password.
_HASH_OF_NOBODY = _HASHER.hash(secrets.token_urlsafe())


def new_id() -> str:
    """Return a random identifier, which nobody can guess and which says nothing."""
    return secrets.token_urlsafe(16)


def sha256_of(token: str) -> str:
    """Return what the database keeps of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_user(connection: Connection, name: str, full_name: str, role: Role, groups: Collection[str]) -> str:
    """Add a person without a password, and return the identifier.

    Args:
        connection: to the database.
        name: to log in with.
        full_name: stands in histories and approvals.
        role: what the person may do.
        groups: identifiers of the groups whose cases the person sees.

    Raises:
        Refusal: the name is missing, has blanks, or somebody has it.
    """
    name, full_name = name.strip().casefold(), " ".join(full_name.split())
    if not name or len(name) > 64 or name.split() != [name] or not full_name or len(full_name) > 200:
        raise Refusal(422, "A name without blanks of at most 64 characters and a full name are needed.")
    if connection.execute(select(USERS.c.id).where(USERS.c.name == name)).scalar() is not None:
        raise Refusal(409, "Somebody has this name already; choose another.")
    user = new_id()
    row = {"id": user, "name": name, "full_name": full_name, "role": role.value, "disabled": False}
    connection.execute(insert(USERS).values(**row, created_at=time.time()))
    set_groups(connection, user, groups)
    return user


def person_of_provider(connection: Connection, told: Told) -> str | None:
    """Return who somebody is whom the identity provider vouches for, with role and groups as it says them now.

    Of whom it gives no role here the sessions end, and the groups are taken: then there is nobody to be logged in.

    A person who comes for the first time is added. An account that was made here is never taken for that of a person
    at the provider because of its name: whoever names people there would otherwise be anybody here.

    Raises:
        Refusal: the account is disabled, or another has its name.
    """
    mine = select(USERS).where(USERS.c.provider_subject == told.subject)
    row = connection.execute(mine).mappings().first()
    if told.role is None:
        if row is not None:
            set_groups(connection, row["id"], ())
            log_out_everywhere(connection, row["id"])
        return None
    wanted = [group for name, group in _groups_by_name(connection).items() if name in told.groups]
    if row is None:
        user = add_user(connection, told.name, told.full_name, told.role, wanted)
        connection.execute(update(USERS).where(USERS.c.id == user).values(provider_subject=told.subject))
        return user
    if row["disabled"]:
        raise Refusal(403, "Your account is disabled here; ask an administrator.")
    user = str(row["id"])
    has = set(connection.execute(select(MEMBERSHIPS.c.group_id).where(MEMBERSHIPS.c.user_id == user)).scalars())
    if row["role"] != told.role.value or has != set(wanted):
        # Not as an administrator does it here: whom the provider has left as the last one it may demote as well.
        connection.execute(update(USERS).where(USERS.c.id == user).values(role=told.role.value))
        set_groups(connection, user, wanted)
        log_out_everywhere(connection, user)
    connection.execute(update(USERS).where(USERS.c.id == user).values(full_name=" ".join(told.full_name.split())[:200]))
    return user


def _groups_by_name(connection: Connection) -> dict[str, str]:
    return {str(name): str(group) for name, group in connection.execute(select(GROUPS.c.name, GROUPS.c.id))}


def rights_in_words(connection: Connection, user: str) -> str:
    """Return role and groups of a person as the audit trail says them."""
    row = connection.execute(select(USERS.c.role, USERS.c.disabled).where(USERS.c.id == user)).one()
    mine = select(GROUPS.c.name).join(MEMBERSHIPS, MEMBERSHIPS.c.group_id == GROUPS.c.id)
    names = list(connection.execute(mine.where(MEMBERSHIPS.c.user_id == user).order_by(GROUPS.c.name)).scalars())
    return f"role {row.role}{', disabled' * row.disabled}, groups: {', '.join(names) or 'none'}"


def set_groups(connection: Connection, user: str, groups: Collection[str]) -> None:
    """Let a person see the cases of these groups, and of no others."""
    connection.execute(delete(MEMBERSHIPS).where(MEMBERSHIPS.c.user_id == user))
    for group in dict.fromkeys(groups):
        if connection.execute(select(GROUPS.c.id).where(GROUPS.c.id == group)).scalar() is None:
            raise Refusal(422, "There is no such group.")
        connection.execute(insert(MEMBERSHIPS).values(user_id=user, group_id=group))


def add_group(connection: Connection, name: str) -> str:
    """Add a group and return its identifier.

    Raises:
        Refusal: it has no name, or there is one of that name.
    """
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise Refusal(422, "A group needs a name of at most 100 characters.")
    if connection.execute(select(GROUPS.c.id).where(GROUPS.c.name == name)).scalar() is not None:
        raise Refusal(409, "There is a group of this name already.")
    group = new_id()
    connection.execute(insert(GROUPS).values(id=group, name=name))
    return group


def change_user(connection: Connection, user: str, role: Role, disabled: bool, groups: Collection[str]) -> None:
    """Change what a person may; whoever is logged in as that person is logged out.

    Raises:
        Refusal: there is nobody of that identifier, or nobody would be left to administrate.
    """
    _require(connection, user)
    administrators = (
        select(func.count()).select_from(USERS).where(USERS.c.role == Role.ADMINISTRATOR.value, ~USERS.c.disabled)
    )
    before = connection.execute(administrators).scalar()
    connection.execute(update(USERS).where(USERS.c.id == user).values(role=role.value, disabled=disabled))
    # Where the identity provider alone makes administrators there may be none yet.
    if before and not connection.execute(administrators).scalar():
        raise Refusal(409, "This is the last administrator; make another one first.")
    set_groups(connection, user, groups)
    log_out_everywhere(connection, user)


def log_out_everywhere(connection: Connection, user: str) -> None:
    """Revoke all sessions of a person."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.user_id == user).values(revoked=True))


def new_link(connection: Connection, user: str, seconds: float) -> str:
    """Return the secret of a link by which a person sets the password once; earlier links hold no more."""
    _require(connection, user)
    connection.execute(delete(LINKS).where(LINKS.c.user_id == user))
    token = secrets.token_urlsafe(32)
    connection.execute(insert(LINKS).values(token_sha256=sha256_of(token), user_id=user, ends_at=time.time() + seconds))
    return token


def user_of_link(connection: Connection, token: str) -> Mapping[str, Any]:
    """Return whose password a link sets.

    Raises:
        Refusal: it was used, is too old, or never was one.
    """
    found = select(USERS).join(LINKS, LINKS.c.user_id == USERS.c.id).where(LINKS.c.token_sha256 == sha256_of(token))
    found = found.where(LINKS.c.used_at.is_(None), LINKS.c.ends_at > time.time(), ~USERS.c.disabled)
    row = connection.execute(found).mappings().first()
    if row is None:
        raise Refusal(404, "This link was used already or is too old; ask an administrator for another.")
    return dict(row)


def set_password(connection: Connection, token: str, password: str) -> str:
    """Set a password by a link, which holds no more afterwards, and return the person's identifier.

    Raises:
        Refusal: the link holds no more, or the password is too easy.
    """
    user = user_of_link(connection, token)
    check_password(password, user["name"])
    connection.execute(update(USERS).where(USERS.c.id == user["id"]).values(password_hash=_HASHER.hash(password)))
    connection.execute(update(LINKS).where(LINKS.c.token_sha256 == sha256_of(token)).values(used_at=time.time()))
    log_out_everywhere(connection, user["id"])
    return str(user["id"])


def check_password(password: str, name: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises:
        Refusal: it is.
    """
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise Refusal(422, f"A password has {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters.")
    if len(set(password)) < _FEWEST_CHARACTERS or name in password.casefold():
        raise Refusal(422, "A password neither repeats a few characters nor holds the name; choose another.")


def count_attempt(connection: Connection, name: str | None, address: str) -> None:
    """Write down that somebody tries to log in, before it is known whether rightly.

    Args:
        connection: to the database.
        name: that was given; None where the identity provider is still to say one.
        address: of the browser.

    Raises:
        Refusal: it was tried too often of late.
    """
    now = time.time()
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.at < now - _ATTEMPT_SECONDS))
    limits = {f"from {address}": _MOST_ATTEMPTS_OF_AN_ADDRESS}
    if name is not None:
        limits[f"name {name}"] = _MOST_ATTEMPTS_OF_A_NAME
    for counted, most in limits.items():
        key = sha256_of(counted)
        tried = connection.execute(select(func.count()).select_from(ATTEMPTS).where(ATTEMPTS.c.key == key)).scalar()
        if (tried or 0) >= most:
            raise Refusal(429, f"Too many attempts to log in; wait {_ATTEMPT_SECONDS / 60:.0f} minutes.")
        connection.execute(insert(ATTEMPTS).values(key=key, at=now))


def forget_attempts(connection: Connection, name: str | None, address: str) -> None:
    """Forget the failures of a name that has logged in, and of its address the attempt that was none.

    A whole hospital may come from one address; what others have failed at there stays counted.

    Args:
        connection: to the database.
        name: as it was given to :func:`count_attempt`, like the address.
        address: of the browser.
    """
    if name is not None:
        connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.key == sha256_of(f"name {name}")))
    last = select(func.max(ATTEMPTS.c.number)).where(ATTEMPTS.c.key == sha256_of(f"from {address}"))
    connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.number == connection.execute(last).scalar()))


def person_with(connection: Connection, name: str, password: str) -> str | None:
    """Return who has this name and password; None where nobody has."""
    row = connection.execute(select(USERS).where(USERS.c.name == name)).mappings().first()
    kept = row["password_hash"] if row is not None and not row["disabled"] else None
    try:
        _HASHER.verify(kept or _HASH_OF_NOBODY, password[: _LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return None
    return str(row["id"]) if row is not None and kept is not None else None


def first_link(connection: Connection, seconds: float) -> str | None:
    """Return the secret of the link that makes the administrator; None once anybody has a password."""
    if connection.execute(select(USERS.c.id).where(USERS.c.password_hash.is_not(None))).first() is not None:
        return None
    user = connection.execute(select(USERS.c.id).where(USERS.c.name == FIRST_NAME)).scalar()
    if user is None:
        group = add_group(connection, FIRST_GROUP)
        user = add_user(connection, FIRST_NAME, "Administrator", Role.ADMINISTRATOR, [group])
    return new_link(connection, user, seconds)


def _require(connection: Connection, user: str) -> None:
    if connection.execute(select(USERS.c.id).where(USERS.c.id == user)).scalar() is None:
        raise Refusal(404, "There is nobody of this identifier.")
