"""What the hippocampus panel does, without the panel."""

from HippoSegLib.parameters import HippoSegParameterNode, InputKindChoice, SideChoice
from QuantSegLib.panelLogic import PanelLogic

_TABLE_TITLE, _CHART_TITLE = "Hippocampus measurements", "Hippocampus volumes"
_ROLE_TABLE, _ROLE_CHART, _ROLE_PLOTTED = "QuantSeg.table", "QuantSeg.chart", "QuantSeg.plotted"


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

    def getParameterNode(self):
        """Return the panel's choices in the current scene."""
        return HippoSegParameterNode(super().getParameterNode())

    def startRun(
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

    def show(self, result, segmentation):
        """Fill table and chart of a segmentation, made when first needed and kept with it.

        :return: table node and chart node.
        """
        from quantseg.mrml.result_nodes import BarChart, add_bar_chart, fill_bar_chart, fill_table
        from quantseg.results.case_table import case_table

        table = self.keptNode(segmentation, _ROLE_TABLE, "vtkMRMLTableNode", _TABLE_TITLE)
        chart, plotted = segmentation.GetNodeReference(_ROLE_CHART), segmentation.GetNodeReference(_ROLE_PLOTTED)
        scene = segmentation.GetScene()
        if chart is None or plotted is None:
            bars = add_bar_chart(scene, _CHART_TITLE, "mm³")
            segmentation.SetNodeReferenceID(_ROLE_CHART, bars.chart.GetID())
            segmentation.SetNodeReferenceID(_ROLE_PLOTTED, bars.table.GetID())
        else:
            bars = BarChart(chart, plotted)
        presentation = self.corrector().presenter.present(result)
        content, drawn = case_table(result, presentation), presentation.chart
        fill_table(table, content.columns, content.rows)
        fill_bar_chart(bars, drawn.groups, drawn.series, drawn.values)
        return table, bars.chart
