"""One sample: an SCU and an SCP that talk to each other, and what is seen of it."""

import dataclasses
import pathlib
import re
import time

from . import machine
from .process import Failed, Process, Usage

ECHOES, ASSOCIATIONS, INSTANCES = "echoes", "associations", "instances"


@dataclasses.dataclass(frozen=True)
class Sample:
    figure: float  # what the row is about, in its unit
    scu: Usage = None  # processor time for one echo, association or instance; peak of the whole process
    scp: Usage = None
    words: str = ""
    volume: float = None  # bytes of one instance, where instances are stored

    def cpu(self, roles=("scu", "scp")):
        return sum(getattr(self, role).cpu for role in roles)


@dataclasses.dataclass(frozen=True)
class Seen:
    """What an exchange left behind."""

    seconds: float
    scu: Usage
    scp: Usage


def rate(scu, scp, what, count, clock):
    """Samples echoes or associations a second, by the clock of the side that is the same for everybody in the row,
    "scu" or "scp"; that of a peer's SCU is the time from its start to its end."""
    def sample(pinned):
        seen = _run(scu, scp, pinned, clock, what, count=count)
        return Sample(count / seen.seconds, _for_one(seen.scu, count), _for_one(seen.scp, count))
    return sample


def store(scu, scp, study, pdu, expected=None, in_bytes=True):
    """Samples instances a second, by the time from the start of the SCU's process to its end: looking for the files in
    their folder is part of it. What arrived is counted afterwards: the study's contents, or what is `expected` of them.
    Whether the bytes are what costs, or the instances, says `in_bytes`."""
    def sample(pinned):
        contents = study.contents
        count = contents.instances
        with study.receiving() as received, study.receiving() as spare:
            seen = _run(scu, scp, pinned, "scu", INSTANCES, count=count, pdu=pdu, sent=study.folder, received=received,
                        spare=spare)
            (expected(contents) if expected else contents).must_be_in(received)
        return Sample(count / seen.seconds, _for_one(seen.scu, count), _for_one(seen.scp, count),
                      volume=contents.length / count if in_bytes else None)
    return sample


def instructions(scu, scp, what, counted, valgrind, folder):
    """Samples the instructions that one echo or association costs one side, "scu" or "scp": the difference of a long
    and a short run under callgrind, so that start and end do not count."""
    def sample(_pinned):
        few, many = 100, 600
        runs = [_instructions(scu, scp, what, counted, valgrind, folder, count) for count in (few, many)]
        return Sample((runs[1] - runs[0]) / (many - few))
    return sample


def idle(scp, scu, count):
    """Samples the resident bytes that an idle association costs the SCP, and proves that each still answers."""
    def sample(pinned):
        if machine.descriptor_limit() < count + 100:
            raise Failed(f"{count} associations need more descriptors than the limit of {machine.descriptor_limit()}")
        port = machine.free_port()
        with Process(scp, pinned, port=port, count=count) as server:
            server.wait_listening(port)
            before = machine.resident_bytes(server.pid)
            with Process(scu, pinned, port=port, count=count) as client:
                client.report()
                time.sleep(1.0)  # what is given back after a moment of silence is given back
                held = machine.resident_bytes(server.pid) - before
                client.go_on()
                answered = client.report()
                client.end()
            server.end()
        return Sample(max(held, 0) / count, words=f"{count} held; then all answered in {answered['seconds']:.2f} s")
    return sample


def _run(scu, scp, pinned, clock, what, **values):
    port = machine.free_port()
    with Process(scp, pinned, port=port, **values) as server:
        server.wait_listening(port)
        before = server.usage()
        started = time.monotonic()
        with Process(scu, pinned, port=port, **values) as client:
            if scu.reports:
                seconds = _seconds(client, what, values["count"])
                usage = client.usage()
                client.end()
            else:
                usage = client.run_to_end()
                seconds = time.monotonic() - started
        if clock == "scp":
            seconds = _seconds(server, what, values["count"])
        after = server.usage()
        server.end()
    return Seen(seconds, usage, Usage(after.cpu - before.cpu, after.peak))


def _seconds(process, what, count):
    """Of the report on echoes or on associations; a program may have both."""
    while True:
        report = process.report()
        if what in report:
            break
    if report[what] != count:
        raise Failed(f"{process.command.name} saw {report[what]} of {count} {what}")
    return report["seconds"]


def _for_one(usage, count):
    return Usage(usage.cpu / count, usage.peak)


def _instructions(scu, scp, what, counted, valgrind, folder, count):
    subject = scu if counted == "scu" else scp
    file = pathlib.Path(folder) / f"callgrind.{counted}.{subject.name.replace(' ', '-')}.{what}"
    file.unlink(missing_ok=True)
    under = (valgrind, "--tool=callgrind", f"--callgrind-out-file={file}")
    if counted == "scu":
        scu = dataclasses.replace(scu, arguments=under + scu.arguments)
    else:
        scp = dataclasses.replace(scp, arguments=under + scp.arguments)
    _run(scu, scp, False, "scu", what, count=count)
    totals = re.search(r"^(?:totals|summary): (\d+)", file.read_text(), re.MULTILINE) if file.exists() else None
    if not totals:
        raise Failed("callgrind wrote no totals")
    return int(totals.group(1))
