"""What people send, in pieces that may come again after a break; quotas count what was promised, not what has come."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from quantseg.errors import QuantSegError
from quantseg.jobs.database import begin_to_write
from quantseg.reading.archive import ARCHIVE_ENDING
from quantseg.web.accounts import new_id
from quantseg.web.looking import look_at
from quantseg.web.pages import size_in_words
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal, ServerEnds, not_found, without_places
from quantseg.web.sealing import Identity
from quantseg.web.sessions import Who
from quantseg.web.tables import CASES, EXPORTS, UPLOADS

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha", ".mgz", ".mgh", ARCHIVE_ENDING, ".dcm")
"""Of files that hold all of an image; what a folder holds is sent as an archive."""
SENDING, LOOKING, READY, REFUSED = "sending", "looking", "ready", "refused"
_MOST_UPLOADS = 50
_PICTURES = "pictures"
_PICTURE = re.compile(r"[A-Za-z0-9_-]{1,64}\.png")
_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}-[0-9]{2}|[0-9]{4})")
_LONGEST_NAME = 255
_REMAINS_SECONDS = 3600.0
"""For which a folder of results or training data may lie there that no case or export stands for yet."""


def begin_upload(platform: Platform, who: Who, name: str, length: int, group: str, identity: Identity) -> str:
    """Promise room for a file and return the identifier under which it is sent.

    Args:
        platform: that takes it.
        who: sends it.
        name: of the file, which may name a patient: its ending alone is kept readable.
        length: in bytes.
        group: whose members will see it.
        identity: who the patient is, as typed; DICOM's own word completes it.

    Raises:
        Refusal: the file is of no kind that is taken, or too large, or the room of the person does not suffice.
    """
    settings = platform.settings
    ending = next((one for one in ENDINGS if name.lower().endswith(one)), None)
    if ending is None or len(name) > _LONGEST_NAME:
        raise Refusal(415, f"This is no image that is taken; expected {', '.join(ENDINGS)}, or a folder of DICOM.")
    _require_birth_date(identity)
    if group not in who.groups:
        raise Refusal(422, "You are not in that group; choose one of yours.")
    if length <= 0:
        raise Refusal(422, "The file is empty; copy it again.")
    if length > settings.longest_upload_bytes:
        most = size_in_words(settings.longest_upload_bytes)
        raise Refusal(413, f"A file may have up to {most}, and this one has {size_in_words(length)}.")
    upload, now = new_id(), time.time()
    row = {"id": upload, "user_id": who.user, "group_id": group, "length": length, "offset": 0, "ending": ending}
    row |= {"state": SENDING, "reason": "", "found": [], "created_at": now, "ends_at": now + settings.upload_seconds}
    row |= {"name_sealed": platform.sealer.seal(name), "identity_sealed": platform.sealer.seal_identity(identity)}
    # Counted and promised in one transaction, which no other can come between.
    with begin_to_write(platform.engine) as connection:
        mine = select(func.count(), func.coalesce(func.sum(UPLOADS.c.length), 0)).where(UPLOADS.c.user_id == who.user)
        count, taken_bytes = connection.execute(mine).one()
        if count >= _MOST_UPLOADS or taken_bytes + length > settings.quota_bytes:
            raise Refusal(
                413,
                f"Your uploads would take more than {size_in_words(settings.quota_bytes)}; make cases of those that "
                "are there, or delete them.",
            )
        connection.execute(insert(UPLOADS).values(**row))
    try:
        os.close(os.open(part_of(platform, upload), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        with begin_to_write(platform.engine) as connection:
            connection.execute(delete(UPLOADS).where(UPLOADS.c.id == upload))
        raise Refusal(507, f"There is no room for uploads ({error.strerror}); tell who runs this server.") from None
    return upload


def _is_day(text: str) -> bool:
    """Tell whether a text is a day up to today, as people or DICOM write it."""
    if not _DAY.fullmatch(text):
        return False
    try:
        return datetime.date.fromisoformat(text) <= datetime.date.today()
    except ValueError:
        return False


def part_of(platform: Platform, upload: str) -> Path:
    """Return where what has come of an upload lies."""
    return platform.settings.uploads / upload


def note_offset(platform: Platform, upload: Mapping[str, Any], offset: int) -> None:
    """Write down how much has come; what was written beyond it before a break is written again."""
    ends_at = time.time() + platform.settings.upload_seconds
    with begin_to_write(platform.engine) as connection:
        mine = (UPLOADS.c.id == upload["id"], UPLOADS.c.state == SENDING)
        changed = connection.execute(update(UPLOADS).where(*mine).values(offset=offset, ends_at=ends_at))
        if not changed.rowcount:
            raise not_found()


def current(platform: Platform, upload: str) -> Mapping[str, Any]:
    """Return the row of an upload as it is now.

    Raises:
        Refusal: it was deleted.
    """
    with platform.engine.begin() as connection:
        row = connection.execute(select(UPLOADS).where(UPLOADS.c.id == upload)).mappings().first()
    if row is None:
        raise not_found()
    return dict(row)


def receive_whole(platform: Platform, upload: Mapping[str, Any], again: bool = False) -> None:
    """Have an upload looked at that has come whole, once, whoever says that it has.

    Args:
        platform: that it was sent to.
        upload: its row.
        again: a server was ended or killed over it; the end is the same.
    """
    part, folder = part_of(platform, upload["id"]), platform.settings.contents / upload["id"]
    if not _set(platform, upload, (SENDING, LOOKING) if again else (SENDING,), state=LOOKING):
        return
    try:
        if part.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
            part.rename(folder / f"image{upload['ending']}")
        changes = _seen(platform, upload, folder)
    except ServerEnds:
        return
    except Exception as error:
        why = str(error) if isinstance(error, QuantSegError) else "This cannot be kept; send it again."
        changes = _refused(without_places(why, platform.settings.data))
    if changes["state"] == REFUSED:
        part.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    if not _set(platform, upload, (LOOKING,), **changes):
        # Deleted while it was looked at, which may have left pictures.
        shutil.rmtree(folder, ignore_errors=True)


def _seen(platform: Platform, upload: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Look at an upload and return what its row says then."""
    image = folder / f"image{upload['ending']}"
    look = platform.desk.take_in(look_at, image, platform.settings.tasks, folder / _PICTURES)
    if look.reason:
        return _refused(without_places(look.reason, platform.settings.data))
    typed = platform.sealer.open_identity(upload["identity_sealed"])
    found = Identity(
        look.identity.name or typed.name,
        look.identity.identifier or typed.identifier,
        look.identity.birth_date or typed.birth_date,
    )
    series = [one.__dict__ | {"has_dicom": look.has_dicom} for one in look.series]
    return {"state": READY, "found": series, "identity_sealed": platform.sealer.seal_identity(found)}


def _refused(reason: str) -> dict[str, Any]:
    return {"state": REFUSED, "reason": reason, "length": 0, "offset": 0}


def with_patient(platform: Platform, upload: Mapping[str, Any], typed: Identity) -> Mapping[str, Any]:
    """Return an upload with the patient whom somebody names late; whom the images or an earlier word name stays.

    Raises:
        Refusal: the date of birth is none.
    """
    if not typed.is_known or platform.sealer.open_identity(upload["identity_sealed"]).is_known:
        return upload
    _require_birth_date(typed)
    return {**upload, "identity_sealed": platform.sealer.seal_identity(typed)}


def delete_upload(platform: Platform, upload: str) -> None:
    """Delete an upload, and what was sent where no case was made of it."""
    with begin_to_write(platform.engine) as connection:
        connection.execute(delete(UPLOADS).where(UPLOADS.c.id == upload))
        in_use = is_in_use(connection, upload)
    part_of(platform, upload).unlink(missing_ok=True)
    if not in_use:
        shutil.rmtree(platform.settings.contents / upload, ignore_errors=True)


def is_in_use(connection: Connection, content: str) -> bool:
    """Tell whether a case was made of what was sent."""
    return connection.execute(select(CASES.c.id).where(CASES.c.content_id == content)).first() is not None


def expire(platform: Platform) -> int:
    """Delete uploads that nobody goes on with, and return how many; and files that no upload or case stands for.

    Such are left by who was at work in the very moment of an erasure, or was killed in one.
    """
    with platform.engine.begin() as connection:
        over = list(connection.execute(select(UPLOADS.c.id).where(UPLOADS.c.ends_at < time.time())).scalars())
    for upload in over:
        delete_upload(platform, upload)
    now, settings = time.time(), platform.settings
    # Listed first: what is made meanwhile is known afterwards.
    found = [
        (path, settings.upload_seconds) for place in (settings.uploads, settings.contents) for path in place.iterdir()
    ]
    found += [(path, _REMAINS_SECONDS) for place in (settings.cases, settings.exports) for path in place.iterdir()]
    with platform.engine.begin() as connection:
        known = set(connection.execute(select(UPLOADS.c.id)).scalars())
        for column in (CASES.c.content_id, CASES.c.id, EXPORTS.c.id):
            known |= set(connection.execute(select(column)).scalars())
    for path, seconds in found:
        with contextlib.suppress(OSError):
            if path.name not in known and path.stat().st_mtime < now - seconds:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(over)


def look_again(platform: Platform) -> None:
    """Have the uploads looked at that came whole and that a server was ended over, after those that wait already."""
    whole = (UPLOADS.c.state == LOOKING) | ((UPLOADS.c.state == SENDING) & (UPLOADS.c.offset == UPLOADS.c.length))
    with platform.engine.begin() as connection:
        left = [dict(row) for row in connection.execute(select(UPLOADS).where(whole)).mappings()]
    for upload in left:
        platform.arrivals.submit(receive_whole, platform, upload, again=True)


def picture_of(platform: Platform, upload: str, name: str) -> Path:
    """Return where a picture of an upload lies.

    Raises:
        Refusal: there is none of that name.
    """
    path = platform.settings.contents / upload / _PICTURES / name
    if not _PICTURE.fullmatch(name) or not path.is_file():
        raise not_found()
    return path


def _require_birth_date(identity: Identity) -> None:
    if identity.birth_date and not _is_day(identity.birth_date):
        raise Refusal(422, "A date of birth is a day of the past, written as year, month and day, such as 1950-12-31.")


def _set(platform: Platform, upload: Mapping[str, Any], states: tuple[str, ...], **changes: Any) -> bool:
    """Change the row of an upload that is in one of some states; tell whether it was."""
    mine = (UPLOADS.c.id == upload["id"], UPLOADS.c.state.in_(states))
    with begin_to_write(platform.engine) as connection:
        return bool(connection.execute(update(UPLOADS).where(*mine).values(**changes)).rowcount)
