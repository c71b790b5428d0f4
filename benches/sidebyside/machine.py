"""What the bench needs to know of the machine: its cores, a process's memory and processor time, listening ports."""

import os
import pathlib
import platform
import resource
import socket
import time

CORES = sorted(os.sched_getaffinity(0))
# Below the ports that the system gives to clients, so that no client of a row takes a server's port.
SERVER_PORTS = range(20100, 32000)


def description():
    info = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "processor")
    return f"{len(CORES)} cores, {model}, {platform.system()} {platform.release()} {platform.machine()}"


def leave_room_for_descriptors():
    """The programs that hold associations inherit the limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def descriptor_limit():
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def step_aside(pinned):
    """Keeps the runner off the core that the measured programs are pinned to."""
    others = CORES[1:] if pinned and len(CORES) > 1 else CORES
    os.sched_setaffinity(0, others)


def cores_for(pinned):
    return CORES[:1] if pinned else CORES


_next_port = iter(SERVER_PORTS)


def free_port():
    for port in _next_port:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no free port is left")


def is_listening(port):
    """Asked of the kernel: a connection to try would be an association to the server."""
    return any(line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
               for table in ("/proc/net/tcp", "/proc/net/tcp6") if os.path.exists(table)
               for line in pathlib.Path(table).read_text().splitlines()[1:])


def processor_seconds(pid):
    """User and system time of all its threads, those that have ended included, in nanoseconds' steps where /proc has
    hundredths of a second: the process's own clock, whose number is made as clock_getcpuclockid(3) makes it."""
    return time.clock_gettime(~pid << 3 | 2)


def peak_bytes(pid):
    """VmHWM. The maximum that wait4 gives is no use: it contains the pages of the process that forked it."""
    return _kilobytes(pathlib.Path(f"/proc/{pid}/status"), "VmHWM:")


def resident_bytes(pid):
    """Resident bytes of a process and its children, each shared page counted once: Pss."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_kilobytes(pathlib.Path(f"/proc/{one}/smaps_rollup"), "Pss:") for one in [pid, *children])


def _kilobytes(file, name):
    return next((int(line.split()[1]) * 1024 for line in file.read_text().splitlines() if line.startswith(name)), 0)
