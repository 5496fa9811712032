# SPDX-License-Identifier: GPL-2.0
"""What the machine that the tests run in does to its guests."""

import fcntl
import os
import re

from vmige2e.trace import TRACEFS


def emulated():
    """Is the processor, with its virtualization, only software?"""
    with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
        return "QEMU TCG" in cpuinfo.read()


class KvmAwake:
    """An idle virtual machine that lives as long as this object.

    With the first and after the last one KVM patches branches of the kernel,
    the scheduler's among them. A machine that is itself emulated by QEMU 7.2
    with several threads may execute such code half patched and dies with
    "Oops: int3"; so let there be no first and no last while cases run.
    """

    CREATE_VM, CREATE_VCPU, CREATE_IRQCHIP = 0xAE01, 0xAE41, 0xAE60

    def __init__(self):
        self._kvm = os.open("/dev/kvm", os.O_RDWR)
        self._vm = fcntl.ioctl(self._kvm, self.CREATE_VM, 0)
        fcntl.ioctl(self._vm, self.CREATE_IRQCHIP, 0)
        self._vcpu = fcntl.ioctl(self._vm, self.CREATE_VCPU, 0)


class KvmTrace:
    """What KVM did last, for when a guest dies and nobody knows of what.

    Two causes are known, both in QEMU 7.2 where it emulates a processor with
    nested SVM; one was seen in registers, one read in its source. It may store the host's registers as the guest's when the guest
    exits; the guest then runs on with its hypervisor's program counter, stack
    and page tables. A guest without modules never is at the address of one by
    itself; with modules this can't be told. And it may deliver an injected interrupt twice, the second
    time before the handler has switched GS: the guest ends in a triple fault.
    """

    ALL = ("kvm_entry", "kvm_inj_exception", "kvm_inj_virq", "kvm_page_fault",
           "kvm_mmio", "kvm_emulate_insn")
    EXIT_SHUTDOWN = 8       # KVM_EXIT_SHUTDOWN, a triple fault
    MODULES, MODULES_END = 0xffffffffc0000000, 0xfffffffffe000000

    def __init__(self, everything=False, name="vmig-kvm"):
        self._dir = os.path.join(TRACEFS, "instances", name)
        os.makedirs(self._dir, exist_ok=True)
        self._write("buffer_size_kb", "16384" if everything else "512")
        self._write("trace_clock", "mono")
        # A dead guest may go on exiting, and push out what it died of.
        self._triggers = set()
        self._set_trigger("kvm_userspace_exit", True,
                          f"traceoff if reason == {self.EXIT_SHUTDOWN}")
        for event in ("kvm_exit", "kvm_userspace_exit",
                      *(self.ALL if everything else ())):
            self._write(f"events/kvm/{event}/enable", "1")

    def _write(self, name, value):
        with open(os.path.join(self._dir, name), "w", encoding="ascii") as out:
            out.write(value)

    def _set_trigger(self, event, wanted, text):
        if wanted != (event in self._triggers):
            self._write(f"events/kvm/{event}/trigger",
                        text if wanted else "!" + text)
            self._triggers ^= {event}

    def clear(self, modules=False):
        """Forgets what was, and goes on if something had stopped it. The guest
        that comes next has modules or has none."""
        self._modules = modules
        self._set_trigger("kvm_exit", not modules,
                          f"traceoff if guest_rip >= {self.MODULES} && "
                          f"guest_rip < {self.MODULES_END}")
        self._write("trace", "")
        self._write("tracing_on", "1")

    def save(self, path):
        """Writes it down and goes on, empty. Returns the exit that shows one
        of these, or ''."""
        self._write("tracing_on", "0")
        fatal = ""
        with open(os.path.join(self._dir, "trace"), encoding="ascii",
                  errors="replace") as trace, \
                open(path, "w", encoding="ascii") as out:
            for line in trace:
                out.write(line)
                fatal = fatal or self.fatal_exit(line, self._modules)
        self.clear(self._modules)
        return fatal

    @classmethod
    def fatal_exit(cls, line, modules=False):
        if "KVM_EXIT_SHUTDOWN" in line:
            return line.strip()
        match = re.search(r"kvm_exit: .*rip 0x([0-9a-f]+)", line)
        if match and not modules and cls.MODULES <= int(match[1], 16) < cls.MODULES_END:
            return line.strip()
        return ""
