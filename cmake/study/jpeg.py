"""A JPEG of 8-bit grey, Baseline (ISO 10918-1): each block of 8 x 8 pixels has one shade, so one coefficient is coded."""

import struct

# Huffman tables (B.2.4.2): twelve lengths of a difference, each a code of 4 bits; "no more coefficients", one of 1 bit.
SHADES = bytes([0, 0, 0, 12, *[0] * 12, *range(12)])
NO_MORE = bytes([1, *[0] * 15, 0])


def frame(shades, side, length):
    """The picture of side x side blocks, in exactly that many bytes: comments fill it up."""
    start, end = b"\xff\xd8", b"\xff\xd9"
    tables = (_segment(0xDB, b"\0" + bytes([8] * 64)) + _segment(0xC0, struct.pack(">BHHB3B", 8, 8 * side, 8 * side, 1, 1, 0x11, 0))
              + _segment(0xC4, b"\x00" + SHADES) + _segment(0xC4, b"\x10" + NO_MORE))
    scan = _segment(0xDA, bytes([1, 1, 0, 0, 63, 0])) + _coded(shades)
    picture = tables + scan + end
    return start + _comments(length - len(start) - len(picture)) + picture


def _segment(marker, content):
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _comments(length):
    """Segments of that many bytes together."""
    filled = b""
    while len(filled) < length:
        left = length - len(filled)
        size = left if left <= 0xFFFF else min(0xFFFF, left - 4)
        filled += _segment(0xFE, bytes(size - 4))
    if len(filled) != length:
        raise ValueError("the picture does not fit into its length")
    return filled


def _coded(shades):
    """Each block's difference to the one before, F.1.2.1; with a step of 8 the coefficient is the shade."""
    before, bits = 128, []
    for shade in shades:
        bits.append(_code(shade - before))
        before = shade
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def _code(difference):
    """Its length, its bits, and that nothing follows."""
    length = abs(difference).bit_length()
    value = difference if difference >= 0 else difference + (1 << length) - 1
    return format(length, "04b") + (format(value, f"0{length}b") if length else "") + "0"
