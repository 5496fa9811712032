# SPDX-License-Identifier: GPL-2.0
"""One QEMU process."""

import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass

from vmige2e import CheckFailed, threads
from vmige2e.client import Client
from vmige2e.qmp import Qmp, QmpError, QmpGone

PANIC = re.compile(r"Kernel panic|\bBUG:|Oops|Call Trace|workload ended")

AUTOPSY = ("info status", "info registers", "info registers", "info registers",
           "info lapic", "info irq", "info pic", "info chardev")
# All on the console; backtraces of processors, of blocked and all tasks; timers.
SYSRQ_KEYS = (b"9", b"l", b"w", b"t", b"q")
# Of machines that another host reaches.
MIGRATION_PORT, FIRST_PORT = 4444, 4555
# Between SIGKILL and the end, with device memory to be given back.
KILL_SECONDS = 60


def _discard(port, duration):
    """Reads and forgets: the log file has it all, but only as long as the
    other end of the port takes it."""
    deadline = time.monotonic() + duration
    while (left := deadline - time.monotonic()) > 0:
        port.settimeout(left)
        try:
            if not port.recv(65536):
                return
        except OSError:
            return


# Not vfio_*: tracing each access to a register costs more than it. What a QEMU
# does not have it passes over.
TRACED = ("vfio_mig*", "vfio_save*", "vfio_load*", "vfio_update*",
          "vfio_vmstate*", "vfio_region_sparse*", "vfio_device_dirty*",
          "vfio_get_dirty_bitmap*", "loadvm_approve_switchover*",
          "source_return_path_thread_switchover*")


@dataclass
class Machine:
    """What both ends of a migration have in common."""
    client: Client
    kernel: str
    initrd: str
    cmdline: str
    memory: int = 128
    cpus: int = 1
    type: str = "pc"
    accel: str = "kvm"
    vfio_options: str = ""      # of each device, with a comma before them
    slot: int = 5               # of the first device
    address: str = ""           # by which another host reaches it; none does: ""


class Vm:
    def __init__(self, name, machine, mdevs, directory, incoming=False,
                 extra=()):
        self.name = name
        self.client = machine.client
        self.mdevs = mdevs
        self.directory = directory
        # Sockets have short names and don't lie on network file systems.
        self._sockets = tempfile.mkdtemp(prefix="vmig-")
        self.incoming, self.ports = self._places(machine.address, len(mdevs))
        self._qmp_path = os.path.join(self._sockets, "qmp")
        self._console_path = os.path.join(self._sockets, "console")
        self._stderr_seen = 0
        self._job_numbers = itertools.count(1)
        self._stderr = open(self._path("stderr"), "wb")
        self._process = subprocess.Popen(
            self._command(machine, incoming) + list(extra), stdin=subprocess.DEVNULL,
            stdout=self._stderr, stderr=self._stderr)
        self.qmp = None
        try:
            self.qmp = Qmp(self._qmp_path, 60, self.alive)
        except QmpGone as error:
            reason = self._gone(error)
            self.kill()
            raise reason from error

    def _path(self, what):
        return os.path.join(self.directory, f"{self.name}.{what}")

    def _places(self, address, count):
        """Where a migration is awaited, and a port for the workload of each
        device."""
        if address:
            return f"tcp:{address}:{MIGRATION_PORT}", [
                (address, FIRST_PORT + index) for index in range(count)]
        return "unix:" + os.path.join(self._sockets, "migration"), [
            os.path.join(self._sockets, f"port{index}") for index in range(count)]

    def _command(self, machine, incoming):
        command = [
            self.client.binary, "-name", self.name, "-machine", machine.type,
            "-accel", machine.accel, "-m", str(machine.memory),
            "-smp", str(machine.cpus), "-nodefaults", "-display", "none",
            # A guest that resets or ends must not go unseen, nor must its
            # registers be lost.
            "-action", "reboot=shutdown,shutdown=pause",
            "-kernel", machine.kernel, "-initrd", machine.initrd,
            "-append", machine.cmdline,
            "-chardev", f"socket,id=console,path={self._console_path},"
            f"server=on,wait=off,logfile={self._path('console')}",
            "-serial", "chardev:console",
            "-qmp", f"unix:{self._qmp_path},server=on,wait=off",
        ]
        for port in self.ports:
            where = f"unix:{port}" if isinstance(port, str) else \
                f"tcp:{port[0]}:{port[1]}"
            command += ["-serial", f"{where},server=on,wait=off"]
        for events in TRACED:
            command += ["-trace", f"{events},file={self._path('trace')}"]
        if machine.accel == "kvm":
            command += ["-cpu", "host"]
        for index, mdev in enumerate(self.mdevs):
            command += ["-device", f"vfio-pci,sysfsdev={mdev.path},"
                        f"id=vfio{index},addr={machine.slot + index:#x}"
                        f"{machine.vfio_options}"]
        return command + (["-incoming", "defer"] if incoming else [])

    def execute(self, command, arguments=None, timeout=60):
        try:
            return self.qmp.execute(command, arguments, timeout)
        except QmpError as error:
            raise CheckFailed(f"{self.name}: {error}") from error
        except QmpGone as error:
            raise self._gone(error) from error

    def _gone(self, error):
        status = self._process.poll()
        state = "running" if status is None else f"ended with {status}"
        tail = "; ".join(self.stderr_lines()[-5:])
        return CheckFailed(f"{self.name} ({state}): {error}: {tail}")

    def status(self):
        """QEMU's run state: running, paused, postmigrate, ..."""
        return self.execute("query-status")["status"]

    def job(self, command, timeout=120, **arguments):
        """Runs one of QEMU's jobs to its end."""
        arguments["job-id"] = f"job{next(self._job_numbers)}"
        self.execute(command, arguments)
        deadline = time.monotonic() + timeout
        while True:
            job = next(j for j in self.execute("query-jobs")
                       if j["id"] == arguments["job-id"])
            if job["status"] == "concluded":
                break
            if time.monotonic() > deadline:
                raise CheckFailed(f"{self.name}: {command} is still "
                                  f"{job['status']} after {timeout} s")
            time.sleep(0.1)
        self.execute("job-dismiss", {"id": arguments["job-id"]})
        if job.get("error"):
            raise CheckFailed(f"{self.name}: {command}: {job['error']}")

    def add_disk(self, name, size=1 << 20):
        """An empty image that snapshots can be kept in; no guest sees it."""
        path = os.path.join(self._sockets, name)
        self.job("blockdev-create", options={
            "driver": "file", "filename": path, "size": 0})
        self.execute("blockdev-add", {"driver": "file", "filename": path,
                                      "node-name": name + "-file"})
        self.job("blockdev-create", options={
            "driver": "qcow2", "file": name + "-file", "size": size})
        self.execute("blockdev-add", {"driver": "qcow2", "node-name": name,
                                      "file": name + "-file"})

    def device_maps(self):
        """Of this process, those of device memory."""
        with open(f"/proc/{self._process.pid}/maps", encoding="ascii") as maps:
            return [line for line in maps if line.rstrip().endswith("/mcopy")
                    or "/mcopy (deleted)" in line]

    def alive(self):
        return self._process.poll() is None

    def stderr_lines(self):
        with open(self._path("stderr"), encoding="utf-8",
                  errors="replace") as file:
            text = file.read()
        # QEMU writes a line in pieces.
        if self.alive() and not text.endswith("\n"):
            text = text[:text.rfind("\n") + 1]
        return text.splitlines()

    def unexpected_stderr(self):
        """Lines since the last call that a good run doesn't have."""
        lines = self.stderr_lines()[self._stderr_seen:]
        self._stderr_seen += len(lines)
        return [line for line in lines if line.strip() and
                not any(e.search(line) for e in self.client.expected_stderr())]

    def trace_lines(self):
        """What QEMU itself traced, in order."""
        with open(self._path("trace"), encoding="utf-8",
                  errors="replace") as file:
            return file.read().splitlines()

    def events(self, name):
        """Data of the QMP events of that name that have come so far."""
        self.status()
        return [e["data"] for e in self.qmp.events if e["event"] == name]

    def panic(self):
        """The guest kernel's last words, if it has any."""
        try:
            with open(self._path("console"), encoding="utf-8",
                      errors="replace") as file:
                return [x for x in file.read().splitlines() if PANIC.search(x)]
        except OSError:
            return []

    def save_threads(self):
        """What QEMU's threads do, for when it does not answer any more."""
        with open(self._path("threads"), "w", encoding="utf-8") as out:
            out.writelines(threads.describe(self._process.pid))

    def autopsy(self):
        """Of a guest that does not answer: what its processor does, and from
        its kernel, if that still listens, what its tasks do."""
        self.save_threads()
        with open(self._path("autopsy"), "w", encoding="utf-8") as out:
            for line in AUTOPSY:
                answer = self.execute("human-monitor-command",
                                      {"command-line": line})
                out.write(f"== {line}\n{answer}\n")
                time.sleep(0.2)
        with socket.socket(socket.AF_UNIX) as console:
            console.connect(self._console_path)
            for key in SYSRQ_KEYS:
                self.execute("chardev-send-break", {"id": "console"})
                console.sendall(key)
                _discard(console, 5)

    def quit(self, timeout=60):
        """Ends QEMU in good order; complaints as a list."""
        if not self.alive():
            return [f"{self.name} had ended with {self._process.returncode}"]
        self.execute("quit")
        self.qmp.wait_closed(timeout)
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return [f"{self.name} did not end on quit"]
        self._close()
        return [] if status == 0 else [f"{self.name} ended with {status}"]

    def wait_end(self, timeout=60):
        """Of a QEMU that gives up; its exit code."""
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise CheckFailed(f"{self.name} should have given up, but is "
                              f"{self.status()}") from error
        self._close()
        return status

    def kill(self):
        if self.alive():
            self._process.kill()
            try:
                self._process.wait(KILL_SECONDS)
            except subprocess.TimeoutExpired:
                # Nothing can be done for this machine but to end it, which who
                # runs it does when there is no more to read.
                self.save_threads()
                print(f"# {self.name} does not die, see {self._path('threads')}",
                      flush=True)
                self._process.wait()
        self._close()

    def _close(self):
        if self.qmp:
            self.qmp.close()
        self._stderr.close()
        shutil.rmtree(self._sockets, ignore_errors=True)
