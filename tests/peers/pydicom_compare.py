"""Compares DICOM files in pairs, element by element, headers aside.

Says on a line each which elements of which pair differ. Exit code 0: none.
"""

import argparse
import sys
import warnings

import pydicom

TRAILING_PADDING = (0xFFFC, 0xFFFC)
PIXEL_DATA = (0x7FE0, 0x0010)


def main():
    warnings.simplefilter("ignore")
    pydicom.config.logger.disabled = True
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", help="one and the other, one and the other")
    parser.add_argument(
        "--rewritten",
        action="store_true",
        help="the other was written anew by DCMTK: group lengths, padding and the VR of pixel data do not count",
    )
    options = parser.parse_args()
    different = 0
    for one, other in zip(options.files[::2], options.files[1::2], strict=True):
        one_read, other_read = read(one), read(other)
        if options.rewritten:
            strip(one_read)
            strip(other_read)
        found = list(differences(one_read, other_read))
        if found:
            print(one, other, *found)
            different += 1
    return 1 if different else 0


def read(path):
    return pydicom.dcmread(path, force=True)


def strip(data_set):
    for tag in list(data_set.keys()):
        if tag.element == 0x0000 or tag == TRAILING_PADDING:
            del data_set[tag]
    if PIXEL_DATA in data_set:
        data_set[PIXEL_DATA].VR = "OB"


def differences(one, other):
    for tag in sorted(set(one.keys()) | set(other.keys())):
        if tag not in one or tag not in other:
            yield f"{tag} is in one of them only"
        elif one[tag].VR != other[tag].VR:
            yield f"{tag} is {one[tag].VR} and {other[tag].VR}"
        elif one[tag].VR == "SQ":
            if len(one[tag].value) != len(other[tag].value):
                yield f"{tag} has {len(one[tag].value)} and {len(other[tag].value)} items"
            for first, second in zip(one[tag].value, other[tag].value):
                yield from differences(first, second)
        # Not a number equals nothing, itself included; its text does.
        elif one[tag].value != other[tag].value and str(one[tag].value) != str(other[tag].value):
            yield f"{tag} is {str(one[tag].value)[:40]!r} and {str(other[tag].value)[:40]!r}"


if __name__ == "__main__":
    sys.exit(main())
