"""Many cases: worker processes here or on a Dask cluster, and going on after an interruption."""
