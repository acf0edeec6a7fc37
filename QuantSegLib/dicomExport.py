"""A DICOM segmentation through Slicer's own export plugin."""

import datetime

from slicer.i18n import tr as _


class SlicerDicomExporter:
    """Writes a DICOM SEG of a segmentation node; see quantseg.dicom.segmentation for what is asked of it.

    Slicer's plugin takes labels, codes and algorithm tags from the node, and keeps Slicer's code for the category.

    :param segmentationNode: what is exported.
    """

    def __init__(self, segmentationNode):
        self._node = segmentationNode

    def export(self, result, source_files, path, reviewer):
        """Write a file."""
        del source_files  # The plugin finds them in Slicer's DICOM database.
        import DICOMSegmentationPlugin

        from quantseg.dicom.naming import ObjectSeries, series_description
        from quantseg.errors import QuantSegError
        from quantseg.results.layout import APPROVED, DRAFT

        exporter = DICOMSegmentationPlugin.DICOMSegmentationExporter(self._node, reviewer or "QuantSeg")
        metadata = {
            "SeriesDescription": series_description(
                result.task, ObjectSeries.SEGMENTATION, state=APPROVED if reviewer else DRAFT
            ),
            "SeriesNumber": datetime.datetime.now().strftime("3%M%S"),
        }
        try:
            exporter.export(str(path.parent), path.name, metadata, skipEmpty=True)
        except Exception as error:
            raise QuantSegError(_("The DICOM segmentation was not written: {error}").format(error=error)) from error
        finally:
            exporter.cleanup()
