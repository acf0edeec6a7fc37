"""What the hippocampus panel does, without the panel."""

from HippoSegLib.parameters import HippoSegParameterNode, InputKindChoice, SideChoice
from QuantSegLib.panelLogic import PanelLogic


class HippoSegLogic(PanelLogic):
    """Segments, measures, compares, approves and exports; callable from other modules and scripts.

    Example::

      import SampleData, slicer
      from HippoSeg import HippoSegLogic
      volume = SampleData.downloadSample("HippocampusHead")
      segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
      result = HippoSegLogic().process(volume, segmentation)  # result.measurements, result.verdict, ...
    """

    taskName = "hippocampus"
    parameterClass = HippoSegParameterNode

    def startRun(  # type: ignore[override]  # Names what can be chosen here.
        self, inputVolume, inputKind=InputKindChoice.DECIDE, side=SideChoice.UNKNOWN, region=None, device="auto"
    ):
        """Start the engine on an image in a process of its own.

        :param inputVolume: T1-weighted image, a whole head or a crop around one hippocampus.
        :param inputKind: what the image shows.
        :param side: of the hippocampus in a crop, where it is known.
        :param region: markups ROI node; only this part of the image is looked at.
        :param device: auto, cpu, cuda, cuda:N or mps.
        :return: quantseg.review.engine_run.EngineRun, to be followed, or cancelled.
        """
        if inputKind is InputKindChoice.HEAD:
            # A head shows both sides; what was chosen for an earlier crop does not count.
            side = SideChoice.UNKNOWN
        return super().startRun(inputVolume, region, inputKind=inputKind, side=side, device=device)
