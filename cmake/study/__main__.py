#!/usr/bin/env python3
"""Makes DICOM files to show, to test and to measure with, by Python's standard library alone.

    python3 cmake/study --kind ct --count 300 FOLDER      300 slices of 512 x 512, 525 kB each, 50 to a series
    python3 cmake/study --kind tiny --count 5000 FOLDER   the same patient in 60 x 60, 8 kB each
    python3 cmake/study --kind jpeg --count 200 FOLDER    one JPEG frame of 100 kB each, Baseline
    python3 cmake/study --kind huge --mib 1024 FOLDER     one multi-frame instance, 1 GiB of pixel data
    python3 cmake/study --kind mix FOLDER                 30 storage classes in 5 transfer syntaxes: 150 pairs

The same arguments make the same bytes, and a file does not depend on how many come after it. Another --seed is another
patient with other UIDs.
"""

import argparse
import pathlib
import sys

import kinds


def main():
    options = arguments()
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        if any(options.folder.iterdir()):
            sys.exit(f"study: {options.folder} is not empty")
        for name, parts in kinds.files(options.kind, options.seed, options.count, options.mib):
            with open(options.folder / name, "wb", buffering=0) as file:
                for part in parts:
                    write_all(file, part)
    except OSError as why:
        sys.exit(f"study: {why}")


def write_all(file, part):
    """One write of an unbuffered file may take less than it was given."""
    rest = memoryview(part)
    while rest:
        rest = rest[file.write(rest):]


def arguments():
    parser = argparse.ArgumentParser(prog="study", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", required=True, choices=kinds.NAMES)
    parser.add_argument("--count", type=positive, default=100, help="of ct, tiny and jpeg: how many files (100)")
    parser.add_argument("--mib", type=positive, default=1024, help="of huge: size of the pixel data in MiB (1024)")
    parser.add_argument("--seed", default="", metavar="TEXT", help="what patient and UIDs are derived from")
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path, help="made where it is not there; must be empty")
    options = parser.parse_args()
    if options.mib > kinds.MOST_MIB:
        parser.error(f"an element holds less than 4 GiB: --mib is {kinds.MOST_MIB} at most")
    return options


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 at least")
    return number


if __name__ == "__main__":
    main()
