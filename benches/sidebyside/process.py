"""One measured process: started on its cores, looked at while it lives, ended by its own means."""

import dataclasses
import json
import os
import select
import signal
import subprocess
import time

from . import machine

PATIENCE = 60.0  # seconds; a side that needs longer for one sample has failed


class Failed(Exception):
    """A side did not do what its row needs; the words go into the table."""


@dataclasses.dataclass(frozen=True)
class Command:
    """A program with its arguments, in which {port}, {count} and other names in braces stand for the sample's."""

    name: str
    arguments: tuple
    environment: tuple = ()
    reports: bool = True  # says what it saw and stays until its standard input ends; else it is a peer's program


@dataclasses.dataclass(frozen=True)
class Usage:
    cpu: float  # seconds, user and system
    peak: int  # bytes


def _environment(command):
    """What the user has set for DCMTK must not change what "as shipped" means."""
    return {**{name: value for name, value in os.environ.items() if name != "TCP_NODELAY"}, **dict(command.environment)}


class Process:
    """A context manager, so that no process outlives its sample."""

    def __init__(self, command, pinned, **values):
        self.command = command
        self.lines = b""
        cores = machine.cores_for(pinned)
        self.child = subprocess.Popen(
            [argument.format(**values) for argument in command.arguments],
            env=_environment(command), preexec_fn=lambda: os.sched_setaffinity(0, cores),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.returncode is None:
            self.child.kill()
            self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            pipe.close()

    def wait_listening(self, port):
        deadline = time.monotonic() + PATIENCE
        while not machine.is_listening(port):
            self._still_runs(deadline, "does not listen")
            time.sleep(0.002)

    def report(self):
        """The next line that the program says."""
        deadline = time.monotonic() + PATIENCE
        while b"\n" not in self.lines:
            if select.select([self.child.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                more = os.read(self.child.stdout.fileno(), 4096)
                if more:
                    self.lines += more
                    continue
                self.child.wait()
            self._still_runs(deadline, "says nothing")
        line, self.lines = self.lines.split(b"\n", 1)
        return json.loads(line)

    def go_on(self):
        self.child.stdin.write(b"\n")
        self.child.stdin.flush()

    def usage(self):
        return Usage(machine.processor_seconds(self.pid), machine.peak_bytes(self.pid))

    def run_to_end(self):
        """Waits for a program that ends by itself. Its peak is looked at every 10 ms while it runs, because it goes
        with the process: what it takes for the first time in its last 10 ms is not seen."""
        deadline = time.monotonic() + PATIENCE
        peak = machine.peak_bytes(self.pid)
        ended = os.pidfd_open(self.pid)
        try:
            while not select.select([ended], [], [], 0.01)[0]:
                if time.monotonic() > deadline:
                    raise Failed(f"{self.command.name} did not end in {PATIENCE:.0f} s")
                peak = max(peak, machine.peak_bytes(self.pid))
        finally:
            os.close(ended)
        _, status, used = os.wait4(self.pid, 0)
        self.child.returncode = os.waitstatus_to_exitcode(status)
        self._ended_well()
        return Usage(used.ru_utime + used.ru_stime, peak)

    def end(self):
        """Lets the program end: ours at the end of their input, a peer's server at SIGTERM."""
        if self.command.reports:
            self.child.stdin.close()
        else:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.command.name} does not end") from None
        if self.command.reports:
            self._ended_well()

    def _still_runs(self, deadline, complaint):
        if self.child.poll() is not None:
            self._ended_well()
            raise Failed(f"{self.command.name} ended too early")
        if time.monotonic() > deadline:
            raise Failed(f"{self.command.name} {complaint} for {PATIENCE:.0f} s")

    def _ended_well(self):
        if self.child.returncode != 0:
            words = self.child.stderr.read().decode(errors="replace").strip().splitlines()
            raise Failed(f"{self.command.name}: {words[-1] if words else f'exit code {self.child.returncode}'}")
