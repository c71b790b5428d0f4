#!/usr/bin/env python3
"""exports.py takes the table as it is, and finds out each way in which it can be incomplete.

    exports_test.py SYMBOLS HEADER TABLE
"""

import os
import subprocess
import sys
import tempfile

MAKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exports.py")


def main():
    symbols, header, table = (open(path).read() for path in sys.argv[1:])
    declared = "/* New. */\nDIMSE_API dimse_result dimse_new_export(dimse_queue *queue);\n" + header
    exported = symbols + "dimse_new_export 0.2.0\n"
    row = "dimse_queue_wakeup | queue | result | @ |\n"
    lines = table.splitlines(keepends=True)
    without = "".join(line for line in lines if not line.startswith("dimse_queue_wakeup "))
    one_handle = "".join(line for line in lines if "delivery(@)" not in line)

    check("", symbols, header, table)
    check("dimse_new_export has no row", exported, declared, table)
    check("dimse_new_export is in symbols.txt and not in the header", exported, header, table)
    check("dimse_queue_wakeup has no row", symbols, header, without)
    check("dimse_gone is no export", symbols, header, table + row.replace("queue_wakeup", "gone"))
    check("no row has the @ for its argument `const dimse_delivery *delivery`", symbols, header, one_handle)
    check("does not block", symbols, header, table + row.replace("@ |", "@ | blocks"))
    check("blocks", symbols, header, table.replace("@, 0, err | blocks", "@, 0, err |"))
    check("there is no noun cue", symbols, header, table + row.replace("| queue |", "| cue |"))
    check("has 2 columns", symbols, header, table + "dimse_queue_wakeup | queue\n")


def check(complaint, *texts):
    """The maker complains with these words; without words it does not complain."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in zip(("symbols.txt", "dimse.h", "exports.txt"), texts):
            paths.append(os.path.join(folder, name))
            with open(paths[-1], "w") as file:
                file.write(text)
        run = subprocess.run([sys.executable, MAKER, *paths, folder], capture_output=True, text=True)
        made = os.path.exists(os.path.join(folder, "exports.h"))
    if (run.returncode == 0) != (complaint == "") or made != (complaint == "") or complaint not in run.stderr:
        sys.exit(f"expected {complaint!r}, got {run.returncode}: {run.stderr}")


if __name__ == "__main__":
    main()
