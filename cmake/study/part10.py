"""DICOM files, byte by byte: data elements as PS3.5 encodes them, behind the header of PS3.10."""

import dataclasses
import struct
import zlib

IMPLEMENTATION_CLASS = "2.25.285109743826016527393025164189452038741"
PIXEL_DATA = 0x7FE00010

# Value representations whose length has 32 bits in an explicit syntax, PS3.5 7.1.2; only those used here.
LONG = ("OB", "OW")
NUMBERS = {"US": "H", "UL": "I", "AT": "HH"}


@dataclasses.dataclass(frozen=True)
class Syntax:
    uid: str
    explicit: bool = True
    order: str = "<"
    deflated: bool = False
    encapsulated: bool = False


IMPLICIT_LITTLE = Syntax("1.2.840.10008.1.2", explicit=False)
EXPLICIT_LITTLE = Syntax("1.2.840.10008.1.2.1")
DEFLATED = Syntax("1.2.840.10008.1.2.1.99", deflated=True)
EXPLICIT_BIG = Syntax("1.2.840.10008.1.2.2", order=">")
JPEG_BASELINE = Syntax("1.2.840.10008.1.2.4.50", encapsulated=True)


def head(attributes, syntax):
    """A file up to its pixel data. Attributes are {tag: (VR, value)}: text, whole numbers, or bytes as they are."""
    return _meta(attributes, syntax) + _data_set(attributes, syntax)


def whole(attributes, pixels, syntax):
    """A file whose pixel data are bytes, or one frame of an encapsulated syntax."""
    body = _data_set(attributes, syntax)
    if syntax.encapsulated:
        body += encapsulated(pixels)
    else:
        body += pixel_header(len(pixels), syntax, "OB") + pixels
    if syntax.deflated:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush()
        body += bytes(len(body) % 2)
    return _meta(attributes, syntax) + body


def pixel_header(length, syntax, vr):
    """Tag and length of Pixel Data; that many bytes have to follow."""
    tag = struct.pack(syntax.order + "HH", PIXEL_DATA >> 16, PIXEL_DATA & 0xFFFF)
    vr_field = vr.encode() + b"\0\0" if syntax.explicit else b""
    return tag + vr_field + struct.pack(syntax.order + "I", length)


def encapsulated(frame):
    """Pixel Data of one frame in one fragment, with an empty offset table. PS3.5 A.4."""
    assert len(frame) % 2 == 0, "a fragment has an even length"
    return (pixel_header(0xFFFFFFFF, JPEG_BASELINE, "OB") + struct.pack("<HHI", 0xFFFE, 0xE000, 0)
            + struct.pack("<HHI", 0xFFFE, 0xE000, len(frame)) + frame + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))


def _meta(attributes, syntax):
    """PS3.10 7.1; always in Explicit VR Little Endian."""
    elements = _data_set({
        0x00020001: ("OB", b"\0\1"),
        0x00020002: attributes[0x00080016],
        0x00020003: attributes[0x00080018],
        0x00020010: ("UI", syntax.uid),
        0x00020012: ("UI", IMPLEMENTATION_CLASS),
        0x00020013: ("SH", "STUDY"),
    }, EXPLICIT_LITTLE)
    return bytes(128) + b"DICM" + _element(0x00020000, "UL", len(elements), EXPLICIT_LITTLE) + elements


def _data_set(attributes, syntax):
    return b"".join(_element(tag, *attributes[tag], syntax) for tag in sorted(attributes))


def _element(tag, vr, value, syntax):
    value = _value(vr, value, syntax.order)
    place = struct.pack(syntax.order + "HH", tag >> 16, tag & 0xFFFF)
    if not syntax.explicit:
        return place + struct.pack(syntax.order + "I", len(value)) + value
    if vr in LONG:
        return place + vr.encode() + struct.pack(syntax.order + "HI", 0, len(value)) + value
    return place + vr.encode() + struct.pack(syntax.order + "H", len(value)) + value


def _value(vr, value, order):
    """Of even length: padded by NUL in UIDs and bytes, by a space in text. PS3.5 6.2."""
    if vr in NUMBERS:
        return struct.pack(order + NUMBERS[vr], *(value if isinstance(value, tuple) else (value,)))
    if isinstance(value, bytes):
        return value + bytes(len(value) % 2)
    encoded = str(value).encode("latin-1")
    return encoded + (b"\0" if vr == "UI" else b" ") * (len(encoded) % 2)
