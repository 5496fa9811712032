# SPDX-License-Identifier: GPL-2.0
"""Modules and mediated devices of this machine."""

import contextlib
import os
import pathlib
import subprocess
import uuid

from vmige2e import CheckFailed, vfio

PARENTS = pathlib.Path("/sys/class/mdev_bus")
DEVICES = pathlib.Path("/sys/bus/mdev/devices")
MODULES = pathlib.Path("/sys/module")
DEBUG = pathlib.Path("/sys/kernel/debug")


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckFailed(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


def _load_file(directory, name, *parameters):
    if (MODULES / name).exists():
        return
    found = sorted(pathlib.Path(directory).rglob(name + ".ko"))
    if not found:
        raise CheckFailed(f"no {name}.ko under {directory}")
    depends = _run("modinfo", "-F", "depends", str(found[0]))
    for module in depends.split(","):
        if module and not (MODULES / module.replace("-", "_")).exists():
            _run("modprobe", module)
    _run("insmod", str(found[0]), *parameters)


# The first two play hosts of today, the last one of the first driver there was.
OLD_HOST = 2
PARENTS_OF_AGES = ("parents=3", "max_profile=,,p1")


def load_modules(directory, parents=PARENTS_OF_AGES):
    """Everything a VMM and our devices need, unless it is there already."""
    with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
        flags = cpuinfo.read().split("flags", 1)[1].split("\n", 1)[0].split()
    if not os.path.exists("/dev/kvm"):
        _run("modprobe", "kvm_amd" if "svm" in flags else "kvm_intel")
    _run("modprobe", "-a", "vfio", "vfio_iommu_type1")
    _load_file(directory, "vmig")
    _load_file(directory, "mcopy", *parents)


# Two devices of 1 GiB, their QEMUs, and the system.
MUCH_KIB = 4 << 20


def has_much_memory():
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        return int(meminfo.readline().split()[1]) > MUCH_KIB


def kernel_logs_dma():
    """Does this kernel have what DMA logging is made of? Others have a stub,
    and nothing of that name."""
    with open("/proc/kallsyms", encoding="ascii") as symbols:
        return any(line.split()[2] == "iova_bitmap_set" for line in symbols)


@contextlib.contextmanager
def parameter(name, value):
    """Devices made meanwhile are made with this parameter of vmig.ko."""
    path = MODULES / "vmig/parameters" / name
    before = path.read_text(encoding="ascii")
    path.write_text(str(value), encoding="ascii")
    try:
        yield
    finally:
        path.write_text(before, encoding="ascii")


class Mdev:
    """One instance of a type like mcopy-m16 on one of the parents: on those of
    today in turn, or on one that plays a host with the first driver there was."""

    def __init__(self, label, mebibytes, number, old_host=False):
        parents = sorted(PARENTS.glob("mcopy*"))
        if not parents:
            raise CheckFailed(f"no parent device in {PARENTS}")
        self.label = label
        self.known_error = ""       # that it was made to have
        self.size = mebibytes << 20
        self.uuid = str(uuid.uuid4())
        self.parent = parents[OLD_HOST if old_host else number % OLD_HOST]
        self.type = f"mcopy-m{mebibytes}"
        self.path = DEVICES / self.uuid
        create = self.parent / "mdev_supported_types" / self.type / "create"
        try:
            create.write_text(self.uuid, encoding="ascii")
        except OSError as error:
            raise CheckFailed(f"create {self.type}: {error}") from error

    def become(self, profile):
        """A device of that generation, before it is opened."""
        path = self.path / "migration" / "profile"
        try:
            path.write_text(profile, encoding="ascii")
        except OSError as error:
            raise CheckFailed(f"profile {profile}: {error}") from error

    def remove(self):
        try:
            (self.path / "remove").write_text("1", encoding="ascii")
        except OSError as error:
            raise CheckFailed(f"remove {self.uuid}: {error}") from error

    def last_error(self):
        """What the module says went wrong last, or ''."""
        path = self.path / "migration" / "last_error"
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError as error:
            return str(error)
        return "" if text == "none" else text

    def new_error(self):
        """The same, unless it is known."""
        found = self.last_error()
        return "" if found == self.known_error else found

    def limit(self, rate):
        """Bytes a second that its DMA moves; 0: as many as it can."""
        path = self.path / "mcopy" / "rate_limit"
        path.write_text(str(rate), encoding="ascii")

    def offer(self, protocols):
        """Hides the protocol that is not named."""
        path = self.path / "migration" / "protocols"
        path.write_text(protocols, encoding="ascii")

    def control(self, name, value):
        """Makes the device fail, or be slow, on demand; or no longer."""
        if not (DEBUG / "vmig").exists():
            _run("mount", "-t", "debugfs", "debugfs", str(DEBUG))
        path = DEBUG / "vmig" / self.uuid / name
        try:
            path.write_text(str(value), encoding="ascii")
        except OSError as error:
            raise CheckFailed(f"{name} = {value}: {error}") from error

    def check_reopen(self):
        """A device whose owner is gone opens again, clean and running."""
        try:
            problems = vfio.inspect(self.path)
        except OSError as error:
            problems = [str(error)]
        return [f"device {self.label} reopened: {text}" for text in problems]


class KernelLog:
    """Kernel messages since this object was made."""

    BAD = ("BUG:", "WARNING:", "Oops", "Call Trace", "KASAN", "UBSAN",
           "general protection", "possible circular locking", "refcount_t:")

    def __init__(self):
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._file, 0, os.SEEK_END)

    def read(self):
        lines = []
        while True:
            try:
                record = os.read(self._file, 8192)
            except BlockingIOError:
                return lines
            except BrokenPipeError:
                continue
            head, _, text = record.decode("utf-8", "replace").partition(";")
            seconds = int(head.split(",")[2]) / 1e6
            lines.append(f"[{seconds:.6f}] {text.splitlines()[0]}")

    @classmethod
    def bad(cls, lines):
        return [line for line in lines if any(b in line for b in cls.BAD)]
