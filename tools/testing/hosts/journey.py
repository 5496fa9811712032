# SPDX-License-Identifier: GPL-2.0
"""A guest goes from one host to another as an operator would have it: documents are
asked for, "find" chooses, "plan" says what mdevctl makes, QEMUs talk over TLS."""
import itertools
import json
import os
import random
import secrets
import shutil
import subprocess
import time
import unittest
import uuid

from agent import MDEVCOMPAT, CheckFailed
from vmige2e import kvm
from vmige2e.cases import dma
from vmige2e.client import Client
from vmige2e.guest import Guest
from vmige2e.migration import Migration
from vmige2e.runner import Settings, guest_words

MIB = 1 << 20
SETTINGS = Settings(irq="msix", dirty=50)
# What leaves its host: two of the smallest, of the second generation.
DEVICE = {"mdev_type": "mcopy-m1", "start": "manual",
          "attrs": [{"aggregator": "2"}, {"migration/profile": "p2"}]}
SIZE = 2 * MIB
# By the newest profile that each knows. The first one there is too old.
PARENTS = {"here": ("parents=1", "max_profile=p2"),
           "there": ("parents=3", "max_profile=p1,,p2")}
TOO_OLD = "there/mcopy0/"
# What nobody has planned: another size, another generation.
UNPLANNED = {"mdev_type": "mcopy-m1", "start": "manual"}
UNKNOWN = "The certificate hasn't got a known issuer"
# An emulated processor may lose a guest, see vmige2e/kvm.py.
TRIES = 4


def note(text):
    print(f"# {text}", flush=True)


def mdevcompat(*words):
    """Exit code and output; errors of its own are failures."""
    done = subprocess.run([MDEVCOMPAT, *words], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 1, 3):
        raise CheckFailed(f"mdevcompat {' '.join(words)}: {done.stderr.strip()}")
    return done.returncode, done.stdout


class Host:
    """One of the two, and what a test has made there."""

    def __init__(self, name, agent, certificates):
        self.name, self.agent = name, agent
        self.own = os.path.join(certificates, name)
        self.guest = None       # kernel, initrd and command line for all QEMUs
        self._names = itertools.count()
        self._devices = {}      # and with which word they shall refuse

    def device(self, parent, definition, refuses=None):
        one = str(uuid.uuid4())
        self.agent.make(one, parent, definition)
        self.adopt(one, refuses)
        return one

    def adopt(self, device, refuses=None):
        """One that was made in another way."""
        self._devices[device] = refuses

    def remove(self, device):
        del self._devices[device]
        self.agent.unmake(device)

    def vm(self, version, device, incoming=False):
        name = f"{self.name}-{next(self._names)}"
        return HostVm(self, name, version, device,
                      self.agent.start(name, version, device, incoming, *self.guest))

    def refusals(self):
        """What devices that are still there have refused, and why."""
        found = [(self.agent.last_error(device), word)
                 for device, word in self._devices.items()]
        return [reason for reason, word in found
                if reason != "none" and not (word and reason.startswith(word))]

    def clean(self):
        """All of it, though some can't be; returns what went wrong."""
        steps = [(self.agent.end, ())]
        steps += [(self.remove, (device,)) for device in self._devices]
        errors = []
        for step, words in steps:
            try:
                step(*words)
            except (CheckFailed, OSError) as error:
                errors.append(f"{self.name}: {error}")
        return errors


class HostVm:
    """A QEMU on one of them; it can do what a Vm can."""

    def __init__(self, host, name, version, device, places):
        self.host, self.name, self.device = host, name, device
        # Where its binary is only its host knows.
        self.client = Client(version, "")
        self.incoming, port = places
        self.port = tuple(port)

    def __getattr__(self, what):
        return lambda *words: self.host.agent.vm(self.name, what, *words)

    def last_error(self):
        return self.host.agent.last_error(self.device)

    def tls(self, endpoint, peer, folder="", verify=True):
        """For the next migration, from or to that host."""
        folder = folder or self.host.own
        name = f"{endpoint}-{os.path.basename(folder)}"
        # Whose certificate is somebody else's can't expect it to look right.
        self.execute("object-add", {
            "qom-type": "tls-creds-x509", "id": name, "dir": folder,
            "endpoint": endpoint, "verify-peer": verify,
            "sanity-check": folder == self.host.own})
        self.execute("migrate-set-parameters", {
            "tls-creds": name, "tls-hostname": peer.name})


def clean(hosts):
    """On each, whatever has become of the others."""
    errors = sum((host.clean() for host in hosts), [])
    if errors:
        raise CheckFailed("; ".join(errors))


def judge(hosts, failure):
    """Why an emulated machine has lost the guest, or ''; of kernels that complain
    nothing is forgiven, nor of devices that refuse something."""
    try:
        fatal, bad = zip(*(host.agent.judge() for host in hosts))
        refused = failure and sum((host.refusals() for host in hosts), [])
    except (CheckFailed, OSError) as error:
        raise CheckFailed(f"a host can't tell any more: {error}") from failure
    if any(bad):
        raise CheckFailed(f"kernel logs: {bad}") from failure
    if refused:
        note(f"refused: {'; '.join(refused)}")
        return ""
    return "; ".join(filter(None, fatal))


def retried(test):
    """Again where the guest was lost and nobody has found anything wrong before."""
    def run(self):
        for attempt in range(1, TRIES + 1):
            for host in self.hosts:
                host.agent.begin()
            failure = None
            try:
                test(self)
            except (CheckFailed, OSError, AssertionError) as error:
                failure = error
            fatal = judge(self.hosts, failure)
            if not failure:
                return
            if attempt == TRIES or not fatal or not kvm.emulated() or \
                    not self.guest or self.guest.findings:
                raise failure
            note(f"{failure}; KVM says {fatal}: the emulated processor lost the "
                 "guest, once more")
            self.tearDown()
    return run


class Journey(unittest.TestCase):
    hosts = here = there = log = folder = boot = stranger = None

    def setUp(self):
        self.guest = None

    def tearDown(self):
        if self.guest:
            self.guest.close()
            self.guest = None
        clean(self.hosts)

    # As an operator

    def store(self, name, document):
        path = os.path.join(self.folder, name + ".json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return path

    def choose(self, source, host):
        """The best of all that this host could make for it: parent, document."""
        shutil.rmtree(os.path.join(self.folder, host.name), ignore_errors=True)
        for name, document in host.agent.documents().items():
            self.store(f"{host.name}/{name}", document)
        _, text = mdevcompat("find", "--rank", "--all", "--json", source,
                             os.path.join(self.folder, host.name))
        found = [json.loads(line) for line in text.splitlines()]
        if host is self.there:
            self.assertEqual({"incompatible"}, {
                one["answer"]["verdict"] for one in found if TOO_OLD in one["target"]})
        best = found[0]
        self.assertNotEqual("incompatible", best["answer"]["verdict"], found)
        fit = [one for one in found if one["answer"]["verdict"] != "incompatible"]
        note(f"find: {len(fit)} of {len(found)} types there take it, the best is "
             f"{best['target']}, set {best['answer']['set']}")
        return best["target"].split("/")[-2], best["target"]

    def prepare(self, vm, host):
        """A device that takes that QEMU's, as "plan" has it."""
        source = self.store("source", vm.host.agent.document(vm.device))
        parent, best = self.choose(source, host)
        device = host.device(parent, mdevcompat("plan", source, best)[1])
        target = self.store("target", host.agent.document(device))
        code, text = mdevcompat("check", "--json", source, target)
        self.assertEqual((0, "compatible"), (code, json.loads(text)["verdict"]))
        return device

    # The guest, and where it goes

    # dma's functions take a test for what runs a case.

    note = staticmethod(note)

    def watch(self, timeout=0.0):
        self.guest.watch(timeout)

    def start_guest(self, version):
        token, seed = secrets.token_hex(8), random.randrange(1, 1 << 32)
        for host in self.hosts:
            host.guest = [*self.boot, guest_words(token, seed, SETTINGS)]
        device = self.here.device("mcopy0", json.dumps(DEVICE))
        vm = self.here.vm(version, device)
        self.guest = Guest(token, self.log)
        self.guest.attach(vm.port)
        self.guest.wait_ready(240)
        self.assertEqual("3.2.0", self.guest.hello["version"])
        dma.start(self)
        return vm

    def works(self):
        """The guest, its device's memory and its DMA."""
        found = self.guest.command("verify")
        self.assertEqual((SIZE, 0, 0), tuple(found[name] for name in
                                             ("bytes", "wrong", "registers")))
        self.assertEqual(([], []), (self.guest.problems, self.guest.findings))
        return dma.watch(self)["transfers"]

    def move(self, vm, host, version):
        """Returns the QEMU in which the guest is then."""
        other = host.vm(version, self.prepare(vm, host), True)
        other.tls("server", vm.host)
        vm.tls("client", host)
        before = self.works()
        self.guest.attach(other.port)
        migration = Migration(vm, other)
        migration.start()
        migration.complete(self.guest.watch)
        self.guest.arrived()
        after = self.works()
        self.assertEqual(["none", "none"], [vm.last_error(), other.last_error()])
        self.assertEqual([], vm.quit())
        self.assertEqual(([], []), (vm.unexpected_stderr(), other.unexpected_stderr()))
        vm.host.remove(vm.device)
        ram = migration.info["ram"]
        note(f"QEMU {vm.client.name} {vm.host.name} -> {version} {host.name}: "
             f"{ram['transferred'] / MIB:.1f} MiB of RAM in {migration.info['total-time']} "
             f"ms, downtime {migration.info['downtime']} ms; {after - before} transfers, "
             f"0 of {SIZE} bytes wrong")
        return other

    def there_and_back(self, version):
        vm = self.start_guest(version)
        vm = self.move(vm, self.there, "10")
        vm = self.move(vm, self.here, version)
        done = dma.stop(self)
        self.assertEqual((0, []), (done["failures"], vm.quit()))

    @retried
    def test_there_and_back_QEMU_7_2(self):
        self.there_and_back("7.2")

    @retried
    def test_there_and_back_QEMU_10(self):
        self.there_and_back("10")

    # What must not be

    def fails(self, vm, other, there, here=""):
        """And the guest goes on where it is; the other QEMU has these words for it,
        and the one that the guest is in those."""
        migration = Migration(vm, other)
        migration.start()
        self.assertEqual("failed", migration.wait(self.guest.watch), migration.info)
        # A moment later, if it had been stopped.
        deadline = time.monotonic() + 30
        while vm.status() != "running" and time.monotonic() < deadline:
            self.watch(0.2)
        self.assertEqual("running", vm.status())
        self.works()
        vm.unexpected_stderr()
        reason = migration.info.get("error-desc", "")
        said = " ".join(other.unexpected_stderr())
        note(f"refused, {vm.client.name} here says: {reason}; there: {said}")
        self.assertIn(here, reason)
        self.assertIn(there, said)
        other.kill()

    def awaits(self, device, folder="", verify=True):
        other = self.there.vm("10", device, True)
        other.tls("server", self.here, folder, verify)
        return other

    def refusals(self, version):
        """One after the other; then the same guest goes there after all."""
        vm = self.start_guest(version)
        device = self.prepare(vm, self.there)
        self.fails(vm, self.awaits(device), "An unexpected TLS packet was received")

        vm.tls("client", self.there, self.stranger)
        self.fails(vm, self.awaits(device), "No certificate was found")

        # Who answers there is unknown, or known as somebody else.
        vm.tls("client", self.there)
        self.fails(vm, self.awaits(device, self.stranger, False), "", UNKNOWN)
        self.fails(vm, self.awaits(device, self.here.own), "",
                   "Certificate does not match the hostname there")

        self.there.remove(device)
        unplanned = self.there.device("mcopy1", json.dumps(UNPLANNED), "capacity-mismatch")
        other = self.awaits(unplanned)
        self.fails(vm, other, "load of migration failed: No space left on device")
        self.assertIn("capacity-mismatch", other.last_error())
        self.there.remove(unplanned)

        vm.execute("object-del", {"id": "client-here"})
        self.move(vm, self.there, "10")

    @retried
    def test_refusals_QEMU_7_2(self):
        self.refusals("7.2")

    @retried
    def test_refusals_QEMU_10(self):
        self.refusals("10")
