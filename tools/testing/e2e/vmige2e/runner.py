# SPDX-License-Identifier: GPL-2.0
"""What a case works with: devices, machines, the guest, and their end."""

import json
import os
import random
import secrets
import time
from dataclasses import dataclass, replace

from vmige2e import CheckFailed, analysis, report
from vmige2e.device import Mdev
from vmige2e.guest import Guest
from vmige2e.leg import Leg, Plan, run_legs
from vmige2e.migration import ENDED, Migration
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
    switchover: int = 0         # MiB/s after the stop, 0: as QEMU measures
    direct: bool = True         # the guest maps device memory
    no_mmap: bool = False       # QEMU maps nothing
    enable: str = "on"          # enable-migration; empty: QEMU's default
    return_path: bool = True
    capabilities: tuple = ()    # of a migration, besides these
    devices: int = 1            # each with a workload
    irq: str = ""               # the guest's driver uses it: msix, msi, intx
    vfio: str = ""              # more options of QEMU's for each device
    machine: str = "pc"         # of the guest; QEMUs of two versions need one
                                # that both have


def _switch(value):
    return "on" if value else "off"


def _driver(irq):
    """Makes the guest load its driver and dmatest. The workload maps BARs that
    are the driver's, which Debian's kernel allows only if asked to."""
    return ["vmig.dma=1", f"vmig.irq={irq}", "iomem=relaxed"] if irq else []


def guest_words(token, seed, settings):
    """The guest's kernel command line. It signs with the token what it says, and
    writes what the seed gives."""
    return " ".join([
        "console=ttyS0", "quiet", "panic=-1", "mitigations=off", "noxsave",
        "pci=noearly", "nokaslr", "audit=0", "sysrq_always_enabled",
        "tsc=reliable", f"vmig.token={token}", f"vmig.seed={seed}",
        f"vmig.rate={settings.dirty}", f"vmig.direct={settings.direct:d}",
        f"vmig.devices={settings.devices}", *_driver(settings.irq)])


class Run:
    """One case that is being run."""

    def __init__(self, name, settings, options, trace):
        self.settings = settings
        self.trace = trace
        self.directory = os.path.join(options.out, name)
        os.makedirs(self.directory, exist_ok=True)
        self.timeout = options.timeout + 2 * settings.mem
        self.legs = []
        self.problems = []
        self.timing = {}
        self.seed = options.seed or random.randrange(1, 1 << 32)
        self._token = secrets.token_hex(8)
        self._log = open(self._path("guest.log"), "w", buffering=1,
                         encoding="utf-8")
        self.guests = [Guest(self._token, self._log)
                       for _ in range(settings.devices)]
        self.guest = self.guests[0]
        self._mdevs, self._vms = [], []
        self.started = []       # all VMs, those that have ended, too
        self.clients = options.clients
        self.client = self.clients[options.client]
        self._more_vfio = settings.vfio
        self._machine = Machine(
            self.client, options.kernel, options.initrd,
            guest_words(self._token, self.seed, settings), type=settings.machine)

    def set_vfio(self, more):
        """Options of the devices in VMs that are started from now on."""
        self._more_vfio = more

    def _vfio_options(self, client):
        settings = self.settings
        options = [f"x-no-mmap={_switch(settings.no_mmap)}",
                   *client.enable(settings.enable), self._more_vfio]
        return "".join("," + option for option in options if option)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def note(self, text):
        print(f"# {text}", flush=True)

    def device(self, label, mebibytes=0, old_host=False):
        mdev = Mdev(label, mebibytes or self.settings.mem, len(self._mdevs),
                    old_host)
        self._mdevs.append(mdev)
        return mdev

    def start(self, name, mdevs, incoming=False, extra=(), slot=None,
              client=""):
        """Starts QEMU; extra is more of its command line, slot the place of
        the first device on the bus, client the name of another QEMU."""
        client = self.clients[client] if client else self.client
        machine = replace(self._machine, slot=slot or self._machine.slot,
                          client=client,
                          vfio_options=self._vfio_options(client))
        vm = Vm(name, machine, mdevs, self.directory, incoming, extra)
        self._vms.append(vm)
        self.started.append(vm)
        return vm

    def boot(self, name, mdevs, extra=(), client=""):
        """Starts the guest; returns when it has filled its device memory and
        found it right."""
        begun = time.monotonic()
        vm = self.start(name, mdevs, extra=extra, client=client)
        for guest, port in zip(self.guests, vm.ports):
            guest.attach(port)
        self.await_guests(mdevs)
        if bool(vm.device_maps()) == self.settings.no_mmap:
            raise CheckFailed(f"{vm.name} maps {vm.device_maps()}")
        ready = self.guest.ready
        self.timing["boot_and_fill"] = time.monotonic() - begun
        self.timing["fill_ms"] = ready["ms"]
        self.note(f"guest up, device filled and verified in "
                  f"{self.timing['boot_and_fill']:.1f} s (filling "
                  f"{ready['ms']} ms), seed {self.seed}, "
                  f"crc by {self.guest.hello.get('crc')}")
        return vm

    def await_guests(self, mdevs):
        """Until each has filled its device."""
        for guest, mdev in zip(self.guests, mdevs):
            guest.wait_ready(self.timeout)
            verified = guest.command("verify", self.timeout)
            if verified.get("bytes") != mdev.size or verified["wrong"]:
                raise CheckFailed(f"before any migration: {verified}")

    def pump(self, timeout=0.0):
        for guest in self.guests:
            guest.pump(timeout / len(self.guests))

    def watch(self, timeout=0.0):
        for guest in self.guests:
            guest.watch(timeout / len(self.guests))

    def verify(self):
        """Ask the guests where they are now."""
        for guest in self.guests:
            found = guest.command("verify", self.timeout)
            if found["wrong"] or found["registers"]:
                raise CheckFailed(f"the guest found {found}")

    def migration(self, source, target):
        settings = self.settings
        return Migration(source, target, settings.bw, settings.downtime_ms,
                         settings.return_path, settings.capabilities,
                         settings.switchover)

    def side(self, mdev):
        """What the trace has of a device since it was last collected."""
        return analysis.side(self.trace.peek(), mdev.uuid)

    def hold(self, migration):
        """Waits until the first of device memory has gone and keeps the rest
        back. Start with a downtime_ms that can't be kept."""
        deadline = time.monotonic() + 60
        while not any(s.fields["memory_bytes"] for s in
                      self.side(migration.source.mdevs[0]).segments):
            if time.monotonic() > deadline or migration.poll() in ENDED:
                raise CheckFailed("no device memory went while the migration "
                                  f"was under way: {migration.info}")
            self.pump(0.05)
        migration.limit(1, 1)

    def move(self, source, target, **options):
        """One leg, reported; raises when something was wrong with it. The
        options are those of Plan."""
        settings = self.settings
        options.setdefault("need_precopy", settings.precopy)
        options.setdefault("records", settings.records)
        options.setdefault("counted", "multifd" not in settings.capabilities)
        number = len(self.legs) // settings.devices + 1
        legs = [Leg(number, a.label, b.label, a.size, settings.bw,
                    settings.dirty, source.client.name, target.client.name)
                for a, b in zip(source.mdevs, target.mdevs)]
        self.legs += legs
        run_legs(self, legs, source, target, Plan(**options))
        for leg in legs:
            for line in report.leg_text(leg):
                self.note(line)
        for leg in legs:
            if leg.problems:
                raise CheckFailed(f"leg {number}: {leg.problems[0]}")

    def gave_up(self, vm):
        """Ends with a VM whose QEMU was to refuse what came; what it said."""
        status = vm.wait_end()
        if status != 1:
            raise CheckFailed(f"{vm.name} ended with {status}, not with an "
                              "error of its own")
        self._vms.remove(vm)
        problems = [text for mdev in vm.mdevs for text in mdev.check_reopen()]
        if problems:
            raise CheckFailed(problems[0])
        return vm.unexpected_stderr()

    def retire(self, vm, then=lambda: None):
        """Ends a VM the guest has left; its devices must open again, after
        @then was done to them."""
        problems = vm.quit()
        self.pump()
        self._vms.remove(vm)
        then()
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

    def abandon(self):
        """Ends the VMs at once: a guest that the emulated processor has lost can
        keep a processor of this machine in KVM until its kernel complains."""
        for vm in self._vms:
            vm.kill()
        self._vms.clear()

    def finish(self):
        """Ends and removes what is left, good or bad."""
        for vm in self._vms:
            try:
                self.problems += vm.quit()
            except CheckFailed as error:
                self.problems.append(str(error))
                vm.kill()
        for guest in self.guests:
            self.problems += guest.problems
            guest.close()
        self._log.close()
        for mdev in self._mdevs:
            try:
                mdev.remove()
            except CheckFailed as error:
                self.problems.append(str(error))
        self.trace.collect()

    def consoles(self):
        """All that guests said where they say it when they die."""
        text = ""
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(".console"):
                with open(os.path.join(self.directory, name), encoding="utf-8",
                          errors="replace") as console:
                    text += console.read()
        return text

    def refusals(self):
        """What the devices refused, in all legs."""
        return [error for leg in self.legs for one in (leg.saving, leg.loading)
                if one for error in one.errors]

    def findings(self):
        return [line for guest in self.guests for line in guest.findings]

    def save(self, name, reason, elapsed):
        lines = [line for leg in self.legs for line in report.leg_text(leg)]
        lines += report.summary(self.legs) if self.legs else []
        with open(self._path("report.txt"), "w", encoding="utf-8") as out:
            out.write("\n".join([f"case {name}: {reason or 'ok'}"] + lines)
                      + "\n")
        with open(self._path("result.json"), "w", encoding="utf-8") as out:
            json.dump({"case": name, "ok": not reason, "reason": reason,
                       "seconds": elapsed, "seed": self.seed,
                       "client": self.client.name,
                       "settings": vars(self.settings),
                       "timing": self.timing, "problems": self.problems,
                       "findings": self.findings(),
                       "legs": [leg.document() for leg in self.legs]},
                      out, indent=1, default=str)
