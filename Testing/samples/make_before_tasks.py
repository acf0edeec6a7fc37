"""Make ``Testing/fixtures/before_tasks``: what users had on their disks before organs became tasks.

This runs in commit fb964b7 alone, whose own code has to write the files; it is kept to show how they came about::

    git worktree add ../before fb964b7 && cd ../before   # with this file and Testing/compatibility laid into it
    PYTHONPATH=.:Testing:Testing/compatibility QUANTSEG_HOME=build/before_tasks/home \
        python Testing/samples/make_before_tasks.py Testing/fixtures/before_tasks

It segments into ``build/before_tasks`` first and takes what is whole there already.
"""

# ruff: noqa: I001 - sorted as that commit's modules were

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from drawn_training_data import write_blocks, write_discs
from golden_labels import (
    FRAME,
    HIPPOCAMPUS_SAMPLES,
    LICENCE,
    PAIR,
    PHANTOM,
    PINNED,
    described,
    numbers,
    sample,
    segment,
    write_pair,
)
from heart_model import write_heart_model
from old_fixtures import HEART, write_images
from quantseg.heart.correcting import MeasuringChoices
from quantseg.heart.end_slices import EndSlices
from quantseg.review.training_crops import corrected_cases, export_training_crops
from quantseg.review.training_hearts import corrected_hearts, export_training_hearts
from quantseg.training.heart_recipe import INFERENCE as HEART_INFERENCE
from scene_nodes import loaded_bundle
from slicer_standins import desktop
from small_heart import write_small_heart

from quantseg.cli.main import main as quantseg
from quantseg.measure.values import Check, Verdict
from quantseg.models.adding import inspect_bundle, install_bundle
from quantseg.mrml.images import oriented_image
from quantseg.mrml.scene import headless_scene
from quantseg.results.document import case_document, document_bytes
from quantseg.review.organs import HEART as HEART_REVIEW
from quantseg.review.organs import HIPPOCAMPUS as HIPPOCAMPUS_REVIEW
from quantseg.review.worklist import STATE_FOLDER, open_worklist
from quantseg.volume import Volume

COMMIT = "fb964b7"
REPOSITORY = Path(__file__).parents[2]
WORK = Path("build/before_tasks")
_CROPS = HIPPOCAMPUS_SAMPLES[1:]
_CROP_BOX, _HEART_BOX = (slice(3, 7), slice(3, 7), slice(3, 7)), (slice(28, 32), slice(6, 12), slice(5, 6))


def make_golden(output: Path) -> None:
    """Segment every sample and write down labels and numbers."""
    models = {
        "hippocampus": [sample(Path(), name) for name in HIPPOCAMPUS_SAMPLES],
        "heart": [sample(Path(), FRAME), write_pair(REPOSITORY, WORK / PAIR), sample(Path(), PHANTOM)],
        "heart-lv-open": [sample(Path(), FRAME), sample(Path(), PHANTOM)],
    }
    found = {}
    for model, inputs in models.items():
        kind = ["hippocampus"] if model == "hippocampus" else ["heart", "--model", model]
        folder = WORK / "golden" / model
        segment(REPOSITORY, WORK / "home", *kind, *inputs, "-o", folder, "--no-report", "--resume")
        found[model] = {path.parent.name: described(path.parent) for path in sorted(folder.glob("*/measurements.json"))}
    import torch

    arithmetic = {
        "commit": COMMIT,
        "environment": PINNED,
        "torch": torch.__version__,
        "machine": platform.machine(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "bfloat16_in_hardware": torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported(),
        "threads": torch.get_num_threads(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }
    write_json(output / "label_hashes.json", {"made": arithmetic, "models": found})


def make_outputs(output: Path) -> None:
    """Copy output folders of both organs without pictures and reports, and all that the model without licence made."""
    once(WORK / "outputs" / "hippocampus", "hippocampus", *(sample(Path(), name) for name in _CROPS))
    cine = WORK / f"{HEART}.nii.gz"
    write_small_heart(sample(REPOSITORY, PHANTOM), cine)
    for model in ("heart", "heart-lv-open"):
        once(WORK / "outputs" / model, "heart", cine, "--model", model, "--accept-licence", LICENCE, "--no-report")
    for name in ("hippocampus", "heart", "heart-lv-open"):
        shutil.copytree(WORK / "outputs" / name, output / "outputs" / name)
    for name in _CROPS:
        for picture in ("preview.png", "report.html"):
            (output / "outputs" / "hippocampus" / name / picture).unlink()
    once(WORK / "outputs" / "side", "hippocampus", sample(Path(), _CROPS[1]), "--side", "left", "--no-report")


class Desk:
    """A person at work on cases in a scene."""

    def __init__(self, organ):
        import slicer

        self.organ, self.scene = organ, headless_scene()
        self.editor = slicer.vtkSlicerSegmentEditorLogic()
        self.editor.SetMRMLScene(self.scene.scene)
        self.editor.SetSegmentEditorNode(self.scene.scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))

    def put(self, scan, name, folder):
        """Open an image with its labels."""
        case = self.organ.add_to_scene(scan, name, self.scene.scene)
        self.organ.put(case, scan, self.organ.read_written(folder))
        return case

    def draw(self, case, key, box, grid):
        """Add a box to a segment as the editor's effects do."""
        mask = np.zeros(grid.shape, np.uint8)
        mask[box] = 1
        self.editor.SetSegmentationNode(case.segmentation_node)
        self.editor.SetSourceVolumeNode(case.volume_node)
        self.editor.SetCurrentSegmentID(key)
        image, add = oriented_image(Volume(mask, grid.affine)), self.editor.ModificationModeAdd
        self.editor.ModifySegmentByLabelmap(case.segmentation_node, key, image, add, False, True)
        case.note_edits()


def make_hippocampus_worklist(output: Path) -> None:
    """Leave six cases in all states, one of them open, and the training data that the list gives."""
    images = write_images(REPOSITORY, "hippocampus", WORK / "worklists" / "hippocampus")
    shutil.rmtree(images / STATE_FOLDER, ignore_errors=True)
    worklist = open_worklist(images, "Ada Lovelace", "office-17", HIPPOCAMPUS_REVIEW)
    desk = Desk(HIPPOCAMPUS_REVIEW)
    origins = {1: _CROPS[0], 2: _CROPS[1], 3: _CROPS[2], 5: _CROPS[2], 6: _CROPS[1]}
    for number, origin in origins.items():
        name = f"sub-{number:02d}__T1"
        worklist.open(name)
        scan = worklist.read(name)
        case = desk.put(scan, name, WORK / "outputs" / "hippocampus" / origin)
        result = case.result(name, scan)
        if number == 5:
            doubt = Check("agreement", Verdict.LOOK, "The models agree with a Dice of 0.70, expected 0.85.")
            result = dataclasses.replace(result, checks=(*result.checks, doubt))
        worklist.save(result, f"segmented by {result.algorithm}", case.approval)
        if number in (1, 6):
            desk.draw(case, "anterior", _CROP_BOX, case.volume().grid)
            worklist.save(case.result(name, scan), "corrected", case.approval)
        if number in (2, 6):
            case.approve("Ada Lovelace")
            worklist.save(case.result(name, scan), "approved", case.approval)
        worklist.close(name)
    open_worklist(images, "Grace Hopper", "ward-4711", HIPPOCAMPUS_REVIEW).open("sub-04__T1")
    one = (case for case in corrected_cases(worklist) if case.patient == "sub-06")
    export_training_crops(one, output / "training_data" / "hippocampus")
    keep_worklist(worklist, images, output / "worklists" / "hippocampus")


def make_heart_worklist(output: Path) -> None:
    """Leave one heart corrected and approved, one corrected and open, one to do; and the first as training data."""
    images = write_images(REPOSITORY, "heart", WORK / "worklists" / "heart")
    shutil.rmtree(images / STATE_FOLDER, ignore_errors=True)
    worklist = open_worklist(images, "Ada Lovelace", "office-17", HEART_REVIEW)
    desk = Desk(HEART_REVIEW)
    for number, model in ((1, "heart"), (2, "heart-lv-open")):
        name = f"sub-{number:02d}__cine"
        worklist.open(name)
        scan = worklist.read(name)
        case = desk.put(scan, name, WORK / "outputs" / model / HEART)
        result = case.result(name, scan)
        worklist.save(result, f"segmented by {result.algorithm}", case.approval)
        case.nodes.show(result.phases["ES"])
        desk.draw(case, "lv_cavity", _HEART_BOX, case.cine().grid)
        worklist.save(case.result(name, scan), "corrected", case.approval)
        if number == 1:
            case.approve("Ada Lovelace")
            worklist.save(case.result(name, scan), "approved", case.approval)
            worklist.close(name)
    first = (heart for heart in corrected_hearts(worklist) if heart.name.startswith("sub-01"))
    export_training_hearts(first, output / "training_data" / "heart")
    keep_worklist(worklist, images, output / "worklists" / "heart")


def keep_worklist(worklist, images: Path, output: Path) -> None:
    """Copy a list's folder, and write down how that commit reads it."""
    shutil.copytree(images / STATE_FOLDER, output / STATE_FOLDER)
    read = {}
    for name in worklist.names:
        entry = worklist.entry(name)
        events = [f"{event.who}: {event.what}" for event in entry.history]
        read[name] = {"state": entry.state.value, "verdict": entry.verdict, "headline": entry.headline}
        read[name] |= {"holder": worklist.holder(name), "events": events}
        read[name] |= {"approval": None if entry.approval is None else dataclasses.asdict(entry.approval)}
    write_json(output / "as_read.json", read)


def make_hippocampus_scene(output: Path) -> None:
    """Save a crop, corrected and approved, with table, chart and all that the panel keeps."""
    desk = Desk(HIPPOCAMPUS_REVIEW)
    with at_the_desktop(desk.scene.scene):
        from HippoSegLib.parameters import InputKindChoice, SideChoice

        import HippoSeg

        logic = HippoSeg.HippoSegLogic()
        scan = scan_of(HIPPOCAMPUS_REVIEW, sample(REPOSITORY, _CROPS[1]))
        case = desk.put(scan, "Crop 242", WORK / "outputs" / "side" / _CROPS[1])
        desk.draw(case, "left_anterior", _CROP_BOX, case.volume().grid)
        case.approve("Ada Lovelace")
        logic.show(logic.measure(case), case.segmentation_node)
        choices = logic.getParameterNode()
        choices.inputKind, choices.side, choices.device = InputKindChoice.CROP, SideChoice.LEFT, "cpu"
        choices.region = desk.scene.scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "Region")
        keep_scene(desk, case, choices, logic.measure(case), output / "scenes" / "hippocampus")


def make_heart_scene(output: Path) -> None:
    """Save a cine of the open model, one frame corrected, one slice left out, approved, with curves and marks."""
    desk = Desk(HEART_REVIEW)
    with at_the_desktop(desk.scene.scene):
        from CardiacSegLib.parameters import FramesChoice, ModelChoice

        import CardiacSeg

        logic = CardiacSeg.CardiacSegLogic()
        scan = scan_of(HEART_REVIEW, WORK / f"{HEART}.nii.gz")
        case = desk.put(scan, "Small heart", WORK / "outputs" / "heart-lv-open" / HEART)
        case.nodes.show(1)
        desk.draw(case, "lv_cavity", _HEART_BOX, case.cine().grid)
        case.choose(MeasuringChoices(end_systole=2, left_out={0: EndSlices(base=1)}))
        case.approve("Ada Lovelace")
        result = logic.measure(case)
        logic.show(result, case.keeper)
        logic.mark(result, case.keeper, case.shown_frame)
        choices = logic.getParameterNode()
        choices.runFrames, choices.model, choices.device = FramesChoice.PHASES, ModelChoice.LEFT_OPEN, "cpu"
        choices.heightCm, choices.weightKg, choices.heartRate = 180.0, 80.5, 61.0
        choices.endDiastole, choices.endSystole = 1, 3
        keep_scene(desk, case, choices, result, output / "scenes" / "heart")


def keep_scene(desk: Desk, case, choices, result, path: Path) -> None:
    """Choose what both panels have in common, save the scene, and write down how that commit measures it."""
    choices.inputVolume = choices.earlierVolume = case.volume_node
    choices.outputSegmentation = choices.earlierSegmentation = case.segmentation_node
    choices.earlierDate, choices.laterDate, choices.sameAcquisition = "2024-05-01", "2026-06-02", True
    choices.reviewer = "Ada Lovelace"
    path.parent.mkdir(parents=True, exist_ok=True)
    desk.scene.scene.RemoveNode(desk.editor.GetSegmentEditorNode())
    assert desk.scene.scene.WriteToMRB(str(path.with_suffix(".mrb").absolute()))
    document = json.loads(document_bytes(case_document(result, {}, {})))
    node = choices.parameterNode
    parameters = {name: node.GetParameter(name) for name in node.GetParameterNames()}
    read = {"verdict": result.verdict.value, "labels_sha256": case.labels_sha256(), "facts": document["facts"]}
    read |= {"measurements": numbers(document), "edited_segments": list(result.edited_segments)}
    read |= {"approval": dataclasses.asdict(case.approval), "parameters": parameters}
    write_json(path.with_suffix(".json"), read)
    loaded_bundle(path.with_suffix(".mrb").absolute())


def make_runs(output: Path) -> None:
    """Train one fold of a tiny network for each organ."""
    data, settings = WORK / "data", WORK / "settings"
    shutil.rmtree(data, ignore_errors=True)
    settings.mkdir(parents=True, exist_ok=True)
    quick = {"held_out_cases": 2, "folds": 2, "optimisation": {"samples": 4, "batch_size": 2}}
    write_json(settings / "recipe.json", quick)
    inference = Path("Resources/Models/hippocampus/configs/inference.json")
    network = json.loads(inference.read_text(encoding="utf-8"))["network_def"] | {"filters": [4, 4, 8, 8]}
    tiny = {"kernel_size": [3, 3, 3, 3], "strides": [1, 2, 2, 2], "upsample_kernel_size": [2, 2, 2]}
    networks = {"hippocampus": network, "heart": HEART_INFERENCE["network_def"] | {"filters": [4, 4, 8, 8]} | tiny}
    write_blocks(data / "hippocampus")
    write_discs(data / "heart")
    for organ, definition in networks.items():
        write_json(settings / f"{organ}.json", definition)
        command = ["train", organ, "--data", data / organ, "-o", output / "training_runs" / organ, "--threads", "1"]
        run(*command, "--folds", 0, "--recipe", settings / "recipe.json", "--network", settings / f"{organ}.json")


def make_home(output: Path) -> None:
    """Leave a user's folder: a licence agreed to, and a model that was added."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUANTSEG_HOME", str(output / "user_folder"))
        own = write_heart_model(WORK / "own", "my-hearts", members=1)
        install_bundle(inspect_bundle(own))
        write_json(output / "user_folder" / "licences.json", {"heart": LICENCE})


@contextlib.contextmanager
def at_the_desktop(scene):
    """Make the panels importable."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with pytest.MonkeyPatch.context() as patch:
        desktop.install(patch, scene, REPOSITORY)
        yield


def scan_of(organ, path: Path):
    """Read an image."""
    folder = WORK / "alone" / path.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, folder)
    return organ.read(organ.find_cases(folder)[0])


def once(output: Path, *arguments) -> None:
    """Segment into a folder, unless an earlier call did."""
    if not (output / "run.json").is_file():
        run("segment", *arguments, "-o", output)


def run(*arguments) -> None:
    """Run the command in this process."""
    assert quantseg([str(argument) for argument in arguments]) == 0


def write_json(path: Path, values) -> None:
    """Write values as readable JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the fixtures of the commit before the tasks.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--only", nargs="+", default=[])
    options = parser.parse_args()
    os.environ.update(PINNED)
    makers = (make_outputs, make_hippocampus_worklist, make_heart_worklist, make_hippocampus_scene, make_heart_scene)
    for maker in (*makers, make_runs, make_home, make_golden):
        if not options.only or maker.__name__ in options.only:
            maker(options.output)
            print(maker.__name__, flush=True)
