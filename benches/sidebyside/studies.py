"""What is stored in the rows: studies that cmake/study makes, and the folders that take them in."""

import dataclasses
import functools
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from .process import Failed

META_LENGTH_AT, META_AT = 140, 144  # PS3.10 7.1: the value of (0002,0000), and what it counts


@dataclasses.dataclass(frozen=True)
class Contents:
    """Of a folder: how many instances, and their data sets' bytes. Headers are left out, every writer has its own."""

    instances: int
    length: int

    @staticmethod
    def of(folder):
        lengths = [_data_set_length(file) for file in folder.rglob("*") if file.is_file()]
        return Contents(len(lengths), sum(lengths))

    def in_implicit_vrs(self):
        """In the studies only Pixel Data has a VR whose length needs four bytes more than a short one's: the element
        header of 12 bytes becomes one of 8 (PS3.5 7.1.2, 7.1.3), as all others have before and after."""
        return Contents(self.instances, self.length - 4 * self.instances)

    def must_be_in(self, folder):
        arrived = Contents.of(pathlib.Path(folder))
        if arrived != self:
            raise Failed(f"{arrived.instances} of {self.instances} instances arrived, with {arrived.length} of "
                         f"{self.length} bytes")


class Study:
    """A folder of instances, made when it is first needed and kept while the bench runs."""

    def __init__(self, root, place, kind, count=1, mib=1):
        self.root, self.place, self.kind, self.count, self.mib = root, place, kind, count, mib

    @functools.cached_property
    def folder(self):
        folder = self.place / f"{self.kind}-{self.count}-{self.mib}"
        made = subprocess.run(
            [sys.executable, self.root / "cmake/study", "--kind", self.kind, "--count", str(self.count),
             "--mib", str(self.mib), folder], capture_output=True, text=True)
        if made.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)  # what is there of it, so that the next side hears the same
            raise Failed(made.stderr.strip().splitlines()[-1])
        return folder

    @functools.cached_property
    def contents(self):
        return Contents.of(self.folder)

    def receiving(self):
        """A context manager: a new folder beside it, which is removed with all that came in."""
        return tempfile.TemporaryDirectory(prefix="received-", dir=self.place)


def _data_set_length(file):
    with open(file, "rb") as opened:
        head = opened.read(META_AT)
    if len(head) < META_AT or head[128:132] != b"DICM":
        raise Failed(f"{file.name} is no DICOM file")
    return file.stat().st_size - META_AT - struct.unpack_from("<I", head, META_LENGTH_AT)[0]
