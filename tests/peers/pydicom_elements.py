"""Prints every element of DICOM files as JSON, one line for each file that can be read:

    {"path": .., "elements": {"00080005": {"vr": "CS", "values": ["ISO_IR 192"]}, ..}}

A file that ends in .json is one of the DICOM JSON model. Values are texts, also of floating point numbers, integers, or
items; of bytes there is {"length": .., "crc32": ..}, and of encapsulated pixel data {"fragments": [..]}. Files are those
of pydicom's own tests, or the arguments; --until TAG stops there. --dictionary prints the data dictionary instead: tag,
in which x is any digit, VR, keyword and name.
"""

import json
import struct
import sys
import warnings
import zlib
from pathlib import Path

import pydicom
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.data import get_testdata_file
from pydicom.multival import MultiValue

WORDS = {"OW": "H", "OF": "I", "OL": "I", "OD": "Q", "OV": "Q"}


def main():
    warnings.simplefilter("ignore")
    pydicom.config.logger.disabled = True
    arguments = sys.argv[1:]
    if arguments == ["--dictionary"]:
        lines = [(f"{tag:08X}", line) for tag, line in DicomDictionary.items()] + list(RepeatersDictionary.items())
        entries = [[tag, vr, keyword, name] for tag, (vr, _, name, _, keyword) in lines]
        print(json.dumps(entries))
        return
    until = int(arguments.pop(1), 16) if arguments[:1] == ["--until"] else None
    if until is not None:
        arguments.pop(0)
    for path in arguments or sorted(test_files()):
        try:
            data_set = read(path, until)
            print(json.dumps({"path": str(path), "elements": elements(data_set)}))
        except Exception as error:
            print(json.dumps({"path": str(path), "error": f"{type(error).__name__}: {error}"}))


def read(path, until):
    if str(path).endswith(".json"):
        return pydicom.Dataset.from_json(Path(path).read_text(encoding="utf-8"))
    if until is None:
        return pydicom.dcmread(path)
    with open(path, "rb") as file:
        return pydicom.filereader.read_partial(file, lambda tag, vr, length: tag >= until)


def test_files():
    folder = Path(get_testdata_file("MR_small.dcm")).parent
    return (path for path in folder.rglob("*") if path.is_file())


def elements(data_set):
    listed = {}
    for element in data_set:
        if element.tag.element == 0:
            continue
        listed[f"{int(element.tag):08X}"] = {"vr": str(element.VR), "values": values(data_set, element)}
    return listed


def values(data_set, element):
    if element.VR == "SQ":
        return [elements(item) for item in element.value]
    if isinstance(element.value, bytes):
        if element.is_undefined_length and element.keyword == "PixelData":
            return {"fragments": fragments(element.value)}
        return facts(swapped(data_set, element.VR, element.value))
    if element.value is None or element.value == "":
        return []
    many = isinstance(element.value, (MultiValue, list))
    return [text(value) for value in (element.value if many else [element.value])]


def text(value):
    original = getattr(value, "original_string", None)
    if original is not None and not isinstance(value, pydicom.valuerep.PersonName):
        return original
    return value if isinstance(value, int) else str(value)


def swapped(data_set, vr, value):
    is_little_endian = getattr(data_set, "original_encoding", (None, None))[1]
    word = WORDS.get(vr)
    if is_little_endian is not False or word is None:
        return value
    count = len(value) // struct.calcsize(word)
    return struct.pack(f"<{count}{word}", *struct.unpack(f">{count}{word}", value))


def fragments(value):
    found = []
    while value:
        element, length = struct.unpack_from("<2xHI", value)
        if element == 0xE0DD:
            break
        found.append(facts(value[8 : 8 + length]))
        value = value[8 + length :]
    return found


def facts(value):
    return {"length": len(value), "crc32": zlib.crc32(value)}


if __name__ == "__main__":
    main()
