"""The ``quantseg`` command: one module a verb, each with ``add_arguments`` and ``run``."""
