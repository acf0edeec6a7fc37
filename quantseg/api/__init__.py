"""QuantSeg from Python: an image in, a result with labels, numbers and a verdict out.

>>> import quantseg
>>> result = quantseg.run("hippocampus", "scan.nii.gz")  # doctest: +SKIP
>>> result.verdict, result.headline  # doctest: +SKIP
(<Verdict.GOOD: 'good'>, '3012 + 3204 mm3')
"""

from quantseg.api.model import Model, load, run
from quantseg.api.result import Measurements, Result

__all__ = ["Measurements", "Model", "Result", "load", "run"]
