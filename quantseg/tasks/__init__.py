"""What QuantSeg can do: a folder a task, each with all that is its own, behind one record."""
