"""A real Orthanc for tests, in a network of its own that has the loopback address alone.

Orthanc 1.10 listens on every address of the machine. So the thread that runs the tests enters a network namespace, and
with it all that it starts from there: Orthanc, a node, a browser. Nothing in it reaches any other machine, and none of
them reaches in.
"""

import contextlib
import ctypes
import fcntl
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quantseg.node.local_orthanc import LocalOrthanc, free_port

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS
_UP_AND_RUNNING = 0x1 | 0x40  # IFF_UP | IFF_RUNNING
_OWN_NETWORK = Path("/proc/thread-self/ns/net")


@contextlib.contextmanager
def network_of_its_own() -> Iterator[None]:
    """Take this thread, and what it starts meanwhile, into a new network namespace with loopback alone."""
    if sys.platform != "linux":
        pytest.skip("Orthanc listens on every address, and only Linux has network namespaces to keep it in")
    with _OWN_NETWORK.open() as before:
        if _call("unshare", _NEW_NETWORK) != 0:
            pytest.skip(
                "Orthanc listens on every address, and this user may make no network namespace to keep it in; run: "
                "unshare --map-root-user --net .venv/bin/python -m pytest Testing/node"
            )
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
                fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP_AND_RUNNING))
            yield
        finally:
            if _call("setns", before.fileno(), _NEW_NETWORK) != 0:
                pytest.exit("the network of before could not be entered again, which all further tests would need", 1)


def _call(name: str, *arguments: int) -> int:
    # Python has both from 3.12 on.
    return int(getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments))


def orthanc_in(folder: Path, **settings) -> LocalOrthanc:
    """Return an archive that speaks DICOM and DICOMweb, not yet started, where a study is stable after one second.

    Args:
        folder: of its own.
        settings: of Orthanc's configuration.
    """
    return LocalOrthanc(folder, dicom_port=free_port(), settings={"StableAge": 1, **settings})


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


@pytest.fixture(scope="module")
def shared_orthanc(own_network, tmp_path_factory):  # noqa: ARG001
    """A running Orthanc for all tests of a module, which keep to studies of their own."""
    server = orthanc_in(tmp_path_factory.mktemp("orthanc"))
    server.start()
    yield server
    server.kill()
