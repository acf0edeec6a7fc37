"""All DICOM objects of a case, written beside its other files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL.Image import open as open_image

from quantseg.dicom.derived_series import build_derived_series
from quantseg.dicom.naming import DEVICE_UID, ObjectNames, ObjectSeries, Signature
from quantseg.dicom.phase_images import can_stand_alone, phase_images
from quantseg.dicom.printed_report import build_key_image, build_printed_report, with_statement
from quantseg.dicom.segmentation import SegmentationUids, build_segmentation
from quantseg.dicom.source import SourceImages, source_of_slices
from quantseg.dicom.structured_report import ReportSources, SegmentPlace, build_structured_report
from quantseg.errors import QuantSegError
from quantseg.measure.values import Verdict
from quantseg.reading.dicom_slices import SourceSlices
from quantseg.results.case import CaseResult
from quantseg.results.layout import (
    DICOM_REPORT,
    DICOM_SEGMENTATION,
    DICOM_STRUCTURED_REPORT,
    PREVIEW,
    REPORT_PDF,
    derived_file,
    key_image_file,
    phase_file,
)
from quantseg.results.outputs import ImageMap
from quantseg.results.presentation import Presenter
from quantseg.results.report_pdf import print_report
from quantseg.volume import Grid, Volume

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataset import FileDataset

_BITS_A_BYTE = 8


@dataclass
class CaseObjects:
    """Writes the objects of one case; :meth:`write` is what ``write_case`` calls beside the case's other files.

    Attributes:
        result: the case.
        presenter: of its task.
        slices: the images that it was made from.
        print_pdf: whether the report is printed; otherwise there is none among the objects.
        signature: of who approved the labels; without one all objects are marked as a draft.
        predecessors: headers of structured reports of the same study that this one supersedes.
        labels_grid: grid of the labels, where it has the images' voxels in another order of axes.
        notes: which objects are absent and why, or shown wrongly and where, a sentence each, after writing.
    """

    result: CaseResult
    presenter: Presenter
    slices: SourceSlices
    print_pdf: bool = True
    signature: Signature | None = None
    predecessors: Sequence[Dataset] = ()
    labels_grid: Grid | None = None
    notes: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write the objects.

        Of a failed case there is the structured report alone, which says why.

        Args:
            folder: of the case; holds its report already.

        Raises:
            QuantSegError: they could not be written.
        """
        with warnings.catch_warnings():
            # Warnings quote values; none of a patient's may reach a log.
            warnings.simplefilter("ignore")
            try:
                self._write(folder)
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                # What pydicom and highdicom say of a value quotes it.
                raise QuantSegError(
                    "The DICOM objects were not written: a header of the images holds a value that they cannot repeat "
                    f"({type(error).__name__}); export the series again from the archive."
                ) from None

    def _write(self, folder: Path) -> None:
        result, failed = self.result, self.result.verdict is Verdict.FAIL
        names = ObjectNames.of(result, self.slices.series_uids, self.slices.instance_uids, self.signature)
        source = self._source(0)
        segments = {} if failed or not result.has_labels else self._write_segmentations(folder, names)
        report = build_structured_report(
            result,
            self.presenter.codes(),
            ReportSources(source.headers[0], _first_series(source), segments, tuple(self.predecessors)),
            names,
        )
        _save(report, folder / DICOM_STRUCTURED_REPORT)
        if failed:
            self.notes.append("The verdict is failed: the DICOM report gives the reason, and there is no other object")
            return
        presentation = self.presenter.present(result)
        image = source.headers[0]
        if self.print_pdf:
            print_report(folder)
            pdf = (folder / REPORT_PDF).read_bytes()
            _save(build_printed_report(result, presentation.title, pdf, image, names), folder / DICOM_REPORT)
        images = [output for output in result.outputs if isinstance(output, ImageMap)]
        for number, made in enumerate(images):
            self._write_derived(folder, made, number, names)
        if not result.has_labels and not images:
            return  # A score is a number, which a picture says nothing about.
        # The report's own picture, where it was drawn already.
        drawn = folder / PREVIEW
        pictures = [(presentation.picture_alt, open_image(drawn) if drawn.exists() else presentation.picture())]
        pictures += [(one.title, with_statement(one.draw())) for one in presentation.further_pictures]
        for number, (title, picture) in enumerate(pictures, start=1):
            found = build_key_image(result, title, picture, number, image, names)
            _save(found, folder / key_image_file(number))

    def _source(self, time: int) -> SourceImages:
        try:
            return source_of_slices(self.slices.volumes[time], self.slices.affine)
        except QuantSegError as error:
            raise QuantSegError(f"The DICOM objects were not written: {error}.") from None

    def _write_segmentations(self, folder: Path, names: ObjectNames) -> dict[tuple[str, str], SegmentPlace]:
        """Write a segmentation a phase; return where each segment stands."""
        if self.slices.not_pixel_for_pixel:
            self.notes.append(
                f"There is no DICOM segmentation, since {self.slices.not_pixel_for_pixel}: the labels do not lie on "
                "the images' own pixels"
            )
            return {}
        labels = self.result.labels
        times = {"": 0} if labels.ndim == 3 or not self.result.phases else dict(self.result.phases)
        places: dict[tuple[str, str], SegmentPlace] = {}
        for phase, time in sorted(times.items(), key=lambda one: one[1]):
            array = labels if labels.ndim == 3 else labels[time]
            drawn = [segment for segment in self.result.segments if np.any(array == segment.value)]
            if not drawn:
                self.notes.append(f"There is no DICOM segmentation {f'of {phase} ' if phase else ''}without a label")
                continue
            source = self._source(time)
            if self.labels_grid is not None:
                array = source.on_own_grid(Volume(array, self.labels_grid.affine))
            if array.shape != source.grid.shape:
                raise QuantSegError(
                    f"The DICOM objects were not written: the labels have the shape {array.shape}, the images "
                    f"{source.grid.shape}; export the series again from the archive."
                )
            if phase and can_stand_alone(source):
                images, source = self._phase_images(phase, source, names)
                for index, image in enumerate(images, start=1):
                    _save(image, folder / derived_file(phase, index))
            uids = SegmentationUids(
                # Lists of a study name series, not what lies in them: each phase is found there.
                names.uid(ObjectSeries.SEGMENTATION, phase),
                names.uid("segmentation", phase),
                names.uid("dimensions", phase),
            )
            found = build_segmentation(
                self.result,
                drawn,
                source,
                source.planes_of(array),
                uids,
                self.signature.reviewer if self.signature else "",
                phase,
            )
            _save(found, folder / (phase_file(phase, DICOM_SEGMENTATION) if phase else DICOM_SEGMENTATION))
            self._note_what_ohif_draws(*array.shape[1::-1])
            places |= {(segment.key, phase): SegmentPlace(found, place) for place, segment in enumerate(drawn, start=1)}
        return places

    def _note_what_ohif_draws(self, rows: int, columns: int) -> None:
        """Say where OHIF fails: dcmjs, its reader, takes bits from the wrong end where frames share bytes.

        Frames follow each other without a gap (PS3.5, 8.1.1), each byte filled from its lowest bit (annex D). Readers
        that ask an archive for single frames get none of such sizes from Orthanc 1.10, so that there is no way round.
        """
        if rows * columns % _BITS_A_BYTE:
            said = (
                f"OHIF 3.13 draws stripes, or nothing, in place of the DICOM segmentation, since {rows} × {columns} "
                "pixels are no multiple of eight; the object itself is right, and Slicer shows it so"
            )
            self.notes.extend({said}.difference(self.notes))

    def _phase_images(
        self, phase: str, source: SourceImages, names: ObjectNames
    ) -> tuple[list[FileDataset], SourceImages]:
        try:
            return phase_images(self.result, phase, source, names)
        except QuantSegError as error:
            raise QuantSegError(f"The DICOM objects were not written: {error}.") from None

    def _write_derived(self, folder: Path, made: ImageMap, number: int, names: ObjectNames) -> None:
        try:
            slices: list[Dataset] = list(build_derived_series(self.result, made, number, self._source(0), names))
        except QuantSegError as error:
            self.notes.append(f"There is no DICOM series of {made.title}: {error}")
            return
        for index, one in enumerate(slices, start=1):
            _save(one, folder / derived_file(made.name, index))


def _save(dataset: Dataset, path: Path) -> None:
    dataset.DeviceUID = DEVICE_UID
    dataset.save_as(path, enforce_file_format=True)


def _first_series(source: SourceImages) -> str:
    return source.series_of.get(str(source.headers[0].SOPInstanceUID), source.series_uid)
