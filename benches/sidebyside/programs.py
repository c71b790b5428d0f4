"""The programs that take part: the ideal ones and ours, which are built here, and the peers that are installed."""

import dataclasses
import functools
import pathlib
import shutil
import subprocess

from .process import Command

C_FLAGS = ("-std=c99", "-D_POSIX_C_SOURCE=200809L", "-O2", "-g", "-Wall", "-Wextra", "-pthread")
DCMTK_NODELAY = (("TCP_NODELAY", "1"),)
# What a user does whose SCU does not convert: every file by dcmconv ($0), then all of them by storescu ($1).
CONVERT_AND_STORE = (
    'for file in "$2"/*; do "$0" +ti "$file" "$3/${{file##*/}}" || exit; done; '
    'exec "$1" -xi -pdu "$4" +sd 127.0.0.1 "$5" "$3"')


@dataclasses.dataclass
class Found:
    """The commands that this machine can run, by name, and a note on each that it cannot."""

    commands: dict
    versions: dict
    notes: list
    root: pathlib.Path
    folder: pathlib.Path  # what the bench builds and writes
    valgrind: str = None

    def has(self, *names):
        return all(name in self.commands for name in names)

    def __getitem__(self, name):
        return self.commands[name]


def find(root):
    found = Found({}, {}, [], root, root / "build/bench")
    _add_ideal(found, root)
    _add_ours(found, root)
    _add_dcmtk(found)
    found.valgrind = shutil.which("valgrind")
    if not found.valgrind:
        found.notes.append("valgrind is not installed: no instruction counts.")
    return found


def _add_ideal(found, root):
    build = functools.partial(_build, found, root / "benches")
    scp, scu = (build(f"ideal/{name}.c", "ideal/wire.c") for name in ("ideal_scp", "ideal_scu"))
    if scp:
        found.commands["ideal scp"] = Command("ideal SCP", (scp, "{port}", "1"))
        found.commands["ideal scp, associations"] = Command("ideal SCP", (scp, "{port}", "{count}"))
        found.commands["ideal scp, many"] = Command("ideal SCP", (scp, "{port}", "{count}", "many"))
    if scu:
        for mode in ("echo", "associate", "hold"):
            found.commands[f"ideal scu, {mode}"] = Command("ideal SCU", (scu, "{port}", mode, "{count}"))


def _add_ours(found, root):
    header, library = root / "build/include/dimse.h", root / "build/lib"
    if not (library / "libdimse.so").exists() or not header.exists():
        found.notes.append("build/ holds no libdimse: this library is not in the table. Run `make` before.")
        return
    flags = (f"-I{header.parent}", f"-L{library}", "-ldimse", f"-Wl,-rpath,{library}")
    build = functools.partial(_build, found, root / "benches", flags=flags)
    for name, arguments in (("server", ["{port}"]), ("echo", ["{port}", "{count}"]),
                            ("echo_async", ["{port}", "{count}"]), ("associate", ["{port}", "{count}"]),
                            ("receive", ["{port}", "{pdu}", "{received}"])):
        program = build(f"ours/{name}.c")
        if program:
            found.commands[f"libdimse {name}"] = Command(f"libdimse {name}", (program, *arguments))
    if "libdimse receive" in found.commands:
        without = found.commands["libdimse receive"]
        found.commands["libdimse receive, header first"] = dataclasses.replace(
            without, arguments=(*without.arguments, "header-first"))
    tool = root / "build/bin/dimse"
    if tool.exists():
        for name, arguments in (("store", ("127.0.0.1", "{port}", "{sent}")),
                                ("serve", ("-od", "{received}", "{port}"))):
            found.commands[f"dimse {name}"] = Command(
                f"dimse {name}", (str(tool), name, "-q", "-pdu", "{pdu}", *arguments), reports=False)
    found.versions["libdimse"] = _first_line("git", "-C", str(root), "describe", "--always", "--dirty")


def _add_dcmtk(found):
    scu, scp, store = (shutil.which(name) for name in ("echoscu", "storescp", "storescu"))
    if not (scu and scp and store):
        found.notes.append("DCMTK (echoscu, storescp, storescu) is not installed: no goal can be checked.")
        return
    found.versions["DCMTK"] = _first_line(scu, "--version").strip("$ ").removeprefix("dcmtk: echoscu ")

    def peer(name, *arguments, nodelay=True):
        environment = DCMTK_NODELAY if nodelay else ()
        found.commands[name] = Command(name, arguments, environment, reports=False)

    peer("storescp", scp, "{port}")
    peer("storescp -dhl", scp, "-dhl", "{port}")
    peer("storescp --fork", scp, "--fork", "{port}")
    peer("storescp as shipped", scp, "{port}", nodelay=False)
    peer("echoscu", scu, "--repeat", "{count}", "127.0.0.1", "{port}")
    peer("echoscu as shipped", scu, "--repeat", "{count}", "127.0.0.1", "{port}", nodelay=False)

    send, take = ("+sd", "127.0.0.1", "{port}", "{sent}"), ("-od", "{received}", "{port}")
    peer("storescu", store, "-pdu", "{pdu}", *send)
    peer("storescu, JPEG", store, "-xy", "-pdu", "{pdu}", *send)
    peer("storescu as shipped", store, *send, nodelay=False)
    peer("storescu as shipped, JPEG", store, "-xy", *send, nodelay=False)
    peer("storescp to file", scp, "+B", "+xa", "-pdu", "{pdu}", *take)
    peer("storescp to file as shipped", scp, "+xa", *take, nodelay=False)
    peer("storescp to file, implicit", scp, "+B", "+xi", "-pdu", "{pdu}", *take)
    peer("storescu, implicit", store, "-xi", "-pdu", "{pdu}", *send)
    convert = shutil.which("dcmconv")
    if convert:
        peer("dcmconv and storescu, implicit", "sh", "-c", CONVERT_AND_STORE, convert, store, "{sent}", "{spare}",
             "{pdu}", "{port}")


def _build(found, source_folder, *sources, flags=()):
    """Compiles one program; its path, or None with a note."""
    program = found.folder / pathlib.Path(sources[0]).stem
    found.folder.mkdir(parents=True, exist_ok=True)
    files = [str(source_folder / source) for source in sources]
    try:
        command = ["gcc", *C_FLAGS, *files, *flags, "-o", str(program)]
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        found.notes.append(f"gcc is not installed: {program.name} is left out.")
        return None
    except subprocess.CalledProcessError as refused:
        found.notes.append(f"{program.name} does not compile: {refused.stderr.splitlines()[0]}")
        return None
    return str(program)


def _first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"
