"""Compares DICOM files in pairs, element by element, headers aside.

Says on a line each which elements of which pair differ. Exit code 0: none.
"""

import argparse
import sys
import warnings

import pydicom
import pydicom.filebase
import pydicom.filewriter

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
    parser.add_argument(
        "--converted",
        action="store_true",
        help="the same, and the other may be in another transfer syntax: words are compared as numbers, private "
        "elements of which the VR is not the same (UN, or pydicom's own guess) as bytes",
    )
    options = parser.parse_args()
    different = 0
    for one, other in zip(options.files[::2], options.files[1::2], strict=True):
        one_read, other_read = read(one), read(other)
        if options.converted:
            equalise(one_read, other_read)
        if options.rewritten or options.converted:
            strip(one_read)
            strip(other_read)
        found = list(differences(one_read, other_read))
        if found:
            print(one, other, *found)
            different += 1
    return 1 if different else 0


def read(path):
    return pydicom.dcmread(path, force=True)


def equalise(one, other):
    """Puts into words of one order what pydicom leaves as it is in the file, and private values into bytes."""
    for data_set in (one, other):
        if not data_set.original_encoding[1]:
            data_set.walk(swap_words)
    forget_private(one, other)


def swap_words(_, element):
    if element.VR == "OW" and element.value:
        swapped = bytearray(element.value)
        swapped[0::2], swapped[1::2] = element.value[1::2], element.value[0::2]
        element.value = bytes(swapped)


def forget_private(one, other):
    for tag in set(one.keys()) & set(other.keys()):
        if one[tag].VR == "SQ" and other[tag].VR == "SQ":
            for first, second in zip(one[tag].value, other[tag].value, strict=False):
                forget_private(first, second)
        elif tag.is_private and one[tag].VR != other[tag].VR:
            one[tag] = unknown(one[tag])
            other[tag] = unknown(other[tag])


def unknown(element):
    """The element as UN, its value as explicit VR little endian has it."""
    buffer = pydicom.filebase.DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, True
    pydicom.filewriter.write_data_element(buffer, element)
    return pydicom.DataElement(element.tag, "UN", buffer.getvalue()[8:])


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
