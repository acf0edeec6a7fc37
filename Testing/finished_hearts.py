"""Small finished hearts, as the pipeline would yield them; image and labels are the phantom's."""

import dataclasses

import nibabel
import numpy as np
from heart_phantom import frame_times_ms, phantom_affine
from stacked_labels import short_axis_stack

from quantseg.measure.curves import Curve, FrameCurves
from quantseg.measure.values import Check, Interval, Verdict
from quantseg.models.reference import ModelReference
from quantseg.reading.scan import ImageFormat
from quantseg.reading.spacing import HEADER_SPACING
from quantseg.results.case import CaseResult
from quantseg.tasks.heart.anatomy import HEART_SEGMENTS, HeartLabel
from quantseg.tasks.heart.function import Patient, measure_function, measure_single_frame
from quantseg.tasks.heart.phases import Phases
from quantseg.tasks.heart.reading.cardiac_spacing import nifti_geometry
from quantseg.tasks.heart.reading.cine import Cine, CineKind
from quantseg.tasks.heart.volumes import volume_curves
from quantseg.tasks.heart.wall_thickness import measure_wall_thickness

HEART_MODEL = ModelReference("heart", "0.1.0", "CC-BY-NC-SA-4.0", {"models/member_0.safetensors": "ab" * 32})


def heart_header(shape, affine=None, change=None):
    image = nibabel.Nifti1Image(np.zeros(shape, np.int16), phantom_affine() if affine is None else affine)
    image.header.set_xyzt_units("mm", "msec")
    image.header["descrip"] = b"DOE^JOHN"
    if change:
        change(image.header)
    return image.header


def build_heart(labels, kind=CineKind.CYCLE, header=None, **geometry):
    """A finished heart whose image is its labels with some texture."""
    frames = (np.array([30, 160, 60, 170])[labels] + np.arange(labels.shape[1])[:, None, None] % 5).astype(np.int16)
    if header is None:
        header = heart_header(labels.shape[1:] + (labels.shape[0],) * (kind is CineKind.CYCLE))
    placed, notes = nifti_geometry(header, HEADER_SPACING)
    numbers = (1, 12) if kind is CineKind.ED_AND_ES else tuple(range(1, len(labels) + 1))
    placed = dataclasses.replace(placed, **geometry)
    times = tuple(frame_times_ms()[: len(labels)]) if kind is CineKind.CYCLE else None
    cine = Cine(frames, placed, ImageFormat.NIFTI, kind, numbers, times, header=header, notes=notes)
    affine = None if cine.spacing_mm is None else placed.affine
    stack = short_axis_stack(labels, affine, placed.orientation_trusted)
    curves = volume_curves(stack)
    last = int(curves.voxel_counts[HeartLabel.LV_CAVITY].argmin())
    if kind is CineKind.SINGLE_FRAME:
        measurements = measure_single_frame(curves)
    else:
        interval = {"left_ventricle": Interval(54.321, 65.432)}
        measurements = measure_function(curves, Phases(0, last), Patient(180, 80, 60), None, interval)
        thickness = measure_wall_thickness(stack, Phases(0, last))
        measurements += () if thickness is None else thickness.measurements()
    volumes = curves.volumes_ml(HeartLabel.LV_CAVITY)
    shown = () if volumes is None else (Curve("volume", "lv_cavity", tuple(map(float, volumes)), "ml", "sum of discs"),)
    phases = {} if kind is CineKind.SINGLE_FRAME else {"ED": 0, "ES": last}
    return CaseResult(
        name="patient007",
        task="heart",
        scan=cine,
        outputs=(cine.label_map(labels, HEART_SEGMENTS, phases),),
        measurements=measurements,
        checks=(Check("curve", Verdict.GOOD, "The curve has no jumps."),),
        models=(HEART_MODEL,),
        made_by=HEART_MODEL.name,
        facts={
            "input_kind": kind.value,
            "orientation": "known" if placed.orientation_trusted else "unknown",
            "walls_named": any(m.region.startswith("aha_") for m in measurements),
            "spacing_from": placed.spacing_origin.value,
        },
        curves=FrameCurves(numbers, times, (1,), shown) if kind is CineKind.CYCLE and shown else None,
    )
