"""What a person is told who asks for what cannot be: a status of HTTP and one sentence."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from quantseg.errors import QuantSegError, UsageError


class Refusal(QuantSegError):
    """A request that is not fulfilled.

    Args:
        status: of HTTP.
        sentence: why, and what to do.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class LogInFirst(Refusal):
    """Nobody is logged in, or not any more."""

    def __init__(self) -> None:
        super().__init__(401, "You are not logged in, or not any more; log in.")


class ServerEnds(Refusal):
    """What was begun is not done, since the server ends; nothing of it is wrong."""

    def __init__(self) -> None:
        super().__init__(503, "The server is about to end; try again in a while.")


def without_places(sentence: str, data: Path) -> str:
    """Return a sentence without paths of an installation's folder, which mean nothing to who reads a page."""
    return re.sub(rf"{re.escape(str(data))}[^\s:;,]*", "a folder of the server", sentence)


def not_found() -> Refusal:
    """Return what is said alike of what is not there and of what somebody may not know of."""
    return Refusal(404, "There is nothing here that you may see.")


class Outdated(UsageError):
    """Somebody has saved since what is to be saved was begun from."""

    def __init__(self, sentence: str = "These labels were changed since you opened them; open the case again.") -> None:
        super().__init__(sentence)


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Say with the right status what the desk or the worklist has refused."""
    try:
        yield
    except Outdated as error:
        raise Refusal(412, str(error)) from None
    except UsageError as error:
        raise Refusal(409, str(error)) from None
    except QuantSegError as error:
        raise Refusal(422, str(error)) from None
