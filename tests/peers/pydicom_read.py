"""Reads DICOM files to their last element; says on a line each what its header says, or why it cannot be read.

Without arguments: the files that pydicom's own tests are about, all of them below one folder.
"""

import sys
import warnings
from pathlib import Path

import pydicom
from pydicom.data import get_testdata_file

UNKNOWN = "-"


def main():
    paths = [Path(argument) for argument in sys.argv[1:]] or sorted(test_files())
    warnings.simplefilter("ignore")
    pydicom.config.logger.disabled = True
    for path in paths:
        print(path, *read(path), sep="\t")


def test_files():
    folder = Path(get_testdata_file("MR_small.dcm")).parent
    return (path for path in folder.rglob("*") if path.is_file())


def read(path):
    try:
        data_set = pydicom.dcmread(path)
        for element in data_set.iterall():
            element.value
    except Exception as error:
        return [f"! {type(error).__name__}"]
    keywords = ["MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID"]
    keywords += ["ImplementationClassUID", "ImplementationVersionName", "SourceApplicationEntityTitle"]
    return [str(data_set.file_meta.get(keyword) or UNKNOWN) for keyword in keywords]


if __name__ == "__main__":
    main()
