# SPDX-License-Identifier: GPL-2.0
"""What a case works with: devices, machines, the guest, and their end."""

import json
import os
import random
import secrets
import time
from dataclasses import dataclass

from vmige2e import CheckFailed, report
from vmige2e.device import Mdev
from vmige2e.guest import Guest
from vmige2e.leg import Leg, run_leg
from vmige2e.vm import Machine, Vm


@dataclass
class Settings:
    """Of a case; the command line overrides each."""
    mem: int = 16               # MiB of device memory
    bw: float = 0               # MiB/s, 0: no limit
    dirty: int = 100            # pages per second
    legs: int = 2
    precopy: bool = False       # most of the memory must go in pre-copy
    records: bool = False       # look at every record
    downtime_ms: int = 300


class Run:
    """One case that is being run."""

    def __init__(self, name, settings, options, trace):
        self.settings = settings
        self.trace = trace
        self.directory = os.path.join(options.out, name)
        os.makedirs(self.directory, exist_ok=True)
        self.downtime_ms = settings.downtime_ms
        self.timeout = options.timeout + 2 * settings.mem
        self.legs = []
        self.problems = []
        self.timing = {}
        self.seed = options.seed or random.randrange(1, 1 << 32)
        self._token = secrets.token_hex(8)
        self._log = open(self._path("guest.log"), "w", buffering=1,
                         encoding="utf-8")
        self.guest = Guest(self._token, self._log)
        self._mdevs, self._vms = [], []
        self._machine = Machine(
            options.qemu, options.kernel, options.initrd, " ".join([
                "console=ttyS0", "quiet", "panic=-1", "mitigations=off",
                "noxsave", "pci=noearly", "nokaslr", "audit=0",
                "sysrq_always_enabled",
                "tsc=reliable", f"vmig.token={self._token}",
                f"vmig.seed={self.seed}", f"vmig.rate={settings.dirty}"]))

    def _path(self, name):
        return os.path.join(self.directory, name)

    def note(self, text):
        print(f"# {text}", flush=True)

    def device(self, label):
        mdev = Mdev(label, self.settings.mem, len(self._mdevs))
        self._mdevs.append(mdev)
        return mdev

    def start(self, name, mdevs, incoming=False):
        vm = Vm(name, self._machine, mdevs, self.directory, incoming)
        self._vms.append(vm)
        return vm

    def boot(self, name, mdevs):
        """Starts the guest; returns when it has filled its device memory and
        found it right."""
        begun = time.monotonic()
        vm = self.start(name, mdevs)
        self.guest.attach(vm.port_path)
        self.guest.wait_ready(self.timeout)
        ready = time.monotonic()
        verified = self.guest.command("verify", self.timeout)
        size = sum(m.size for m in mdevs[:1])
        if verified.get("bytes") != size or verified["wrong"]:
            raise CheckFailed(f"before any migration: {verified}")
        self.timing["boot_and_fill"] = ready - begun
        self.timing["fill_ms"] = self.guest.ready["ms"]
        self.note(f"guest up and device filled in {ready - begun:.1f} s "
                  f"(filling {self.guest.ready['ms']} ms), verified in "
                  f"{verified['ms']} ms, seed {self.seed}, "
                  f"crc by {self.guest.hello.get('crc')}")
        return vm

    def move(self, source, target, **options):
        """One leg, reported; raises when something was wrong with it."""
        settings = self.settings
        leg = Leg(len(self.legs) + 1, source.mdevs[0].label,
                  target.mdevs[0].label, source.mdevs[0].size, settings.bw,
                  settings.dirty)
        self.legs.append(leg)
        options.setdefault("need_precopy", settings.precopy)
        options.setdefault("records", settings.records)
        run_leg(self, leg, source, target, **options)
        for line in report.leg_text(leg):
            self.note(line)
        if leg.problems:
            raise CheckFailed(f"leg {leg.number}: {leg.problems[0]}")

    def retire(self, vm):
        """Ends a VM the guest has left; its devices must open again."""
        problems = vm.quit()
        self.guest.pump()
        self._vms.remove(vm)
        for mdev in vm.mdevs:
            problems += mdev.check_reopen()
        problems += [f"{vm.name} says: {line}"
                     for line in vm.unexpected_stderr()]
        if problems:
            raise CheckFailed(problems[0])

    def autopsy(self):
        """Called when the case has failed, before all is cleaned up."""
        for vm in self._vms:
            try:
                vm.autopsy()
            except (CheckFailed, OSError) as error:
                self.note(f"no autopsy of {vm.name}: {error}")

    def finish(self):
        """Ends and removes what is left, good or bad."""
        for vm in self._vms:
            try:
                self.problems += vm.quit()
            except CheckFailed as error:
                self.problems.append(str(error))
                vm.kill()
        self.problems += self.guest.problems
        self.guest.close()
        self._log.close()
        for mdev in self._mdevs:
            try:
                mdev.remove()
            except CheckFailed as error:
                self.problems.append(str(error))
        self.trace.collect()

    def save(self, name, reason, elapsed):
        lines = [line for leg in self.legs for line in report.leg_text(leg)]
        lines += report.summary(self.legs) if self.legs else []
        with open(self._path("report.txt"), "w", encoding="utf-8") as out:
            out.write("\n".join([f"case {name}: {reason or 'ok'}"] + lines)
                      + "\n")
        with open(self._path("result.json"), "w", encoding="utf-8") as out:
            json.dump({"case": name, "ok": not reason, "reason": reason,
                       "seconds": elapsed, "seed": self.seed,
                       "settings": vars(self.settings),
                       "timing": self.timing, "problems": self.problems,
                       "findings": self.guest.findings,
                       "legs": [leg.document() for leg in self.legs]},
                      out, indent=1, default=str)
