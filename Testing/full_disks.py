"""Disks that are really full: a small file system in memory that is filled to its last block."""

import shutil
import subprocess
from pathlib import Path

_BLOCK = 4096


class SmallDisk:
    """A mounted file system of a few MiB.

    Args:
        folder: where it is mounted.
        size_kib: of it.
    """

    def __init__(self, folder: Path, size_kib: int = 4096) -> None:
        self.folder = folder
        self._filler = folder / "filler"
        folder.mkdir()
        options = f"size={size_kib}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True, capture_output=True)

    def fill(self, left_kib: int = 0) -> None:
        """Leave only so much room."""
        self.free()
        room = shutil.disk_usage(self.folder).free - left_kib * 1024
        with self._filler.open("wb") as stream:
            stream.write(bytes(max(room, 0) // _BLOCK * _BLOCK))

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        """Take it away."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)


def may_mount() -> bool:
    """Whether this machine lets us mount a file system."""
    return shutil.which("mount") is not None and shutil.which("unshare") is not None and _mounts()


def _mounts() -> bool:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        try:
            disk = SmallDisk(Path(folder) / "disk", 64)
        except (OSError, subprocess.CalledProcessError):
            return False
        disk.unmount()
        return True
