"""The ``quantseg`` command: one module a verb, each with ``add_arguments`` and ``run``."""

from quantseg.importing import without

# Before any module of the command imports NiBabel, which would load pydicom, as slow as all else together, for an
# extension of NIfTI that nothing here reads.
with without("pydicom"):
    import nibabel  # noqa: F401 - for those that follow
