"""What the logics of QuantSeg's panels share: the engine's process, results into the scene, measuring, export."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from QuantSegLib.taskChoices import chosen, taskOptions

if TYPE_CHECKING:
    from quantseg.review.corrector import Corrector

_POLL_SECONDS = 0.1


class PanelLogic(ScriptedLoadableModuleLogic):
    """Base of the logics; a module's own names its task. Cases are single volumes unless it says otherwise.

    :param engine: how to start the engine; Slicer's own Python by default.
    """

    taskName = ""
    """Name of the task in quantseg.tasks.registry."""
    parameterClass: Callable[..., Any]
    """Subclass of QuantSegLib.panelParameters.PanelParameters, wrapped by Slicer's parameterNodeWrapper."""

    def __init__(self, engine=None):
        ScriptedLoadableModuleLogic.__init__(self)
        self._engine = engine
        self._corrector: Corrector | None = None

    def getParameterNode(self):
        """Return the panel's choices in the current scene."""
        return self.parameterClass(super().getParameterNode())

    def task(self):
        """Return the record of the task.

        :return: quantseg.tasks.contract.Task.
        """
        from quantseg.tasks.registry import find_task

        return find_task(self.taskName)

    def corrector(self):
        """Return what finds, keeps and measures the task's cases in a scene.

        :return: quantseg.review.corrector.Corrector.
        """
        if self._corrector is None:
            self._corrector = self.task().correct()
        return self._corrector

    def process(self, inputVolume, outputSegmentation=None, *choices, **named):
        """Segment an image and wait for the result; asks nothing and installs nothing.

        :param inputVolume: shows the image.
        :param outputSegmentation: receives the segments; others that it has are kept. None adds one.
        :param choices: as :meth:`startRun` takes them.
        :return: quantseg.results.case.CaseResult, with measurements, checks and verdict.
        :raises quantseg.errors.QuantSegError: there is no result; the message says why and what to do.
        """
        run = self.startRun(inputVolume, *choices, **named)
        self.waitFor(run)
        target = outputSegmentation or self.addSegmentation(inputVolume, self.taskName.capitalize())
        try:
            return self.takeResult(run, inputVolume, target)
        except Exception:
            if outputSegmentation is None:
                self.removeSegmentation(inputVolume, target)
            raise

    def startRun(self, inputVolume, region=None, **choices):
        """Start the engine on an image in a process of its own.

        :param region: markups ROI node; only this part of the image is looked at.
        :param choices: what the panel lets a user choose, by the names of its parameters, such as device="cpu".
        :return: quantseg.review.engine_run.EngineRun, to be followed, or cancelled.
        :raises quantseg.errors.InputRefused: geometry or values alone tell that there would be no result.
        """
        self.requireDependencies()
        from quantseg.mrml.volume_node import bounds_of_region, volume_of_node, within_bounds

        volume = volume_of_node(inputVolume)
        if region is not None:
            volume = within_bounds(volume, bounds_of_region(region))
        return self._runOn(inputVolume.GetName(), volume, choices, self.furtherVolumes(inputVolume))

    def furtherVolumes(self, inputVolume):
        """Return the images of further roles that belong to an image, quantseg.volume.Volume by role."""
        from quantseg.mrml.further_images import further_images
        from quantseg.mrml.volume_node import volume_of_node

        return {role: volume_of_node(node) for role, node in further_images(inputVolume).items()}

    def startRunOnScan(self, name, scan, **choices):
        """Start the engine on an image that was read from a file, as :meth:`startRun` does on one of the scene.

        :param name: how to call the image.
        :param scan: as the task's corrector reads it.
        :param choices: see :meth:`chosenForAll`.
        """
        self.requireDependencies()
        from quantseg.reading.roles import further_scans, single_scan

        further = {role: one.volume for role, one in further_scans(scan).items()}
        return self._runOn(name, single_scan(scan).volume, choices, further)

    def _runOn(self, name, volume, choices, further):
        """Start the engine.

        :param further: volumes of further roles, by role.
        """
        from quantseg.review.engine_run import EngineRun, volume_input
        from quantseg.review.foreseen import refuse_before_start
        from quantseg.tasks.options import arguments_of

        task = self.task()
        options = taskOptions(task.options, choices)
        refuse_before_start(name, volume, task.inputs[0].limits, task.refuse_grid)
        # An image may belong to another one for a different task, too.
        flags = {role.name: f"--{role.flag}" for role in task.inputs}
        writers = {flags[role]: volume_input(one) for role, one in further.items() if role in flags}
        return EngineRun(self.engine(), self.taskName, volume_input(volume), arguments_of(options), writers)

    def isImage(self, volume):
        """Tell whether a volume of the scene is an image to be segmented, not one that was made for a result."""
        from quantseg.review.shown_result import OWNER_ROLE

        return volume.GetNodeReference(OWNER_ROLE) is None

    def chosen(self, parameterNode):
        """Return what a user has chosen in the panel, as :meth:`startRun` takes it."""
        choices = chosen(self.task().options, parameterNode)
        return choices | ({"region": parameterNode.region} if hasattr(parameterNode, "region") else {})

    def chosenForAll(self, parameterNode, ofTheImage):
        """Return what a user has chosen that holds for any image, as :meth:`startRun` takes it.

        :param ofTheImage: names of parameters that are of the present image alone, such as a side.
        """
        left = {*ofTheImage, "region"}
        return {name: value for name, value in self.chosen(parameterNode).items() if name not in left}

    def case(self, inputVolume, segmentation):
        """Return the case that an image and its segmentation make.

        :return: quantseg.review.reviewed_case.ReviewedCase.
        :raises quantseg.review.image_of_result.OtherImage: the segmentation holds a result of another image, or of
            another task.
        """
        from quantseg.review.image_of_result import OtherImage

        case = self.corrector().case(inputVolume, segmentation)
        if case.document is not None and case.document.task != self.taskName:
            raise OtherImage(
                _("{name} is a result of the task {task}; choose it in that task's module.").format(
                    name=segmentation.GetName(), task=case.document.task
                )
            )
        return case

    def ownResult(self, inputVolume):
        """Return the segmentation with the latest result of an image; None where the scene has no result of it."""
        from quantseg.review.own_results import own_result

        return own_result(inputVolume, self.case)

    def showResultsOf(self, inputVolume):
        """Show the results of an image, and hide those of other images."""
        from quantseg.review.own_results import show_results_of

        show_results_of(inputVolume, self.case)

    def imageIdentity(self, inputVolume):
        """Return what an image is now, to know it again after a run.

        :return: quantseg.review.image_of_result.ImageIdentity.
        """
        return self.corrector().image_identity(inputVolume)

    def addSegmentation(self, volume, name):
        """Add an empty segmentation of an image under a name that no other node has; of a cine, one of every frame.

        :return: segmentation node that shows it.
        """
        return self.corrector().add_segmentation(volume, volume.GetScene().GenerateUniqueName(name))

    def removeSegmentation(self, volume, segmentation):
        """Take away what :meth:`addSegmentation` has added."""
        self.corrector().remove_segmentation(volume, segmentation)

    def exportTraining(self, worklist, folder):
        """Write corrected and approved cases of a worklist as training data, and say so in words."""
        return self.corrector().export_training(worklist, folder)

    def boundsPercent(self):
        """Return what is compared with an earlier scan, by key, with the change that chance alone explains."""
        return self.corrector().bounds_percent

    def takeResult(self, run, inputVolume, outputSegmentation, beforeWriting=None):
        """Put the result of a finished run into the scene.

        :param run: a finished quantseg.review.engine_run.EngineRun.
        :param beforeWriting: called once there is a result, just before the first change of the scene; a panel saves
            the editor's state for Undo here.
        :return: quantseg.results.case.CaseResult.
        """
        corrector = self.corrector()
        written = run.result(corrector.read_written)
        if beforeWriting is not None:
            beforeWriting()
        case = self.case(inputVolume, outputSegmentation)
        corrector.put_run(case, run, written)
        self.placeInSubjectHierarchy(inputVolume, outputSegmentation)
        outputSegmentation.CreateDefaultDisplayNodes()
        return case.result(self.caseName(inputVolume))

    def waitFor(self, run):
        """Wait until a run has ended, without any event loop."""
        while run.is_running:
            time.sleep(_POLL_SECONDS)

    def measure(self, case):
        """Look at the labels as they are now: note a person's edits, revoke an approval of others, measure.

        :param case: from :meth:`case`.
        :return: quantseg.results.case.CaseResult.
        """
        case.note_edits()
        return case.result(self.caseName(case.volume_node))

    def present(self, result):
        """Return what the task shows of a result.

        :return: quantseg.results.presentation.Presentation.
        """
        return self.task().presenter.present(result)

    def show(self, result, keeper):
        """Fill table and chart of a result, made when first needed and kept with it.

        :param keeper: node that keeps what is known of the result.
        :return: table node; chart node, None where there is nothing to draw.
        """
        from quantseg.review.shown_result import show_result

        return show_result(result, self.present(result), keeper)

    def caseName(self, volumeNode):
        """Return the name of an image as a folder can be named."""
        name = self.corrector().named_node(volumeNode).GetName()
        return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip(".") or "case"

    def exportCase(self, case, folder, dicomExporter=None):
        """Write all files of a case; without an approval they are marked as a draft.

        :param case: from :meth:`case`.
        :param folder: receives a folder named after the image.
        :param dicomExporter: writes a DICOM segmentation where the image came from DICOM; see
            quantseg.dicom.segmentation.
        :return: path of the folder.
        :raises UsageError: the folder holds results of another image of this name.
        """
        from quantseg.reading.content_hash import input_content_hash
        from quantseg.results.layout import IMAGE_HASH, INPUT_HASH
        from quantseg.review.exporting import export_case

        case.note_edits()
        dicom = self.dicomExports(case, dicomExporter) if dicomExporter else []
        path = self.imageFile(case.volume_node)
        scan = None if dicom else case.scan_of_file(path)
        hashes = {IMAGE_HASH: case.image_identity().content_sha256}
        if scan is not None:
            hashes[INPUT_HASH] = input_content_hash(path)
        result = case.result(self.caseName(case.volume_node), scan)
        return export_case(
            result,
            case.approval,
            Path(folder),
            self.task().presenter,
            hashes,
            dicom,
        )

    def dicomExports(self, case, dicomExporter):
        """Return how a case goes back to DICOM; nothing where it did not come from there.

        :return: list of quantseg.review.exporting.DicomExport.
        """
        from quantseg.review.exporting import DicomExport

        sourceFiles = self.dicomFiles(case.volume_node)
        return [DicomExport(dicomExporter, sourceFiles)] if sourceFiles else []

    def dicomFiles(self, volumeNode):
        """Return the files of the DICOM series that a volume was loaded from; none if it came from elsewhere."""
        uids = (volumeNode.GetAttribute("DICOM.instanceUIDs") or "").split()
        database = getattr(slicer, "dicomDatabase", None)
        if not uids or database is None:
            return []
        files = [database.fileForInstance(uid) for uid in uids]
        return [Path(file) for file in files] if all(files) else []

    def imageFile(self, volumeNode):
        """Return the file that an image was loaded from; None if it came from elsewhere."""
        storage = volumeNode.GetStorageNode()
        return Path(storage.GetFileName()) if storage is not None and storage.GetFileName() else None

    def engine(self):
        """Return how to start the engine."""
        if self._engine is None:
            from QuantSegLib.engine import slicerEngine

            self._engine = slicerEngine()
        return self._engine

    def requireDependencies(self):
        """Say in words what keeps the engine from running here; nothing is installed."""
        from quantseg.dependencies import missing_dependencies, unsupported_machine

        unsupported = unsupported_machine()
        if unsupported:
            raise RuntimeError(unsupported)
        missing = missing_dependencies()
        if missing:
            names = ", ".join(one.requirement for one in missing)
            raise RuntimeError(
                _("{names} must be installed first; open the module {module} and run it once.").format(
                    names=names, module=self.moduleName
                )
            )

    def placeInSubjectHierarchy(self, volume, segmentation):
        """Put a segmentation below its image."""
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(volume.GetScene())
        if hierarchy is None:
            return
        image, labels = hierarchy.GetItemByDataNode(volume), hierarchy.GetItemByDataNode(segmentation)
        if image and labels:
            hierarchy.SetItemParent(labels, image)
