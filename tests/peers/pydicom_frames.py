"""Prints the pixel data of DICOM files as JSON, one line for each file:

    {"offsets": [..], "frames": [[..], ..]}    of encapsulated ones: the Basic Offset Table, and every frame
    {"vr": "OW", "pixels": [..]}              of native ones, in the byte order of the file
"""

import json
import sys

import pydicom
from pydicom.encaps import generate_frames, parse_basic_offsets


def main():
    for path in sys.argv[1:]:
        data_set = pydicom.dcmread(path)
        element = data_set["PixelData"]
        if not data_set.file_meta.TransferSyntaxUID.is_encapsulated:
            print(json.dumps({"vr": str(element.VR), "pixels": list(element.value)}))
            continue
        count = int(data_set.NumberOfFrames)
        frames = [list(frame) for frame in generate_frames(element.value, number_of_frames=count)]
        print(json.dumps({"offsets": parse_basic_offsets(element.value), "frames": frames}))


if __name__ == "__main__":
    main()
