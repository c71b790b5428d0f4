"""Character sets as Python and pydicom have them, a line each on standard output.

    tables              the codecs' tables: defined terms, bytes, character
    files               the text of pydicom's files about character sets: name, terms, VR, bytes, text
    decode              standard input: terms, VR, bytes; standard output: text, or ! and why it is none
    encode              standard input: terms, VR, text; standard output: bytes, or ! and why there are none

Terms are as in (0008,0005); bytes, and text in UTF-8, are in hexadecimal.
"""

import sys
import warnings
from pathlib import Path

import pydicom
from pydicom import charset, config
from pydicom.data import get_testdata_file
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue
from pydicom.valuerep import PersonName

LATIN = {100: 1, 101: 2, 109: 3, 110: 4, 144: 5, 127: 6, 126: 7, 138: 8, 148: 9, 166: 11, 203: 15}
# Of two bytes: number, escape sequence, codec, whether the codec wants the escape sequence, the high bit.
DOUBLE = [
    (87, b"\x1b$B", "iso2022_jp", True, 0),
    (159, b"\x1b$(D", "iso2022_jp_2", True, 0),
    (149, b"\x1b$)C", "euc_kr", False, 0x80),
    (58, b"\x1b$)A", "gb2312", False, 0x80),
]
TEXT = ("SH", "LO", "ST", "LT", "PN", "UC", "UT")


def main():
    warnings.simplefilter("ignore")
    config.logger.disabled = True
    config.settings.reading_validation_mode = config.RAISE
    config.settings.writing_validation_mode = config.RAISE
    {"tables": tables, "files": files, "decode": decode, "encode": encode}[sys.argv[1]]()


def tables():
    for number, part in LATIN.items():
        for byte in range(256):
            row(f"ISO_IR {number}", bytes([byte]), f"iso8859_{part}")
    for byte in range(256):
        row("ISO_IR 6", bytes([byte]), "ascii")
        # The codec that keeps to JIS X 0201 where Windows does not.
        row("ISO_IR 13", bytes([byte]), "shift_jisx0213")
    for number, escape, codec, wanted, high in DOUBLE:
        for first in range(0x21, 0x7F):
            for second in range(0x21, 0x7F):
                code = bytes([first | high, second | high])
                row(f"\\ISO 2022 IR {number}", escape + code, codec, escape + code if wanted else code)
    for first in range(0x100):
        row("GBK", bytes([first]), "gbk")
        for second in range(0x100):
            row("GBK", bytes([first, second]), "gbk")


def row(terms, data, codec, coded=None):
    try:
        text = (coded or data).decode(codec)
    except UnicodeDecodeError:
        return
    if len(text) == 1:
        print(terms, data.hex(), text.encode().hex(), sep="\t")


def files():
    folder = Path(get_testdata_file("MR_small.dcm")).parent.parent / "charset_files"
    for path in sorted(folder.glob("*.dcm")):
        texts(path.name, path, pydicom.dcmread(path), "")


def texts(name, path, data_set, terms):
    raw = {tag: data_set.get_item(tag) for tag in data_set.keys()}
    if 0x00080005 in data_set:
        value = data_set[0x00080005].value
        terms = "\\".join(value) if isinstance(value, MultiValue) else value or ""
    for tag, element in raw.items():
        if element.VR == "SQ":
            for item in data_set[tag].value:
                texts(name, path, item, terms)
        elif element.VR in TEXT and element.value:
            print(name, terms, element.VR, element.value.hex(), text(terms, element.VR, element.value), sep="\t")


def text(terms, vr, data):
    element = DataElement(0x00100010, vr, data, already_converted=True)
    # As pydicom's reader does: names are parted before they are decoded, other text after.
    values = [PersonName(value) for value in data.split(b"\\")] if vr == "PN" else [data]
    element._value = values[0] if len(values) == 1 else MultiValue(lambda value: value, values)
    try:
        charset.decode_element(element, terms.split("\\"))
        decoded = element.value if element.VM > 1 else [element.value]
        return "\\".join(str(value) for value in decoded).encode().hex()
    except Exception as error:
        return f"! {type(error).__name__} {error}"


def decode():
    for line in sys.stdin:
        terms, vr, data = line.rstrip("\n").split("\t")
        print(text(terms, vr, bytes.fromhex(data)))


def encode():
    for line in sys.stdin:
        terms, vr, data = line.rstrip("\n").split("\t")
        value = bytes.fromhex(data).decode()
        encodings = charset.convert_encodings(terms.split("\\"))
        try:
            if vr == "PN":
                print(PersonName(value).encode(encodings).hex())
            else:
                print(charset.encode_string(value, encodings).hex())
        except Exception as error:
            print(f"! {type(error).__name__} {error}")


if __name__ == "__main__":
    main()
