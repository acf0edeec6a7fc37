"""Who has a case in hand: taken, asked for, kept, handed over, taken over from who does not answer."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quantseg.results.atomic import write_file
from quantseg.review.locks import CaseLock, LockOwner
from quantseg.review.worklist import STATE_FOLDER
from quantseg.web.cases import order_of
from quantseg.web.casework import Editor
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal, refusals
from quantseg.web.sessions import Who

ANSWER_SECONDS = 60.0
"""For which who was asked for a case may answer."""
_SESSION_DIGITS = 16


@dataclass(frozen=True)
class Hold:
    """Who has a case in hand, as somebody sees it.

    Attributes:
        holder: name of who has it; empty where nobody has.
        mine: whether that is this very session.
        asked_by: name of who has asked for it last; empty where nobody has.
        refused: whether who has it wants to keep it.
        may_take_over: whether who looks may take it from who has it.
    """

    holder: str
    mine: bool
    asked_by: str
    refused: bool
    may_take_over: bool


@dataclass(frozen=True)
class _Ask:
    name: str
    session: str
    at: float
    refused: bool = False


def hold_of(platform: Platform, who: Who, case: Mapping[str, Any]) -> Hold:
    """Return who has a case in hand, as somebody sees it."""
    owner, ask, me = holder_of(platform, case), _asked(platform, case), editor_of(who)
    if owner is None:
        return Hold("", False, "", False, True)
    mine = (owner.name, owner.session) == (me.name, me.session)
    may = owner.is_stale or owner.name == me.name or _is_unanswered(ask, me)
    return Hold(owner.name, mine, "" if ask is None else ask.name, ask is not None and ask.refused, may)


def take(platform: Platform, who: Who, case: Mapping[str, Any], take_over: bool) -> None:
    """Take a case in hand, or see that it is there already.

    Args:
        platform: that has it.
        who: takes it.
        case: that is taken.
        take_over: from who has it, where that may be: it is the same person, was not seen for a working day, or was
            asked and has not answered.

    Raises:
        Refusal: somebody else has it.
    """
    me = editor_of(who)
    lock = _lock(platform, case, me)
    with refusals():
        if take_over:
            lock.take_over(asked=_is_unanswered(_asked(platform, case), me))
        else:
            lock.take()
    ask = _asked(platform, case)
    if ask is not None and ask.name == me.name:
        _ask_file(platform, case).unlink(missing_ok=True)


def ask_for(platform: Platform, who: Who, case: Mapping[str, Any]) -> None:
    """Ask who has a case in hand for it.

    Raises:
        Refusal: nobody has it, or the same person.
    """
    owner, me = holder_of(platform, case), editor_of(who)
    if owner is None or owner.name == me.name:
        raise Refusal(409, "Nobody else has this case in hand; take it.")
    ask = _asked(platform, case)
    if ask is not None and not ask.refused and (ask.name, ask.session) == (me.name, me.session):
        # Asking twice is not waiting twice.
        return
    _write(platform, case, _Ask(me.name, me.session, time.time()))


def keep(platform: Platform, who: Who, case: Mapping[str, Any]) -> None:
    """Answer who has asked for a case that it stays in hand.

    Raises:
        Refusal: it is in other hands, or nobody has asked.
    """
    ask = _asked(platform, case)
    if not hold_of(platform, who, case).mine or ask is None:
        raise Refusal(409, "Nobody has asked you for this case.")
    _write(platform, case, _Ask(ask.name, ask.session, ask.at, refused=True))


def let_go(platform: Platform, who: Who, case: Mapping[str, Any]) -> None:
    """Let others have a case."""
    _lock(platform, case, editor_of(who)).release()
    if holder_of(platform, case) is None:
        _ask_file(platform, case).unlink(missing_ok=True)


def holder_of(platform: Platform, case: Mapping[str, Any]) -> LockOwner | None:
    """Return who has a case in hand; None where nobody has."""
    return _lock(platform, case, Editor("", "")).owner()


def refuse_other_holder(platform: Platform, who: Who, case: Mapping[str, Any]) -> None:
    """Refuse where somebody else works on a case.

    Raises:
        Refusal: somebody does.
    """
    owner, mine = holder_of(platform, case), editor_of(who)
    if owner is not None and not owner.is_stale and owner.name != mine.name:
        raise Refusal(409, f"{owner.name} works on this case; ask, or wait.")


def editor_of(who: Who) -> Editor:
    """Return a person as histories and locks name one; two people of one name are told apart by their log-in names."""
    return Editor(f"{who.full_name} ({who.name})", who.session[:_SESSION_DIGITS])


def _is_unanswered(ask: _Ask | None, me: Editor) -> bool:
    if ask is None or ask.refused or (ask.name, ask.session) != (me.name, me.session):
        return False
    return time.time() - ask.at > ANSWER_SECONDS


def _asked(platform: Platform, case: Mapping[str, Any]) -> _Ask | None:
    # What is not there, or not whole any more, asks for nothing.
    with contextlib.suppress(OSError, ValueError, TypeError):
        return _Ask(**json.loads(_ask_file(platform, case).read_text(encoding="utf-8")))
    return None


def _write(platform: Platform, case: Mapping[str, Any], ask: _Ask) -> None:
    write_file(_ask_file(platform, case), json.dumps(asdict(ask)).encode())


def _ask_file(platform: Platform, case: Mapping[str, Any]) -> Path:
    order = order_of(platform, case)
    return order.folder / STATE_FOLDER / f"{order.name}.asked"


def _lock(platform: Platform, case: Mapping[str, Any], editor: Editor) -> CaseLock:
    order = order_of(platform, case)
    return CaseLock(order.folder / STATE_FOLDER / f"{order.name}.lock", editor.name, editor.session)
