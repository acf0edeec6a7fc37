"""Which pipeline serves which organ, named as text so that nothing heavy is imported before it is needed."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
from dataclasses import dataclass
from typing import Protocol

from quantseg.batch.job import Job
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult


class Pipeline(Protocol):
    """From a scan to a finished case; holds its models for as many cases as it is given."""

    def run(self, name: str, scan: Scan) -> CaseResult:
        """Segment, measure and check one scan."""


@dataclass(frozen=True)
class _Organ:
    """How to get an organ's pipeline.

    Attributes:
        pipeline: "module:class", constructed with the organ's options.
        models: bundles that it may use.
        slow_imports: modules that its first prediction needs; a worker imports them while it reads the first image.
    """

    pipeline: str
    models: tuple[str, ...] = ()
    slow_imports: tuple[str, ...] = ()


# Where a case is computed changes no label that matters, so that a batch may be resumed on another device.
_OPTIONS_WITHOUT_EFFECT_ON_LABELS = {"device"}
_HASH_DIGITS = 16

_ORGANS = {
    "hippocampus": _Organ(
        "quantseg.hippocampus.pipeline:HippocampusPipeline",
        ("hippocampus", "head-localiser"),
        ("torch", "monai.networks.nets"),
    ),
}


def options_hash(job: Job) -> str:
    """Return a hash of all that decides the labels: options, spacing, and the files of the models.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
    """
    from quantseg.models.bundle import find_bundle

    options = {k: v for k, v in dataclasses.asdict(job.options).items() if k not in _OPTIONS_WITHOUT_EFFECT_ON_LABELS}
    decisive = {
        "organ": job.organ,
        "options": options,
        "spacing": dataclasses.asdict(job.spacing),
        "models": {name: dict(find_bundle(name).hashes) for name in _organ(job).models},
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()[:_HASH_DIGITS]


def require_licences(organ: str, accepted: str | None) -> None:
    """Make sure that the user agreed to the licence of every model of an organ that needs agreement.

    Args:
        organ: key of this table.
        accepted: value of ``--accept-licence``.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the user did not agree yet.
    """
    from quantseg.models.bundle import find_bundle
    from quantseg.models.licence import require_licence

    for name in _ORGANS[organ].models:
        require_licence(find_bundle(name), accepted)


def build_pipeline(job: Job) -> Pipeline:
    """Import and construct the pipeline of a job.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the options ask for what this machine does not have, such as an absent device.
    """
    organ = _organ(job)
    for module in organ.slow_imports:
        importlib.import_module(module)
    module, _, factory = organ.pipeline.partition(":")
    return getattr(importlib.import_module(module), factory)(job.options)


def _organ(job: Job) -> _Organ:
    return _Organ(job.pipeline) if job.pipeline else _ORGANS[job.organ]
