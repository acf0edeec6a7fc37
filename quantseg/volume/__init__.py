"""Arrays in ijk order with their affine to RAS in mm, and the exact ways between grids."""

from quantseg.volume.geometry import Grid, Volume, voxel_spacing_mm
from quantseg.volume.orientation import Reorientation, to_canonical
from quantseg.volume.resampling import aligned_grid, resample, resample_through

__all__ = [
    "Grid",
    "Reorientation",
    "Volume",
    "aligned_grid",
    "resample",
    "resample_through",
    "to_canonical",
    "voxel_spacing_mm",
]
