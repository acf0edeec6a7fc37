"""What a person may do, beside what the groups let them see."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """Each may what those before it may."""

    READER = "reader"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"

    def may_act_as(self, other: Role) -> bool:
        """Tell whether this role includes another."""
        roles = list(Role)
        return roles.index(self) >= roles.index(other)
