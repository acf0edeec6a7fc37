"""Archives for tests of the node."""

from orthanc_server import orthanc, own_network, shared_orthanc

__all__ = ["orthanc", "own_network", "shared_orthanc"]
