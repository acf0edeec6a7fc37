"""Licences of weights that forbid commercial use: agreed to once, then remembered."""

from __future__ import annotations

import os
from contextlib import suppress

from quantseg.errors import UsageError
from quantseg.models.bundle import Bundle
from quantseg.models.home import read_record, user_folder, write_record

ACCEPTANCE_VARIABLE = "QUANTSEG_ACCEPT_LICENCE"


def forbids_commercial_use(licence: str) -> bool:
    """Tell whether an SPDX identifier names a licence for non-commercial use, such as CC-BY-NC-SA-4.0."""
    return "NC" in licence.upper().split("-")


def require_licence(bundle: Bundle, accepted: str | None = None) -> None:
    """Make sure that the user agreed to a bundle's licence, where it is one that needs agreement.

    Args:
        bundle: the model about to be used.
        accepted: value of ``--accept-licence``, the licence's SPDX identifier; the environment variable
            ``QUANTSEG_ACCEPT_LICENCE`` does the same. Either is remembered, unless the user's folder cannot be
            written: then it holds for this run.

    Raises:
        UsageError: the user did not agree yet.
    """
    if not forbids_commercial_use(bundle.licence):
        return
    record_file = user_folder() / "licences.json"
    record = read_record(record_file)
    if record.get(bundle.name) == bundle.licence:
        return
    given = {name.upper() for name in (accepted, os.environ.get(ACCEPTANCE_VARIABLE)) if name}
    if bundle.licence.upper() not in given:
        alternative = bundle.metadata.get("commercial_alternative")
        instead = f", or use {alternative}" if alternative else ""
        raise UsageError(
            f"The licence {bundle.licence} of model {bundle.name!r} forbids commercial use; agree with "
            f"--accept-licence {bundle.licence} or {ACCEPTANCE_VARIABLE}={bundle.licence}{instead}."
        )
    with suppress(OSError):
        write_record(record_file, record | {bundle.name: bundle.licence})
