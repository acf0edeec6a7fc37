# Nothing to do: what Slicer includes here concerns its own build.
