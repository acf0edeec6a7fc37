"""The ``quantseg`` command: one module a verb, each with ``add_arguments`` and ``run``."""

import os

from quantseg.importing import without

# NumPy's products are small here: its threads, which wait by spinning, cost up to eighty times what they save where
# another process computes. Read when NumPy is imported, by this process and by its workers; a user's own word stands.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Before any module of the command imports NiBabel, which would load pydicom, as slow as all else together, for an
# extension of NIfTI that nothing here reads.
with without("pydicom"):
    import nibabel  # noqa: F401 - for those that follow
