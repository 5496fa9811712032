# SPDX-License-Identifier: GPL-2.0
"""What the machine that the tests run in does to its guests."""

import fcntl
import os
import re
import subprocess

from vmige2e.trace import instance


def emulated():
    """Is the processor, with its virtualization, only software?"""
    with open("/proc/cpuinfo", encoding="ascii") as cpuinfo:
        return "QEMU TCG" in cpuinfo.read()


# Of a stack that a dying kernel prints: a handler, called from its own first
# instruction, and the flags there.
_TWICE = re.compile(r"(asm_(?:sysvec_\w+|common_interrupt))\+0x(?!0/)[^\n]*\n"
                    r"[^\n]*RIP: 0010:\1\+0x0/[^\n]*\n"
                    r"(?:[^\n]*\n)?[^\n]*EFLAGS: ([0-9a-f]+)")
_INTERRUPTS_ON = 0x200


def delivered_twice(console):
    """The interrupt that a guest's processor took with interrupts off, on the
    first instruction of its own handler, or ''.

    No processor does that but one that QEMU emulates: its VMRUN may leave an
    injected interrupt behind that is then delivered once more. The handler has
    not switched GS yet, and the guest's kernel dies of page faults.
    """
    for match in _TWICE.finditer(console):
        if not int(match[2], 16) & _INTERRUPTS_ON:
            return match[1]
    return ""


class KvmAwake:
    """An idle virtual machine that lives as long as this object or, after
    stay(), as this machine.

    With the first and after the last one KVM patches branches of the kernel,
    the scheduler's among them. A machine that is itself emulated by a QEMU
    before 8.1 may execute such code half patched and dies with "Oops: int3"; so
    let there be no first and no last while cases run.
    """

    CREATE_VM, CREATE_VCPU, CREATE_IRQCHIP = 0xAE01, 0xAE41, 0xAE60

    def __init__(self):
        self._kvm = os.open("/dev/kvm", os.O_RDWR)
        self._vm = fcntl.ioctl(self._kvm, self.CREATE_VM, 0)
        fcntl.ioctl(self._vm, self.CREATE_IRQCHIP, 0)
        self._vcpu = fcntl.ioctl(self._vm, self.CREATE_VCPU, 0)

    def stay(self):
        """Leaves it to a process that nobody ends."""
        subprocess.Popen(["sleep", "infinity"], pass_fds=(self._vm, self._vcpu),
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, start_new_session=True)


class KvmTrace:
    """What KVM did last, for when a guest dies and nobody knows of what.

    Two causes are known, both in QEMU where it emulates a processor with nested
    SVM. One was seen in registers, with 7.2, 10 and 11.1: it may
    store the host's as the guest's when the guest exits; the guest then runs on in
    the midst of its hypervisor's kvm_amd.ko, with that one's stack and page
    tables. The other was read in the source of 7.2: it may deliver an injected
    interrupt twice, the second time before the handler has switched GS, and the
    guest ends in a triple fault. The more interrupts, the more often.
    """

    ALL = ("kvm_entry", "kvm_inj_exception", "kvm_inj_virq", "kvm_page_fault",
           "kvm_mmio", "kvm_emulate_insn")
    EXIT_SHUTDOWN = 8       # KVM_EXIT_SHUTDOWN, a triple fault
    # Where a guest that was booted with nokaslr has the few modules it loads.
    GUEST = range(0xffffffffc0000000, 0xffffffffc0400000)

    def __init__(self, everything=False, name="vmig-kvm"):
        self._dir = instance(name)
        os.makedirs(self._dir, exist_ok=True)
        self._write("buffer_size_kb", "16384" if everything else "512")
        self._write("trace_clock", "mono")
        # A dead guest may go on exiting, and push out what it died of.
        self._trigger("kvm_userspace_exit", f"reason == {self.EXIT_SHUTDOWN}")
        self._host = self.host_module()
        if self._host:
            self._trigger("kvm_exit", f"guest_rip >= {self._host.start} && "
                          f"guest_rip < {self._host.stop}")
        for event in ("kvm_exit", "kvm_userspace_exit",
                      *(self.ALL if everything else ())):
            self._write(f"events/kvm/{event}/enable", "1")

    def _write(self, name, value):
        with open(os.path.join(self._dir, name), "w", encoding="ascii") as out:
            out.write(value)

    def _trigger(self, event, condition):
        self._write(f"events/kvm/{event}/trigger", f"traceoff if {condition}")

    @classmethod
    def host_module(cls, modules="/proc/modules"):
        """Addresses of kvm_amd.ko, unless a guest may have its own there."""
        with open(modules, encoding="ascii") as lines:
            for words in map(str.split, lines):
                start = int(words[5], 16)
                if words[0] == "kvm_amd" and start not in cls.GUEST:
                    return range(start, start + int(words[1]))
        return None

    def clear(self):
        """Forgets what was, and goes on if something had stopped it."""
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
                fatal = fatal or self.fatal_exit(line, self._host)
        self.clear()
        return fatal

    @staticmethod
    def fatal_exit(line, host):
        if "KVM_EXIT_SHUTDOWN" in line:
            return line.strip()
        match = re.search(r"kvm_exit: .*rip 0x([0-9a-f]+)", line)
        if host and match and int(match[1], 16) in host:
            return line.strip()
        return ""
