"""Sending in pieces: the protocol tus 1.0 with creation, expiration and termination (https://tus.io/protocols).

An upload belongs to the person who began it: for anybody else it is not there, so that nobody can go on with it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import email.utils
import fcntl
import os
from collections.abc import Mapping
from typing import Any, BinaryIO

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from quantseg.jobs.database import begin_to_write
from quantseg.web.audit import Subject, note
from quantseg.web.platform import Platform
from quantseg.web.refusal import Refusal
from quantseg.web.roles import Role
from quantseg.web.rules import Owned, needs, object_of, platform_of, who_asks
from quantseg.web.sealing import Identity
from quantseg.web.uploads import (
    SENDING,
    begin_upload,
    current,
    delete_upload,
    note_offset,
    part_of,
    picture_of,
    receive_whole,
)

ROUTER = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])
_VERSION = "1.0.0"
_PIECE = "application/offset+octet-stream"
_NOTED_BYTES = 8 * 1024**2


@ROUTER.options("")
@needs(Role.READER)
def abilities(request: Request) -> Response:
    """Say which parts of the protocol are spoken."""
    most = str(platform_of(request).settings.longest_upload_bytes)
    extensions = "creation,expiration,termination"
    return _answer(204, {"Tus-Version": _VERSION, "Tus-Extension": extensions, "Tus-Max-Size": most})


@ROUTER.post("", status_code=201)
@needs(Role.EDITOR)
def begin(request: Request) -> Response:
    """Begin an upload; metadata are filename, group, and of images but DICOM patient_name, patient_id, birth_date."""
    _require_version(request)
    length = request.headers.get("Upload-Length", "")
    if not length.isdecimal() or len(length) > 15:
        raise Refusal(400, "The length of the upload is missing; say it in Upload-Length.")
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    identity = Identity(*(said.get(key, "")[:200] for key in ("patient_name", "patient_id", "birth_date")))
    platform, who = platform_of(request), who_asks(request)
    upload = begin_upload(platform, who, said.get("filename", ""), int(length), said.get("group", ""), identity)
    with begin_to_write(platform.engine) as connection:
        note(connection, who.user, who.name, "upload begun", Subject("upload", upload), f"{length} bytes")
    return _answer(201, {"Location": f"/api/v1/uploads/{upload}"})


@ROUTER.head("/{upload}")
@needs(Role.EDITOR, of=Owned.UPLOAD)
def progress(request: Request, upload: str) -> Response:
    """Say how much has come."""
    row = object_of(request)
    return _answer(200, {"Upload-Offset": str(row["offset"]), "Upload-Length": str(row["length"]), **_expiry(row)})


@ROUTER.get("/{upload}")
@needs(Role.EDITOR, of=Owned.UPLOAD)
def state(request: Request, upload: str) -> Response:
    """Say how far an upload is: sending, looking, ready or refused with the reason."""
    row = object_of(request)
    shown = {key: row[key] for key in ("id", "state", "reason", "offset", "length", "found")}
    return JSONResponse(shown)


@ROUTER.patch("/{upload}", status_code=204)
@needs(Role.EDITOR, of=Owned.UPLOAD)
async def go_on(request: Request, upload: str) -> Response:
    """Take the next piece."""
    _require_version(request)
    if request.headers.get("content-type", "") != _PIECE:
        raise Refusal(415, f"A piece is of type {_PIECE}.")
    platform, row = platform_of(request), object_of(request)
    given = request.headers.get("Upload-Offset", "")
    _require_next(row, given)
    stream = await run_in_threadpool(_open_alone, platform, upload)
    try:
        # As it is now that nobody else writes: another may have sent the same piece, or all, since the row was read.
        row = await run_in_threadpool(current, platform, upload)
        _require_next(row, given)
        offset = await _receive(request, platform, row, stream)
    finally:
        stream.close()
    whole = offset == row["length"]
    if whole:
        platform.arrivals.submit(receive_whole, platform, row)
    return _answer(204, {"Upload-Offset": str(offset), **_expiry(row)})


@ROUTER.delete("/{upload}", status_code=204)
@needs(Role.EDITOR, of=Owned.UPLOAD, action="upload deleted")
def end(request: Request, upload: str) -> Response:
    """Delete an upload."""
    delete_upload(platform_of(request), upload)
    return _answer(204, {})


@ROUTER.get("/{upload}/pictures/{name}")
@needs(Role.EDITOR, of=Owned.UPLOAD)
def picture(request: Request, upload: str, name: str) -> Response:
    """Return the picture of an image of an upload."""
    return FileResponse(picture_of(platform_of(request), upload, name), media_type="image/png")


async def _receive(request: Request, platform: Platform, row: Mapping[str, Any], stream: BinaryIO) -> int:
    """Write what comes, and return how much there is now; what has come before a break counts."""
    offset = noted = int(row["offset"])
    stream.seek(offset)
    try:
        async for piece in request.stream():
            if offset + len(piece) > row["length"]:
                raise Refusal(413, "More was sent than was announced.")
            await run_in_threadpool(stream.write, piece)
            offset += len(piece)
            if offset - noted >= _NOTED_BYTES:
                await run_in_threadpool(_keep, platform, row, stream, offset)
                noted = offset
    except ClientDisconnect:
        pass
    finally:
        await run_in_threadpool(_keep, platform, row, stream, offset)
    return offset


def _require_next(row: Mapping[str, Any], given: str) -> None:
    if row["state"] != SENDING or given != str(row["offset"]):
        raise Refusal(409, f"The next piece begins at {row['offset']}.")


def _keep(platform: Platform, row: Mapping[str, Any], stream: BinaryIO, offset: int) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    note_offset(platform, row, offset)


def _open_alone(platform: Platform, upload: str) -> BinaryIO:
    """Open what has come of an upload, which nobody else may write meanwhile."""
    try:
        stream = part_of(platform, upload).open("r+b")
    except OSError:
        raise Refusal(410, "What was sent of this upload is gone; send it again.") from None
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.close()
        raise Refusal(423, "Another piece of this upload is on its way.") from None
    return stream


def _metadata(header: str) -> dict[str, str]:
    """Return keys and texts of ``Upload-Metadata``."""
    found = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        with contextlib.suppress(binascii.Error, UnicodeDecodeError):
            found[key] = base64.b64decode(value, validate=True).decode()
    return found


def _require_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != _VERSION:
        raise Refusal(412, f"The protocol is tus {_VERSION}.")


def _expiry(row: Mapping[str, Any]) -> dict[str, str]:
    return {"Upload-Expires": email.utils.formatdate(row["ends_at"], usegmt=True)}


def _answer(status: int, headers: Mapping[str, str]) -> Response:
    return Response(status_code=status, headers={"Tus-Resumable": _VERSION, **headers})
