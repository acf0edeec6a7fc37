"""Many cases: worker processes here, or a Dask cluster; resume, progress and the files of a run."""
