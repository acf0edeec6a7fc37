"""From a scan to a finished case: predict, check, sharpen by brightness, restore, measure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from quantseg.brain.head_in_view import head_in_view
from quantseg.brain.regions import Tissue
from quantseg.brain.stripping import given_brain
from quantseg.brain.tissue_prediction import TissuePrediction, predict_tissue
from quantseg.measure.steps import Steps
from quantseg.measure.t1_contrast import SeenTissue, TissueContrast, check_contrast, measure_contrast
from quantseg.reading.scan import Scan
from quantseg.results.case import CaseResult
from quantseg.results.outputs import LabelMap
from quantseg.tasks.brain_tissue.anatomy import TISSUES, TISSUES_AND_PARTS
from quantseg.tasks.brain_tissue.checks import check_parts, check_tissue
from quantseg.tasks.brain_tissue.intervals import read_intervals
from quantseg.tasks.brain_tissue.measuring import measure_tissue
from quantseg.tasks.brain_tissue.network import network_of
from quantseg.tasks.brain_tissue.options import BrainTissueOptions
from quantseg.tasks.brain_tissue.segmenting import labels_on_scan
from quantseg.tasks.brain_tissue.telling import tell_tissues
from quantseg.volume import to_canonical

if TYPE_CHECKING:
    from quantseg.inference.model_store import ModelStore

TASK_NAME = "brain-tissue"
BUNDLE = "brain-tissue"


class BrainTissuePipeline:
    """Segments and measures the tissues of one head after another.

    Args:
        options: apply to every scan.
        models: where networks come from, and stay.
    """

    def __init__(self, options: BrainTissueOptions, models: ModelStore) -> None:
        self._options = options
        self._models = models

    def run(self, name: str, scan: Scan, steps: Steps) -> CaseResult:
        """Process one scan.

        Args:
            name: case name.
            scan: as read.
            steps: is told of every step.

        Raises:
            InputRefused: it shows no brain, or its contrast is not that of T1.
        """
        from quantseg.models.bundle import find_bundle, reference

        bundle = find_bundle(BUNDLE)
        network = network_of(bundle)
        ensemble = self._models.ensemble(network.bundle, self._options.device, steps)
        canonical, reorientation = to_canonical(scan.volume)
        with steps.step("predict"):
            coarse = predict_tissue(canonical, ensemble, network.channel_of)
        with steps.step("check"):
            brain = given_brain(canonical)
            view = head_in_view(coarse)
            if brain is not None:
                view = replace(view, skull_shown=False)
            checks = check_contrast(contrast_of(coarse), scan.acquisition.echo_time_ms, self._options.force)
        with steps.step("sharpen"):
            told = tell_tissues(coarse, canonical, brain, self._options.parts)
            prediction = told.prediction
            checks += check_tissue(prediction, view)
            checks += () if told.likeness is None else (check_parts(told.likeness),)
        structures = TISSUES_AND_PARTS if self._options.parts else TISSUES
        with steps.step("restore"):
            labels = reorientation.undo(labels_on_scan(prediction, structures, canonical.grid))
        with steps.step("measure"):
            voxel_volume_mm3 = scan.volume.voxel_volume_mm3
            found = measure_tissue(prediction, labels, voxel_volume_mm3, structures, view.intracranial_known)
            intervals = read_intervals(bundle.folder)
            measurements = tuple(intervals.around(one, view.skull_shown) for one in found)
        models = dict.fromkeys((bundle.name, network.bundle))
        return CaseResult(
            name=name,
            task=TASK_NAME,
            scan=scan,
            outputs=(LabelMap(labels, tuple(one.segment for one in structures)),),
            measurements=measurements,
            checks=checks,
            models=tuple(reference(find_bundle(name)) for name in models),
            made_by=BUNDLE,
            facts={
                "skull_in_view": view.skull_shown,
                "whole_brain_in_view": view.brain_whole,
                "device": str(ensemble.device),
                "memory_rung": ensemble.rung.value,
            },
            step_seconds=steps.seconds(),
        )


def contrast_of(prediction: TissuePrediction) -> TissueContrast | None:
    """Compare white with grey matter where the network is surest of them; None where too little is in view."""
    shares = [prediction.tissue(tissue) for tissue in (Tissue.WHITE, Tissue.GREY)]
    white, grey = (SeenTissue(share > 0.5, share) for share in shares)
    return measure_contrast(prediction.image.array, white, grey, prediction.grid.voxel_volume_mm3)
