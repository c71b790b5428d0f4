"""Writes a file for every VR whose length has four bytes, with an element of it in the File Meta Information: FOLDER/UR.dcm
and so on. Each has the name A^B."""

import sys
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

VALUES = {
    **{vr: b"12345678" for vr in ("OB", "OD", "OF", "OL", "OV", "OW", "UN")},
    **{vr: 12345678 for vr in ("SV", "UV")},
    **{vr: "dicom://host.example:104" for vr in ("UC", "UR", "UT")},
    "SQ": [Dataset()],
}


def main():
    VALUES["SQ"][0].PatientID = "1"
    for vr, value in VALUES.items():
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
        meta.MediaStorageSOPInstanceUID = "1.2.3"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        if vr == "UR":
            meta.SourcePresentationAddress = value
        meta.PrivateInformationCreatorUID = "1.2.9"
        meta.add_new(0x00020102, vr, value)
        path = Path(sys.argv[1]) / f"{vr}.dcm"
        data_set = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
        data_set.SOPClassUID = meta.MediaStorageSOPClassUID
        data_set.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
        data_set.PatientName = "A^B"
        data_set.save_as(path, enforce_file_format=True)


if __name__ == "__main__":
    main()
