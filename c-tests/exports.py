#!/usr/bin/env python3
"""Makes exports.h, with a C function that calls each export of the library, from exports.txt; and nouns.h.

    exports.py SYMBOLS HEADER TABLE FOLDER

Fails where the table is not complete: an export of symbols.txt without a row, a row of no export, a handle argument
(the queue in a delivery is one) for which no row has the @, or a row that does not say `blocks` as the header does.
"""

import os
import re
import sys

COLUMNS = 5


def main():
    symbols_path, header_path, table_path, folder = sys.argv[1:]
    exports = [line.split()[0] for line in open(symbols_path) if line.strip()]
    nouns, functions = read_header(open(header_path).read())
    rows = [Row(*columns) for columns in read_table(open(table_path))]
    complaints = list(check(exports, nouns, functions, rows))
    if complaints:
        sys.exit("\n".join(f"{table_path}: {complaint}" for complaint in complaints))
    write(folder, "nouns", enumeration(nouns))
    write(folder, "exports", calls(rows))


class Row:
    """One way to call an export."""

    def __init__(self, line, export, noun, answer, arguments, flags):
        self.line, self.export, self.noun, self.answer = line, export, noun, answer
        self.arguments = split_arguments(arguments)
        self.flags = flags.split()


def read_table(lines):
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            columns = [column.strip() for column in line.split("|")]
            if len(columns) != COLUMNS:
                sys.exit(f"line {number} has {len(columns)} columns, not {COLUMNS}")
            yield number, *columns


def split_arguments(text):
    """At commas that are in no parentheses."""
    arguments, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += character
    return [argument.strip() for argument in arguments if argument.strip()]


def read_header(text):
    """The nouns (opaque types), and for each function the types of its arguments and whether it blocks."""
    nouns = re.findall(r"^typedef struct dimse_(\w+) dimse_\1;", text, re.M)
    functions = {}
    for words, name, arguments in re.findall(
        r"/\*((?:(?!\*/).)*)\*/\s*DIMSE_API\s[^;(]*?(\w+)\(([^;]*)\);", text, re.S
    ):
        types = [] if arguments.strip() == "void" else [argument.strip() for argument in arguments.split(",")]
        functions[name] = types, "Not allowed in callbacks" in " ".join(words.replace("*", " ").split())
    return nouns, functions


def handle_of(nouns, argument):
    """The noun of an argument that is a handle, None for any other."""
    match = re.fullmatch(r"(?:const )?dimse_(\w+) \*(?:const \*)?(\w+)", argument)
    if not match:
        return None
    return "queue" if match[1] == "delivery" else match[1] if match[1] in nouns else None


def check(exports, nouns, functions, rows):
    for export in exports:
        if export not in functions:
            yield f"{export} is in symbols.txt and not in the header"
        elif not any(row.export == export for row in rows):
            yield f"{export} has no row: say how it is called and what it answers to a bad handle"
    for row in rows:
        if row.export not in exports:
            yield f"line {row.line}: {row.export} is no export of symbols.txt"
            continue
        types, blocks = functions.get(row.export, ([], False))
        if blocks != ("blocks" in row.flags):
            yield f"line {row.line}: the header says that {row.export} {'blocks' if blocks else 'does not block'}"
        if row.noun != "-" and row.noun not in nouns:
            yield f"line {row.line}: there is no noun {row.noun}"
    for export, (types, _) in functions.items():
        mine = [row for row in rows if row.export == export]
        # A release takes two arguments of C and one of the table.
        places = [[a for a in row.arguments for _ in range(2 if a == "release" else 1)] for row in mine]
        for index, argument in enumerate(types):
            noun = handle_of(nouns, argument)
            if noun and mine and not any(
                row.noun == noun and index < len(place) and "@" in place[index] for row, place in zip(mine, places)
            ):
                yield f"{export}: no row has the @ for its argument `{argument}`"


def write(folder, name, text):
    guard = f"DIMSE_C_TESTS_{name.upper()}_H"
    with open(os.path.join(folder, f"{name}.h"), "w") as output:
        output.write("/* Made by exports.py from exports.txt. */\n")
        output.write(f"#ifndef {guard}\n#define {guard}\n\n{text}\n\n#endif\n")


def enumeration(nouns):
    return f"enum noun {{ {', '.join(f'NOUN_{noun}' for noun in nouns)}, NOUNS }};"


def calls(rows):
    """A function for each row, and the table of them."""
    rows = [row for row in rows if row.answer != "any"]
    parts = ['#include "things.h"\n']
    parts += [function(number, row) for number, row in enumerate(rows)]
    parts.append("static const struct row ROWS[] = {")
    for number, row in enumerate(rows):
        flags = ", ".join(str(int(flag in row.flags)) for flag in ("null", "frees", "any-process", "blocks"))
        noun = "NOUNS" if row.noun == "-" else f"NOUN_{row.noun}"
        is_result = int(row.answer == "result")
        parts.append(f'    {{"{row.export}", {noun}, {is_result}, {flags}, call_{number}}},')
    parts.append("};")
    return "\n".join(parts)


def function(number, row):
    """Calls the export twice, with and without err, and checks what it leaves behind."""
    declared, before, after = [], [], []

    def expression(argument):
        index = len(declared)
        for word in ("out", "sized"):
            if match := re.fullmatch(rf"{word}\((.+)\)", argument):
                declared.append(f"{match[1]} out_{index};")
                before.append(f"untouched_begin(&out_{index}, sizeof out_{index}, {int(word == 'sized')});")
                after.append(f"untouched_end(&out_{index}, sizeof out_{index}, {int(word == 'sized')}, WHERE);")
                return f"&out_{index}"
        if argument == "release" or argument.startswith("delivery"):
            before.append("released = 0;")
            after.append("expect_released(WHERE);")
        if match := re.fullmatch(r"array\((.+)\)", argument):
            declared.append(f"const dimse_{row.noun} *array_{index}[1];")
            before.append(f"array_{index}[0] = {expression(match[1])};")
            return f"array_{index}"
        if argument == "@":
            return f"(dimse_{row.noun} *)handle"
        if argument == "release":
            return "&released, count_release"
        if argument == "delivery":
            return "counted_delivery(NULL)"
        if argument == "delivery(@)":
            return "counted_delivery((dimse_queue *)handle)"
        if match := re.fullmatch(r"live\((\w+)\)", argument):
            return f"(dimse_{match[1]} *)live[NOUN_{match[1]}]"
        return argument

    arguments = [expression(argument) for argument in row.arguments]
    takes_err = "err" in arguments
    lines = [f"static void call_{number}(void *handle, dimse_result expected) {{"]
    lines.append(f'    const char *const WHERE = "{row.export}";')
    lines += [f"    {line}" for line in declared]
    if takes_err:
        lines.append("    dimse_error *err = NULL;")
    for err in (["&err", "NULL"] if takes_err else [None]):
        lines += [f"    {line}" for line in before]
        call = f"{row.export}({', '.join(err if a == 'err' and err else a for a in arguments)})"
        if row.answer == "nothing":
            lines.append(f"    {call};")
        elif row.answer == "result":
            lines.append(f"    expect(WHERE, {call}, expected);")
        elif row.answer == "empty":
            lines.append(f'    CHECK_TEXT({call}, "");')
        elif row.answer == "no-bytes":
            lines.append(f"    CHECK_IS({call}.len, 0);")
        else:
            lines.append(f"    CHECK_IS({call}, {row.answer});")
        if err == "&err":
            lines.append("    expect_err(WHERE, &err, expected);")
        lines += [f"    {line}" for line in after]
    lines += ["    (void)WHERE;", "    (void)handle;", "    (void)expected;", "}\n"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
