"""What there is to make: each kind is a sequence of files, a file its name and its bytes in parts."""

import uuid

import jpeg
import part10
from picture import Patient

NAMES = ("ct", "tiny", "jpeg", "huge", "mix")
MOST_MIB = 4095

SLICES, SPACING = 50, 5  # slices of a CT series and millimetres between them
PHASES = 10
JPEG_BLOCKS, JPEG_LENGTH = 64, 100_000
MIX_SIZE = 64
HUGE_SIZE, HUGE_LOOP = 512, 16  # frames of half a MiB; a loop like that of a beating heart

CT, SECONDARY_CAPTURE, MULTI_FRAME_WORD = "2", "7", "7.3"  # below STORAGE
STORAGE = "1.2.840.10008.5.1.4.1.1."

# Storage classes of pictures with the modality of each, PS3.4 B.5.
MIX_CLASSES = (
    ("1", "CR"), ("1.1", "DX"), ("1.1.1", "DX"), ("1.2", "MG"), ("1.2.1", "MG"), ("1.3", "IO"), ("1.3.1", "IO"),
    ("2", "CT"), ("2.1", "CT"), ("3.1", "US"), ("4", "MR"), ("4.1", "MR"), ("6.1", "US"), ("6.2", "US"), ("7", "OT"),
    ("7.2", "OT"), ("12.1", "XA"), ("12.1.1", "XA"), ("12.2", "RF"), ("12.2.1", "RF"), ("13.1.1", "XA"),
    ("13.1.3", "MG"), ("20", "NM"), ("77.1.1", "ES"), ("77.1.2", "GM"), ("77.1.3", "SM"), ("77.1.4", "XC"),
    ("77.1.5.1", "OP"), ("128", "PT"), ("481.1", "RTIMAGE"),
)
MIX_SYNTAXES = (part10.IMPLICIT_LITTLE, part10.EXPLICIT_LITTLE, part10.EXPLICIT_BIG, part10.DEFLATED,
                part10.JPEG_BASELINE)


def files(kind, seed, count, mib):
    """Yields (name, parts) one after the other, so that nothing of a large study has to be kept."""
    if kind == "ct":
        return _ct(seed, "ct", 512, count)
    if kind == "tiny":
        return _ct(seed, "tiny", 60, count)
    if kind == "jpeg":
        return _jpeg(seed, count)
    if kind == "huge":
        return _huge(seed, mib)
    return _mix(seed)


# ---- the kinds ------------------------------------------------------------------------------------------------------


def _ct(seed, kind, size, count):
    patient = Patient(seed, size, 2)
    for index in range(count):
        series, place = divmod(index, SLICES)
        z = -SPACING * place
        attributes = {
            **_patient(seed, kind), **_instance(seed, kind, CT, "CT", series, index, place),
            **_pixels(size, bits=16, stored=12),
            0x00080008: ("CS", "ORIGINAL\\PRIMARY\\AXIAL"),
            0x0008103E: ("LO", f"Thorax, phase {series + 1}"),
            0x00180015: ("CS", "CHEST"),
            0x00180050: ("DS", SPACING),
            0x00180060: ("DS", 120),
            0x00185100: ("CS", "HFS"),
            0x00200012: ("IS", series + 1),
            0x00200032: ("DS", f"-180\\-180\\{z}"),
            0x00200037: ("DS", "1\\0\\0\\0\\1\\0"),
            0x00200052: ("UI", _uid(seed, kind, "frame of reference")),
            0x00201040: ("LO", ""),
            0x00201041: ("DS", z),
            0x00280030: ("DS", f"{360 / size:.6f}\\{360 / size:.6f}"),
            0x00281050: ("DS", 40),
            0x00281051: ("DS", 400),
            0x00281052: ("DS", -1024),
            0x00281053: ("DS", 1),
            0x00281054: ("LO", "HU"),
        }
        syntax = part10.EXPLICIT_LITTLE
        picture = patient.slice(place / SLICES, series % PHASES / PHASES)
        yield f"{kind}-{index:06}.dcm", [
            part10.head(attributes, syntax) + part10.pixel_header(len(picture), syntax, "OW"), picture]


def _jpeg(seed, count):
    patient = Patient(seed, JPEG_BLOCKS, 1)
    for index in range(count):
        series, place = divmod(index, SLICES)
        attributes = {
            **_patient(seed, "jpeg"), **_instance(seed, "jpeg", SECONDARY_CAPTURE, "OT", series, index, place),
            **_jpeg_pixels(),
        }
        frame = jpeg.frame(patient.slice(place / SLICES, series % PHASES / PHASES), JPEG_BLOCKS, JPEG_LENGTH)
        yield f"jpeg-{index:06}.dcm", [part10.whole(attributes, frame, part10.JPEG_BASELINE)]


def _huge(seed, mib):
    patient = Patient(seed, HUGE_SIZE, 2)
    loop = [patient.slice(0.5, number / HUGE_LOOP) for number in range(HUGE_LOOP)]
    length = mib << 20
    frames = length // len(loop[0])
    attributes = {
        **_patient(seed, "huge"), **_instance(seed, "huge", MULTI_FRAME_WORD, "OT", 0, mib, 0),
        **_pixels(HUGE_SIZE, bits=16, stored=12),
        0x00181063: ("DS", 40),
        0x00280008: ("IS", frames),
        0x00280009: ("AT", (0x0018, 0x1063)),
        0x00281050: ("DS", 1064),
        0x00281051: ("DS", 400),
        0x00281052: ("DS", 0),
        0x00281053: ("DS", 1),
        0x00281054: ("LO", "US"),
    }
    syntax = part10.EXPLICIT_LITTLE

    def parts():
        yield part10.head(attributes, syntax) + part10.pixel_header(length, syntax, "OW")
        for number in range(frames):
            yield loop[number % HUGE_LOOP]

    yield "huge.dcm", parts()


def _mix(seed):
    picture = Patient(seed, MIX_SIZE, 1).slice(0.4)
    small = jpeg.frame(picture, MIX_SIZE, 6000)
    for series, (sop_class, modality) in enumerate(MIX_CLASSES):
        for place, syntax in enumerate(MIX_SYNTAXES):
            index = series * len(MIX_SYNTAXES) + place
            encapsulated = syntax.encapsulated
            attributes = {
                **_patient(seed, "mix"), **_instance(seed, "mix", sop_class, modality, series, index, place),
                **(_jpeg_pixels() if encapsulated else _pixels(MIX_SIZE, bits=8, stored=8)),
            }
            yield f"mix-{index:06}.dcm", [part10.whole(attributes, small if encapsulated else bytes(picture), syntax)]


# ---- attributes -----------------------------------------------------------------------------------------------------


def _patient(seed, kind):
    """Patient and study, the same in every file of a folder."""
    number = uuid.UUID(int=_number(seed, "patient")).int % 1_000_000
    return {
        0x00080005: ("CS", "ISO_IR 100"),
        0x00080020: ("DA", "20240229"),
        0x00080030: ("TM", "103000"),
        0x00080050: ("SH", f"A{number:06}"),
        0x00080070: ("LO", "libdimse"),
        0x00080090: ("PN", "Referrer^Rita"),
        0x00081030: ("LO", "Phantom of discs"),
        0x00100010: ("PN", f"Phantom^Disc {number:06}"),
        0x00100020: ("LO", f"P{number:06}"),
        0x00100030: ("DA", "19700101"),
        0x00100040: ("CS", "O"),
        0x0020000D: ("UI", _uid(seed, kind, "study")),
        0x00200010: ("SH", "1"),
    }


def _instance(seed, kind, sop_class, modality, series, index, place):
    """Series and instance; a secondary capture says how it came about, which for a picture like this is by program."""
    made = {0x00080064: ("CS", "SYN")} if sop_class.split(".")[0] == SECONDARY_CAPTURE else {}
    return {
        0x00080008: ("CS", "DERIVED\\SECONDARY"),
        0x00080016: ("UI", STORAGE + sop_class),
        0x00080018: ("UI", _uid(seed, kind, f"instance {index}")),
        0x00080021: ("DA", "20240229"),
        0x00080023: ("DA", "20240229"),
        0x00080033: ("TM", f"1030{place % 60:02}"),
        0x00080060: ("CS", modality),
        0x0020000E: ("UI", _uid(seed, kind, f"series {series}")),
        0x00200011: ("IS", series + 1),
        0x00200013: ("IS", place + 1),
        0x00200020: ("CS", ""),
        **made,
    }


def _pixels(size, bits, stored):
    return {
        0x00280002: ("US", 1),
        0x00280004: ("CS", "MONOCHROME2"),
        0x00280010: ("US", size),
        0x00280011: ("US", size),
        0x00280100: ("US", bits),
        0x00280101: ("US", stored),
        0x00280102: ("US", stored - 1),
        0x00280103: ("US", 0),
    }


def _jpeg_pixels():
    return {
        **_pixels(8 * JPEG_BLOCKS, bits=8, stored=8),
        0x00282110: ("CS", "01"),
        0x00282112: ("DS", 64),
        0x00282114: ("CS", "ISO_10918_1"),
    }


def _uid(*names):
    """Of a name-based UUID, PS3.5 B.2: the same names, the same UID."""
    return f"2.25.{_number(*names)}"


def _number(*names):
    return uuid.uuid5(uuid.NAMESPACE_URL, "libdimse study " + " ".join(names)).int
