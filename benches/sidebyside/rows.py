"""The rows of the bench: who is measured against whom, and what this library must reach."""

import dataclasses
import typing

from . import exchange
from .exchange import ASSOCIATIONS, ECHOES
from .goals import AtMostBytes, CpuTimesDcmtk, Every, NoSlower, PeakAtMost, RateTimesDcmtk, TimesDcmtk
from .studies import Contents, Study

NAMES = ("echo-scp", "echo-scu", "echo-as-shipped", "associations-scp", "associations-scu", "idle-1000", "idle-5000",
         "store-small", "store-tiny", "store-jpeg", "store-huge", "store-as-shipped", "store-converted",
         "header-first", "instructions")
OURS, IDEAL = "libdimse", "ideal"


@dataclasses.dataclass(frozen=True)
class Side:
    name: str
    sample: typing.Callable  # (pinned) -> Sample
    must: object = None


@dataclasses.dataclass
class Row:
    name: str
    title: str
    unit: str
    sides: list
    dcmtk: str = None  # the side that "x DCMTK" means; of header-first, that without it
    pinned: bool = False
    turns: int = None  # where the usual number would only cost time
    is_rate: bool = True
    same_count: bool = True  # else the start of a process has another weight in each side's processor time

    def place(self):
        """Where the two sides run, which rates depend on."""
        return ("one core" if self.pinned else "free") if self.is_rate else ""


def everything(found, quick, place):
    """Every row, with the sides that this machine can run; what is stored is in a folder of that place."""
    echoes, associations = (5000, 500) if quick else (40000, 5000)
    rows = [echo_as_shipped(found), idle(found, 1000), idle(found, 5000), *stores(found, quick, place),
            *instructions(found)]
    for pinned in (True, False):
        rows += [echo_scp(found, pinned, echoes), echo_scu(found, pinned, echoes),
                 associations_scp(found, pinned, associations), associations_scu(found, pinned, associations)]
    return [row for name in NAMES for row in rows if row.name == name and row.sides]


def echo_scp(found, pinned, count):
    def side(name, scp, must=None):
        return _side(found, name, ["ideal scu, echo", scp],
                     lambda scu, scp: exchange.rate(scu, scp, ECHOES, count, clock="scu"),
                     must if pinned else None)
    sides = [side(OURS, "libdimse server", TimesDcmtk(1.6)), side("storescp", "storescp"), side(IDEAL, "ideal scp")]
    return _row("echo-scp", "C-ECHO on one association: SCP", "echoes/s", sides, "storescp", pinned)


def echo_scu(found, pinned, count):
    def side(name, scu, must=None):
        return _side(found, name, [scu, "ideal scp"],
                     lambda scu, scp: exchange.rate(scu, scp, ECHOES, count, clock="scp"),
                     must if pinned else None)
    sides = [side(f"{OURS}, blocking", "libdimse echo", TimesDcmtk(2.0)),
             side(f"{OURS}, _async and callback thread", "libdimse echo_async", TimesDcmtk(1.2)),
             side("echoscu", "echoscu"), side(IDEAL, "ideal scu, echo")]
    return _row("echo-scu", "C-ECHO on one association: SCU", "echoes/s", sides, "echoscu", pinned)


def echo_as_shipped(found):
    """DCMTK leaves Nagle's algorithm on and sends a PDU in two writes: the second waits for the peer's delayed
    acknowledgement of the first, unless the peer acknowledges at once. That is a factor of a thousand, so the counts
    differ too."""
    def side(name, scu, scp, count):
        return _side(found, name, [scu, scp], lambda scu, scp: exchange.rate(scu, scp, ECHOES, count, clock="scu"))
    sides = [side(f"echoscu to {OURS}", "echoscu as shipped", "libdimse server", 10000),
             side(f"{OURS} to storescp", "libdimse echo", "storescp as shipped", 10000),
             side("echoscu to storescp", "echoscu as shipped", "storescp as shipped", 40),
             side("ideal to storescp, no quick acknowledgement", "ideal scu, echo", "storescp as shipped", 40)]
    title = "C-ECHO with DCMTK as shipped (no TCP_NODELAY)"
    row = _row("echo-as-shipped", title, "echoes/s", sides, "echoscu to storescp", pinned=True)
    row.turns = 3
    row.same_count = False
    return row


def associations_scp(found, pinned, count):
    def side(name, scp, must=None):
        return _side(found, name, ["ideal scu, associate", scp],
                     lambda scu, scp: exchange.rate(scu, scp, ASSOCIATIONS, count, clock="scu"),
                     must if pinned else None)
    sides = [side(OURS, "libdimse server", TimesDcmtk(1.2)), side("storescp", "storescp"),
             side("storescp -dhl (no host lookup)", "storescp -dhl"), side(IDEAL, "ideal scp, associations")]
    title = "associations one after the other: SCP"
    return _row("associations-scp", title, "associations/s", sides, "storescp", pinned)


def associations_scu(found, pinned, count):
    """DCMTK has no program that opens more than one association."""
    def side(name, scu):
        return _side(found, name, [scu, "ideal scp, associations"],
                     lambda scu, scp: exchange.rate(scu, scp, ASSOCIATIONS, count, clock="scp"))
    sides = [side(f"{OURS}, blocking", "libdimse associate"), side(IDEAL, "ideal scu, associate")]
    return _row("associations-scu", "associations one after the other: SCU", "associations/s", sides, None, pinned)


def idle(found, count):
    def side(name, scp, held, must=None):
        return _side(found, name, [scp, "ideal scu, hold"], lambda scp, scu: exchange.idle(scp, scu, held), must)
    forked = "storescp --fork (50 of them)"
    sides = [side(OURS, "libdimse server", count, AtMostBytes(8000)), side(forked, "storescp --fork", 50),
             side(IDEAL, "ideal scp, many", count)]
    row = _row(f"idle-{count}", f"{count} idle associations, answering after", "bytes each", sides, forked)
    row.is_rate = False
    row.turns = 1
    return row


def stores(found, quick, place):
    """C-STORE over one association, from files to files. Where a goal is about processor time or memory, it is about
    the processes that are ours. The counts are such that the start of a process, 25 ms of storescu's, is little."""
    small, tiny, jpeg, mib, few = (50, 300, 50, 64, 10) if quick else (500, 3000, 1000, 1024, 40)

    def study(kind, count=1, mib=1):
        return Study(found.root, place, kind, count, mib)

    scu, scp, lean = ("scu",), ("scp",), 16
    slices, little, pictures = study("ct", small), study("tiny", tiny), study("jpeg", jpeg)
    huge = study("huge", mib=mib)
    rows = [
        _store(found, "small", f"SMALL ({small} x 525 kB), 128 KiB PDUs", slices, 128, {
            "both": RateTimesDcmtk(1.35),
            "scu": Every((RateTimesDcmtk(1.25), CpuTimesDcmtk(0.6, scu))),
            "scp": NoSlower()}),
        _store(found, "small", f"SMALL ({small} x 525 kB), 16 KiB PDUs", slices, 16, {"both": RateTimesDcmtk(1.35)}),
        _store(found, "tiny", f"TINY ({tiny} x 8 kB)", little, 128, {
            "both": RateTimesDcmtk(2.8),
            "scu": RateTimesDcmtk(1.7),
            "scp": Every((RateTimesDcmtk(1.15), CpuTimesDcmtk(0.7, scp)))}),
        _store(found, "jpeg", f"JPEG ({jpeg} x 100 kB)", pictures, 128, {}, ", JPEG"),
        _store(found, "huge", f"HUGE ({mib} MiB), 128 KiB PDUs", huge, 128, {
            "both": Every((CpuTimesDcmtk(1.0), PeakAtMost(lean))),
            "scu": PeakAtMost(lean, scu),
            "scp": PeakAtMost(lean, scp)}),
        _store(found, "huge", f"HUGE ({mib} MiB), 16 KiB PDUs", huge, 16, {
            "both": Every((RateTimesDcmtk(1.4), PeakAtMost(lean))),
            "scu": PeakAtMost(lean, scu),
            "scp": PeakAtMost(lean, scp)}),
        _store_as_shipped(found, "SMALL", slices, study("ct", few), RateTimesDcmtk(30)),
        _store_as_shipped(found, "TINY", little, study("tiny", few), RateTimesDcmtk(100)),
        _store_as_shipped(found, "JPEG", pictures, study("jpeg", few), RateTimesDcmtk(100), ", JPEG"),
        _store_converted(found, f"SMALL ({small} x 525 kB)", slices),
        _store_converted(found, f"HUGE ({mib} MiB)", huge),
        _header_first(found, f"SMALL ({small} x 525 kB)", slices),
        _header_first(found, f"TINY ({tiny} x 8 kB)", little),
    ]
    for row in rows:
        if row.name in ("store-huge", "store-as-shipped", "store-converted"):
            row.turns = 3
    return rows


def _store(found, name, title, study, kib, goals, kind=""):
    """Each role with each program; the goals are those of the sides where "both", "scu" or "scp" are ours. Some
    kinds of instances need options of storescu."""
    def side(name, scu, scp, ours=None):
        return _side(found, name, [scu, scp],
                     lambda scu, scp: exchange.store(scu, scp, study, kib << 10), goals.get(ours))
    storescu, storescp = f"storescu{kind}", "storescp to file"
    sides = [side(f"{OURS} to {OURS}", "dimse store", "dimse serve", "both"),
             side(f"{OURS} to storescp", "dimse store", storescp, "scu"),
             side(f"storescu to {OURS}", storescu, "dimse serve", "scp"),
             side("storescu to storescp", storescu, storescp)]
    return _row(f"store-{name}", f"C-STORE, {title}", "instances/s", sides, "storescu to storescp")


def _store_as_shipped(found, name, study, few, must, kind=""):
    """As with echoes: where both are DCMTK, each instance waits for delayed acknowledgements, so there are few."""
    def side(name, scu, scp, study, must=None):
        return _side(found, name, [scu, scp],
                     lambda scu, scp: exchange.store(scu, scp, study, 128 << 10), must)
    storescu, storescp = f"storescu as shipped{kind}", "storescp to file as shipped"
    sides = [side(f"storescu to {OURS}", storescu, "dimse serve", study, must),
             side(f"{OURS} to storescp", "dimse store", storescp, study, must),
             side("storescu to storescp", storescu, storescp, few)]
    title = f"C-STORE, {name}, with DCMTK as shipped (no TCP_NODELAY, no +B)"
    row = _row("store-as-shipped", title, "instances/s", sides, "storescu to storescp")
    row.same_count = False
    return row


def _store_converted(found, name, study):
    """What is in Explicit VR Little Endian goes to one who takes Implicit VR Little Endian only."""
    def side(name, scu):
        return _side(found, name, [scu, "storescp to file, implicit"],
                     lambda scu, scp: exchange.store(scu, scp, study, 128 << 10, Contents.in_implicit_vrs))
    sides = [side(OURS, "dimse store"), side("storescu", "storescu, implicit"),
             side("dcmconv for each file, then storescu", "dcmconv and storescu, implicit")]
    title = f"C-STORE, {name}, to storescp that takes implicit VRs only: conversion"
    return _row("store-converted", title, "instances/s", sides, "storescu")


def _header_first(found, name, study):
    """What it costs to ask about each instance by its front."""
    def side(name, scp):
        return _side(found, name, ["storescu", scp],
                     lambda scu, scp: exchange.store(scu, scp, study, 128 << 10, in_bytes=False))
    without = "storescu to libdimse"
    sides = [side(f"{without}, header first", "libdimse receive, header first"), side(without, "libdimse receive")]
    return _row("header-first", f"C-STORE, {name}, header first", "instances/s", sides, without)


def instructions(found):
    if not found.valgrind:
        return []

    def row(title, what, counted, dcmtk, pairs):
        sides = [_side(found, name, [scu, scp], lambda scu, scp: exchange.instructions(
            scu, scp, what, counted, found.valgrind, found.folder)) for name, scu, scp in pairs]
        row = _row("instructions", f"instructions for one {title}", "instructions", sides, dcmtk)
        row.is_rate = False
        row.turns = 1
        return row

    return [
        row("C-ECHO: SCU", ECHOES, "scu", "echoscu", [
            (f"{OURS}, blocking", "libdimse echo", "ideal scp"),
            (f"{OURS}, _async and callback thread", "libdimse echo_async", "ideal scp"),
            ("echoscu", "echoscu", "ideal scp"), (IDEAL, "ideal scu, echo", "ideal scp")]),
        row("C-ECHO: SCP", ECHOES, "scp", "storescp", [
            (OURS, "ideal scu, echo", "libdimse server"), ("storescp", "ideal scu, echo", "storescp"),
            (IDEAL, "ideal scu, echo", "ideal scp")]),
        row("association: SCU", ASSOCIATIONS, "scu", None, [
            (f"{OURS}, blocking", "libdimse associate", "ideal scp, associations"),
            (IDEAL, "ideal scu, associate", "ideal scp, associations")]),
        row("association: SCP", ASSOCIATIONS, "scp", "storescp", [
            (OURS, "ideal scu, associate", "libdimse server"), ("storescp", "ideal scu, associate", "storescp"),
            (IDEAL, "ideal scu, associate", "ideal scp, associations")]),
    ]


def _side(found, name, programs, sampler, must=None):
    """None where one of the programs is not here."""
    if not found.has(*programs):
        return None
    return Side(name, sampler(*(found[program] for program in programs)), must)


def _row(name, title, unit, sides, dcmtk, pinned=False):
    return Row(name, title, unit, [side for side in sides if side], dcmtk, pinned)
