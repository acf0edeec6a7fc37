"""Archives for tests of the node."""

import pytest
from orthanc_server import network_of_its_own, orthanc_in


@pytest.fixture(scope="module")
def own_network():
    """All that a module's tests start is in a network that has the loopback address alone."""
    with network_of_its_own():
        yield


@pytest.fixture
def orthanc(own_network, tmp_path):  # noqa: ARG001
    """A running, empty Orthanc."""
    server = orthanc_in(tmp_path / "orthanc")
    server.start()
    yield server
    # Nothing of it is wanted any more, and an orderly end takes three seconds.
    server.kill()
