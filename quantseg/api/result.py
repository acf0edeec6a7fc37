"""What came out of one image."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quantseg.measure.values import Check, Measurement, Verdict
from quantseg.results.case import CaseResult
from quantseg.results.label_maps import frames_last
from quantseg.results.layout import RESEARCH_ONLY
from quantseg.results.nifti_file import nifti_of
from quantseg.results.outputs import ImageMap, Score
from quantseg.results.presentation import VERDICT_WORDS
from quantseg.results.sections import Picture
from quantseg.tasks.contract import Task

if TYPE_CHECKING:
    import nibabel
    import pandas


class Measurements(tuple[Measurement, ...]):
    """Numbers of a case, each with unit, protocol and, where one is known, its 95 % interval."""

    __slots__ = ()

    def value(self, key: str, region: str) -> float:
        """Return one number, such as ``value("volume", "left")``.

        Raises:
            KeyError: it was not measured.
        """
        for one in self:
            if (one.key, one.region, one.slice_index) == (key, region, None):
                return one.value
        raise KeyError(f"There is no {key} of {region}; there are {', '.join(f'{m.key} of {m.region}' for m in self)}.")

    def to_dataframe(self) -> pandas.DataFrame:
        """Return a table with a row a number.

        Returns:
            columns ``key``, ``region``, ``value``, ``unit``, ``low_95``, ``high_95`` (in the value's unit, missing
            where no interval is known) and ``protocol``.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_dataframe() needs pandas; install it with pip install pandas.") from error
        columns = ["key", "region", "value", "unit", "low_95", "high_95", "protocol"]
        return pandas.DataFrame([_row(one) for one in self], columns=columns)


def _row(one: Measurement) -> tuple[object, ...]:
    low, high = (None, None) if one.interval is None else (one.interval.low, one.interval.high)
    return one.key, one.region, one.value, one.unit, low, high, one.protocol


class Result:
    """The result of one image; in a notebook it shows its picture and its table.

    Args:
        case: all that is known of it.
        task: the record of the task that made it.
    """

    def __init__(self, case: CaseResult, task: Task[Any, Any]) -> None:  # Whatever the task read.
        self._case, self._task = case, task

    @property
    def case(self) -> CaseResult:
        """All that is known of the case: arrays, models, facts, times of the steps."""
        return self._case

    @property
    def name(self) -> str:
        """Name of the case, which its folder gets."""
        return self._case.name

    @property
    def labels(self) -> nibabel.Nifti1Image | None:
        """Label map on the grid and in the axis order of the input, uint8; several frames are the fourth axis.

        None where the task yields no labels.
        """
        if not self._case.has_labels:
            return None
        return _as_read(frames_last(self._case.label_map), self._case)

    @property
    def segments(self) -> dict[int, str]:
        """Name of each structure by its value in the labels."""
        return {segment.value: segment.name for segment in self._case.segments}

    @property
    def images(self) -> dict[str, nibabel.Nifti1Image]:
        """Images that the task made, by name, on the grid of the input, float32."""
        made = (output for output in self._case.outputs if isinstance(output, ImageMap))
        return {one.name: _as_read(one.array.astype(np.float32), self._case) for one in made}

    @property
    def scores(self) -> dict[str, Measurement]:
        """Numbers about the person, such as an age or a probability, by their titles."""
        return {output.title: output.measurement for output in self._case.outputs if isinstance(output, Score)}

    @property
    def measurements(self) -> Measurements:
        """All numbers."""
        return Measurements(self._case.measurements)

    @property
    def verdict(self) -> Verdict:
        """Whether the result can be used as it is: the most severe verdict of all checks."""
        return self._case.verdict

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every plausibility rule that was applied, with its verdict and reason, passed ones too."""
        return self._case.checks

    @property
    def headline(self) -> str:
        """The few numbers that sum the case up."""
        return self._task.presenter.headline(self._case.measurements)

    def save(self, folder: str | Path) -> Path:
        """Write the files that ``quantseg run`` writes for a case, in place of those of an earlier run.

        Args:
            folder: receives a folder of the case's name.

        Returns:
            the case's folder.

        Raises:
            QuantSegError: a file could not be written; nothing of the case was.
            UsageError: the folder holds results of another image or task under this name.
        """
        from quantseg.batch.worker import write_result
        from quantseg.results.strangers import own_results_only

        output = Path(folder).resolve()
        may_replace = own_results_only(output / self.name, self._task.name, self._case.facts)
        return write_result(self._case, output, self._task.presenter, may_replace).folder

    def __repr__(self) -> str:
        return f"<Result {self.name}: verdict {self.verdict.value}, {self.headline}>"

    def _repr_html_(self) -> str:
        """Return picture and table, as a notebook shows them."""
        from quantseg.results.case_table import case_table

        presentation = self._task.presenter.present(self._case)
        picture = Picture(presentation.title, presentation.picture_alt, presentation.picture)
        source = "data:image/png;base64," + base64.b64encode(picture.png()).decode()
        table = case_table(self._case, presentation)
        return (
            f"<h3>{html.escape(presentation.title)}: {html.escape(self.headline)}</h3>"
            f"<p><strong>{VERDICT_WORDS[self.verdict]}.</strong> {html.escape(RESEARCH_ONLY)}</p>"
            f'<img src="{source}" alt="{html.escape(picture.alt)}" style="max-width: 100%">'
            f"<table><thead>{_cells('th', table.columns)}</thead>"
            f"<tbody>{''.join(_cells('td', row) for row in table.rows)}</tbody></table>"
        )


def _as_read(voxels: np.ndarray, case: CaseResult) -> nibabel.Nifti1Image:
    """Return the image that whoever reads the case's file gets; one that was never written may have no affine."""
    image = nifti_of(voxels, case.scan)
    return type(image).from_bytes(image.to_bytes())


def _cells(tag: str, texts: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts) + "</tr>"
