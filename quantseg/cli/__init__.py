"""The ``quantseg`` command: one module a verb, each with ``add_arguments`` and ``run``."""

from quantseg.importing import import_nibabel

# Before any module of the command does.
import_nibabel()
