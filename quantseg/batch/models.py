"""The models that a job will use: what they decide of its labels, and whether the user agreed to their licences."""

from __future__ import annotations

import dataclasses
import hashlib
import json

from quantseg.batch.job import Job
from quantseg.reading.person import Person
from quantseg.reading.scan import CaseInput

# Where a case is computed changes no label that matters, so that a batch may be resumed on another device.
_OPTIONS_WITHOUT_EFFECT_ON_LABELS = {"device"}
_HASH_DIGITS = 16


def options_hash(job: Job) -> str:
    """Return a hash of all that decides the labels: options, spacing, and the files of the models.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
    """
    from quantseg.models.bundle import find_bundle

    options = {k: v for k, v in dataclasses.asdict(job.options).items() if k not in _OPTIONS_WITHOUT_EFFECT_ON_LABELS}
    decisive = {
        "organ": job.record.name,
        "options": options,
        "spacing": dataclasses.asdict(job.spacing),
        "models": {name: find_bundle(name).decisive_hashes for name in job.record.models(job.options)},
    }
    return _hash(decisive)


def hash_of_case(job: Job, case: CaseInput) -> str:
    """Return a hash of all that decides a case's results beside its first image: the job's, further roles, the person.

    Which file holds an image is not among it, so that data can move between two runs.
    """
    if not case.first_role and not case.further_roles and case.person == Person():
        return job.options_hash
    person = dataclasses.asdict(case.person)
    decisive = [job.options_hash, [role for role, _ in case.further_roles], person]
    if case.first_role:
        decisive.append(case.first_role)
    return _hash(decisive)


def require_licences(job: Job, accepted: str | None) -> None:
    """Make sure that the user agreed to the licence of every model that will be used and needs agreement.

    Args:
        job: what will be done.
        accepted: value of ``--accept-licence``.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the user did not agree yet.
    """
    from quantseg.models.bundle import find_bundle
    from quantseg.models.licence import require_licence

    for name in job.record.models(job.options):
        require_licence(find_bundle(name), accepted)


def _hash(decisive: object) -> str:
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()[:_HASH_DIGITS]
