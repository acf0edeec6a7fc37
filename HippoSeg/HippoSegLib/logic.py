"""What the hippocampus panel does, without the panel."""

import time
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from HippoSegLib.parameters import HippoSegParameterNode, InputKindChoice, SideChoice

_POLL_SECONDS = 0.1
_TABLE_TITLE, _CHART_TITLE = "Hippocampus measurements", "Hippocampus volumes"
_ROLE_TABLE, _ROLE_CHART, _ROLE_PLOTTED = "QuantSeg.table", "QuantSeg.chart", "QuantSeg.plotted"


class HippoSegLogic(ScriptedLoadableModuleLogic):
    """Segments, measures, compares, approves and exports; callable from other modules and scripts.

    Example::

      import SampleData, slicer
      from HippoSeg import HippoSegLogic
      volume = SampleData.downloadSample("HippocampusHead")
      segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
      result = HippoSegLogic().process(volume, segmentation)  # result.measurements, result.verdict, ...

    :param engine: how to start the engine; Slicer's own Python by default.
    """

    def __init__(self, engine=None):
        ScriptedLoadableModuleLogic.__init__(self)
        self._engine = engine

    def getParameterNode(self):
        """Return the panel's choices in the current scene."""
        return HippoSegParameterNode(super().getParameterNode())

    def process(
        self,
        inputVolume,
        outputSegmentation,
        inputKind=InputKindChoice.DECIDE,
        side=SideChoice.UNKNOWN,
        region=None,
        device="auto",
    ):
        """Segment an image and wait for the result; asks nothing and installs nothing.

        :param inputVolume: T1-weighted image, a whole head or a crop around one hippocampus.
        :param outputSegmentation: receives the segments; others that it has are kept.
        :param inputKind: what the image shows.
        :param side: of the hippocampus in a crop, where it is known.
        :param region: markups ROI node; only this part of the image is looked at.
        :param device: auto, cpu, cuda, cuda:N or mps.
        :return: quantseg.results.case.CaseResult, with measurements, checks and verdict.
        :raises quantseg.errors.QuantSegError: there is no result; the message says why and what to do.
        """
        run = self.startRun(inputVolume, inputKind, side, region, device)
        while run.is_running:
            time.sleep(_POLL_SECONDS)
        return self.takeResult(run, inputVolume, outputSegmentation)

    def startRun(
        self, inputVolume, inputKind=InputKindChoice.DECIDE, side=SideChoice.UNKNOWN, region=None, device="auto"
    ):
        """Start the engine on an image in a process of its own; parameters as in :meth:`process`.

        :return: quantseg.review.engine_run.EngineRun, to be followed, or cancelled.
        """
        self._requireDependencies()
        from quantseg.mrml.volume_node import bounds_of_region, volume_of_node, within_bounds
        from quantseg.review.engine_run import EngineRun, volume_input

        volume = volume_of_node(inputVolume)
        if region is not None:
            volume = within_bounds(volume, bounds_of_region(region))
        options = ["--input-kind", inputKind.value, "--device", device]
        # A head shows both sides; what was chosen for an earlier crop does not count.
        if side is not SideChoice.UNKNOWN and inputKind is not InputKindChoice.HEAD:
            options += ["--side", side.value]
        return EngineRun(self._startEngine(), "hippocampus", volume_input(volume), options)

    def takeResult(self, run, inputVolume, outputSegmentation, beforeWriting=None):
        """Put the result of a finished run into the scene.

        :param run: from :meth:`startRun`.
        :param beforeWriting: called once there is a result, just before the first change of the scene; a panel saves
            the editor's state for Undo here.
        :return: quantseg.results.case.CaseResult.
        """
        from quantseg.results.reading_back import read_written

        written = run.result(read_written)
        if beforeWriting is not None:
            beforeWriting()
        case = self.case(inputVolume, outputSegmentation)
        case.write(written)
        self._placeInSubjectHierarchy(inputVolume, outputSegmentation)
        outputSegmentation.CreateDefaultDisplayNodes()
        return case.result(self.caseName(inputVolume))

    def case(self, inputVolume, segmentation):
        """Return the case that an image and its segmentation make.

        :return: quantseg.review.scene_case.SceneCase.
        """
        from quantseg.review.scene_case import SceneCase

        return SceneCase(inputVolume, segmentation)

    def measure(self, case):
        """Look at the labels as they are now: note a person's edits, revoke an approval of others, measure.

        :param case: from :meth:`case`.
        :return: quantseg.results.case.CaseResult.
        """
        case.note_edits()
        return case.result(self.caseName(case.volume_node))

    def caseName(self, volumeNode):
        """Return a volume's name as a folder can be named."""
        return "".join(c if c.isalnum() or c in "-_." else "_" for c in volumeNode.GetName()).strip(".") or "case"

    def show(self, result, segmentation):
        """Fill table and chart of a segmentation, made when first needed and kept with it.

        :return: table node and chart node.
        """
        from quantseg.mrml.result_nodes import BarChart, add_bar_chart, fill_bar_chart, fill_table
        from quantseg.results.case_table import hippocampus_bars, hippocampus_table

        table, chart = segmentation.GetNodeReference(_ROLE_TABLE), segmentation.GetNodeReference(_ROLE_CHART)
        plotted = segmentation.GetNodeReference(_ROLE_PLOTTED)
        scene = segmentation.GetScene()
        if table is None:
            table = scene.AddNewNodeByClass("vtkMRMLTableNode", _TABLE_TITLE)
            segmentation.SetNodeReferenceID(_ROLE_TABLE, table.GetID())
        if chart is None or plotted is None:
            bars = add_bar_chart(scene, _CHART_TITLE, "mm³")
            segmentation.SetNodeReferenceID(_ROLE_CHART, bars.chart.GetID())
            segmentation.SetNodeReferenceID(_ROLE_PLOTTED, bars.table.GetID())
        else:
            bars = BarChart(chart, plotted)
        content, drawn = hippocampus_table(result), hippocampus_bars(result)
        fill_table(table, content.columns, content.rows)
        fill_bar_chart(bars, drawn.parts, drawn.sides, drawn.volumes_mm3)
        return table, bars.chart

    def exportCase(self, case, folder, dicomExporter=None):
        """Write all files of a case; without an approval they are marked as a draft.

        :param case: from :meth:`case`.
        :param folder: receives a folder named after the image.
        :param dicomExporter: writes a DICOM segmentation where the image came from DICOM; see
            quantseg.review.dicom_segmentation.
        :return: path of the folder.
        """
        from quantseg.review.exporting import DicomExport, export_case

        case.note_edits()
        path = self._imageFile(case.volume_node)
        sourceFiles = self.dicomFiles(case.volume_node)
        scan = None if sourceFiles else case.scan_of_file(path)
        result = case.result(self.caseName(case.volume_node), scan)
        dicom = DicomExport(dicomExporter, sourceFiles) if dicomExporter and sourceFiles else None
        return export_case(result, case.approval, Path(folder), dicom)

    def dicomFiles(self, volumeNode):
        """Return the files of the DICOM series that a volume was loaded from; none if it came from elsewhere."""
        uids = (volumeNode.GetAttribute("DICOM.instanceUIDs") or "").split()
        database = getattr(slicer, "dicomDatabase", None)
        if not uids or database is None:
            return []
        files = [database.fileForInstance(uid) for uid in uids]
        return [Path(file) for file in files] if all(files) else []

    def _imageFile(self, volumeNode):
        storage = volumeNode.GetStorageNode()
        return Path(storage.GetFileName()) if storage is not None and storage.GetFileName() else None

    def _startEngine(self):
        if self._engine is None:
            from QuantSegLib.engine import slicerEngine

            self._engine = slicerEngine()
        return self._engine

    def _requireDependencies(self):
        from quantseg.dependencies import missing_dependencies, unsupported_machine

        unsupported = unsupported_machine()
        if unsupported:
            raise RuntimeError(unsupported)
        missing = missing_dependencies()
        if missing:
            names = ", ".join(one.requirement for one in missing)
            raise RuntimeError(
                _("{names} must be installed first; open the module HippoSeg and run it once.").format(names=names)
            )

    def _placeInSubjectHierarchy(self, volume, segmentation):
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(volume.GetScene())
        if hierarchy is None:
            return
        image, labels = hierarchy.GetItemByDataNode(volume), hierarchy.GetItemByDataNode(segmentation)
        if image and labels:
            hierarchy.SetItemParent(labels, image)
