"""Which pipeline serves which organ, named as text so that nothing heavy is imported before it is needed."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from quantseg.batch.job import Job
from quantseg.reading import find_cases, read_scan
from quantseg.reading.scan import CaseInput, Scan
from quantseg.reading.spacing import SpacingChoice
from quantseg.results.case import CaseResult
from quantseg.tasks.heart.reading import find_cine_cases, read_cine
from quantseg.tasks.heart.reading.cine import Cine


class Pipeline(Protocol):
    """From an image to a finished case; holds its models for as many cases as it is given."""

    def run(self, name: str, scan: Any) -> CaseResult:
        """Segment, measure and check one image, of the kind that the organ's reader yields."""


@dataclass(frozen=True)
class _Organ:
    """How to get an organ's pipeline.

    Attributes:
        pipeline: "module:class", constructed with the organ's options.
        find: finds the cases in the inputs of a command.
        read: reads one.
        models: bundles that it may use.
        model_option: name of the option that names the one bundle which is used, where users may choose.
        slow_imports: modules that its first prediction needs; a worker imports them while it reads the first image.
    """

    pipeline: str
    find: Callable[[Sequence[Path], Sequence[str] | None], list[CaseInput]]
    read: Callable[[CaseInput, SpacingChoice], Scan | Cine]
    models: tuple[str, ...] = ()
    model_option: str | None = None
    slow_imports: tuple[str, ...] = ()


# Where a case is computed changes no label that matters, so that a batch may be resumed on another device.
_OPTIONS_WITHOUT_EFFECT_ON_LABELS = {"device"}
_HASH_DIGITS = 16

_ORGANS = {
    "hippocampus": _Organ(
        "quantseg.tasks.hippocampus.pipeline:HippocampusPipeline",
        find_cases,
        read_scan,
        ("hippocampus", "head-localiser", "hippocampus-close-up"),
        slow_imports=("torch", "monai.networks.nets"),
    ),
    "heart": _Organ(
        "quantseg.tasks.heart.pipeline:HeartPipeline",
        find_cine_cases,
        read_cine,
        model_option="model",
        slow_imports=("torch", "monai.networks.nets"),
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
        "models": {name: dict(find_bundle(name).hashes) for name in _models(_organ(job), job.options)},
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()[:_HASH_DIGITS]


def find_job_cases(job: Job, inputs: Sequence[Path], series: Sequence[str] | None) -> list[CaseInput]:
    """Find the cases of a job's organ in files and folders.

    Raises:
        UsageError: the inputs are wrong.
    """
    return _ORGANS[job.organ].find(inputs, series)


def read_job_case(job: Job, case: CaseInput) -> Scan | Cine:
    """Read a case of a job's organ.

    Raises:
        InputRefused: it cannot be read rightly.
    """
    return _ORGANS[job.organ].read(case, job.spacing)


def require_licences(organ: str, options: Any, accepted: str | None) -> None:
    """Make sure that the user agreed to the licence of every model that will be used and needs agreement.

    Args:
        organ: key of this table.
        options: the organ's own options.
        accepted: value of ``--accept-licence``.

    Raises:
        ModelError: a model is missing, damaged or untrusted.
        UsageError: the user did not agree yet.
    """
    from quantseg.models.bundle import find_bundle
    from quantseg.models.licence import require_licence

    for name in _models(_ORGANS[organ], options):
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
    own = _ORGANS[job.organ]
    return _Organ(job.pipeline, own.find, own.read) if job.pipeline else own


def _models(organ: _Organ, options: Any) -> tuple[str, ...]:
    return organ.models if organ.model_option is None else (getattr(options, organ.model_option),)
