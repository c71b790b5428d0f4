#!/usr/bin/env python3
"""Shows what a node has received, and compares it with what was sent: every data set, byte for byte.

    python3 cmake/compare.py SENT RECEIVED

Two folders; RECEIVED is laid out as study/series/instance. Exit code 0 where every instance that was sent is there and
no byte differs, 1 otherwise. Needs Python's standard library alone.
"""

import collections
import os
import pathlib
import struct
import sys

LONG = (b"OB", b"OW", b"UN", b"SQ", b"UT")  # value representations whose length has 32 bits, PS3.5 7.1.2
CHUNK = 1 << 20


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sent, received = (pathlib.Path(folder) for folder in sys.argv[1:])
    originals = index(sent)
    rows, faults, arrived = collections.OrderedDict(), [], set()
    for path in files_below(received):
        uid, start = header(path)
        arrived.add(uid)
        # A file without a header does not tell its UID that easily: any of them may be the one.
        candidates = originals.get(uid, []) or originals.get(None, [])
        is_same = any(same(path, start, other, other_start) for other, other_start in candidates)
        if not is_same:
            faults.append(f"{path} differs from what was sent")
        count(rows, path.relative_to(received), path.stat().st_size, is_same)
    faults += [f"{found[0][0]} has not arrived" for uid, found in originals.items() if uid and uid not in arrived]
    show(rows)
    if not arrived:
        faults.append(f"nothing has arrived in {received}")
    for fault in faults:
        print(f"compare: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


def index(folder):
    """{SOP Instance UID: [(path, where the data set begins)]}; None has the files without a header."""
    found = collections.defaultdict(list)
    for path in files_below(folder):
        uid, start = header(path)
        found[uid].append((path, start))
    return found


def files_below(folder):
    """As dimse store finds them: through links, each folder once, without DICOMDIR and what is still being received."""
    seen, found = set(), []
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [] if os.path.realpath(place) in seen else folders
        paths = (pathlib.Path(place, name) for name in names if os.path.realpath(place) not in seen)
        found += (path for path in paths if path.is_file() and path.suffix != ".dimse-part" and path.name.upper() != "DICOMDIR")
        seen.add(os.path.realpath(place))
    return sorted(found)


def header(path):
    """Media Storage SOP Instance UID, and where the data set begins. PS3.10 7.1; None and 0 without a header."""
    with open(path, "rb") as file:
        if file.read(132)[128:] != b"DICM":
            return None, 0
        uid = None
        while True:
            at = file.tell()
            head = file.read(8)
            if len(head) < 8 or head[:2] != b"\x02\0":
                return uid, at
            group, element, vr, length = struct.unpack("<HH2sH", head)
            if vr in LONG:
                length = struct.unpack("<I", file.read(4))[0]
            value = file.read(length)
            if element == 0x0003:
                uid = value.rstrip(b"\0 ").decode("ascii", "replace")


def same(one, one_start, other, other_start):
    with open(one, "rb") as left, open(other, "rb") as right:
        left.seek(one_start)
        right.seek(other_start)
        while True:
            chunk = left.read(CHUNK)
            if chunk != right.read(CHUNK):
                return False
            if not chunk:
                return True


def count(rows, path, size, is_same):
    study, series = (*path.parts[:-1], "", "")[:2]
    row = rows.setdefault((study, series), [0, 0, 0])
    row[0] += 1
    row[1] += size
    row[2] += is_same


def show(rows):
    print(f"{'study':>18}  {'series':>18}  {'files':>6}  {'bytes':>14}  same data set")
    for (study, series), (files, size, equal) in rows.items():
        verdict = "all" if equal == files else f"{equal} of {files}"
        print(f"{ending(study):>18}  {ending(series):>18}  {files:>6}  {size:>14,}  {verdict}")


def ending(uid):
    """UIDs of a study differ in their last digits."""
    return uid if len(uid) <= 18 else "..." + uid[-15:]


main()
