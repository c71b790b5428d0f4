"""The rows of the bench: who is measured against whom, and what this library must reach."""

import dataclasses
import typing

from . import exchange
from .exchange import ASSOCIATIONS, ECHOES

NAMES = ("echo-scp", "echo-scu", "echo-as-shipped", "associations-scp", "associations-scu", "idle-1000", "idle-5000",
         "instructions")
OURS, IDEAL = "libdimse", "ideal"


@dataclasses.dataclass(frozen=True)
class TimesDcmtk:
    """A goal: at least this ratio to DCMTK, by the rate and by processor time: on a busy machine one may mislead."""

    factor: float

    def words(self):
        return f"{self.factor} x DCMTK"

    def verdict(self, _figure, by_rate, by_cpu):
        if by_rate is None or by_cpu is None:
            return None
        reached = (by_rate.median >= self.factor, by_cpu.median >= self.factor)
        return {(True, True): "yes", (True, False): "by rate only", (False, True): "by CPU only"}.get(reached, "NO")


@dataclasses.dataclass(frozen=True)
class AtMostBytes:
    """A goal: no more than this."""

    limit: int

    def words(self):
        return f"{self.limit // 1000} kB"

    def verdict(self, figure, _by_rate, _by_cpu):
        return "yes" if figure.median <= self.limit else "NO"


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
    dcmtk: str = None  # the side that "x DCMTK" means
    pinned: bool = False
    turns: int = None  # where the usual number would only cost time
    is_rate: bool = True

    def place(self):
        """Where the two sides run, which rates depend on."""
        return ("one core" if self.pinned else "free") if self.is_rate else ""


def everything(found, quick):
    """Every row, with the sides that this machine can run."""
    echoes, associations = (5000, 500) if quick else (40000, 5000)
    rows = [echo_as_shipped(found), idle(found, 1000), idle(found, 5000), *instructions(found)]
    for pinned in (True, False):
        rows += [echo_scp(found, pinned, echoes), echo_scu(found, pinned, echoes),
                 associations_scp(found, pinned, associations), associations_scu(found, pinned, associations)]
    return [row for name in NAMES for row in rows if row.name == name and row.sides]


def echo_scp(found, pinned, count):
    def side(name, scp, must=None):
        return _side(found, name, ["ideal scu, echo", scp],
                     lambda scu, scp: exchange.rate(scu, scp, ECHOES, count, clock="scu"), must)
    sides = [side(OURS, "libdimse server", TimesDcmtk(1.6)), side("storescp", "storescp"), side(IDEAL, "ideal scp")]
    return _row("echo-scp", "C-ECHO on one association: SCP", "echoes/s", sides, "storescp", pinned)


def echo_scu(found, pinned, count):
    def side(name, scu, must=None):
        return _side(found, name, [scu, "ideal scp"],
                     lambda scu, scp: exchange.rate(scu, scp, ECHOES, count, clock="scp"), must)
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
    return row


def associations_scp(found, pinned, count):
    def side(name, scp, must=None):
        return _side(found, name, ["ideal scu, associate", scp],
                     lambda scu, scp: exchange.rate(scu, scp, ASSOCIATIONS, count, clock="scu"), must)
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
