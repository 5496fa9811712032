# SPDX-License-Identifier: GPL-2.0
"""Two VMs, each with a libvirt and a parent, and a guest that goes from one to the
other and back."""
import os
import random
import secrets
import socket
import subprocess
import sys

import host
import pair
from base import Base, Setting, node_device, node_name, prepare
from host import DEVICES, TOP
from pair import HERE, THERE

sys.path.insert(0, f"{TOP}/tools/testing/e2e")

# pylint: disable=wrong-import-position
from vmige2e import CheckFailed             # noqa: E402
from vmige2e.guest import Guest             # noqa: E402
from vmige2e.runner import Settings, guest_words    # noqa: E402

PORT = 4555
HOSTS = {HERE: "4f6f1f0e-2d61-4a39-8f5b-1c52e4a0b001",
         THERE: "4f6f1f0e-2d61-4a39-8f5b-1c52e4a0b002"}
A, B = (f"c2177883-f1bb-47f0-914d-32a22e3a88{n}" for n in ("0a", "0b"))
MAP = "/etc/vmig/uuid-map"
SETTINGS = Settings(dirty=50, direct=False)
# An emulated processor may lose a guest, see vmige2e/kvm.py.
BOOTS = 3

BOOT = """
    <kernel>{kernel}</kernel><initrd>{initrd}</initrd>
    <cmdline>{words}</cmdline>
  """
SERIAL = """
    <serial type='file'><source path='/var/log/libvirt/console'/></serial>
    <serial type='tcp'>
      <source mode='bind' host='0.0.0.0' service='{port}'/>
      <protocol type='raw'/>
    </serial>"""


class Log:
    """The system's; there is no other in this VM."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("/dev/log")
        self._socket.setblocking(False)

    def logged(self):
        """The next line, or ''."""
        try:
            return self._socket.recv(4096).decode()
        except BlockingIOError:
            return ""


def serve(out, tree):
    pair.connect(THERE)
    prepare(tree, out, HOSTS[THERE])
    pair.Orders(host.read, host.write, host.virsh, Log().logged).serve()
    host.save_logs(out)
    return 0


def uri(address):
    return f"qemu+tcp://{address}/system"


class Two(Base):
    there = kernel = initrd = log = None

    def on_there(self, *words):
        code, out, err = self.there.virsh(*words)
        self.assertEqual((0, ""), (code, err), words)
        return out

    def define_there(self, uuid, kind="mcopy-m1"):
        path = f"/tmp/{uuid}.xml"
        self.there.write(path, host.read(node_device(uuid, kind)))
        self.on_there("nodedev-define", path)
        self.addCleanup(self.there.virsh, "nodedev-undefine", node_name(uuid))

    def end_there(self):
        self.there.virsh("destroy", "one")
        self.there.virsh("undefine", "one")
        self.there.write(MAP, "")

    def mdevs(self, address):
        """Here, or there."""
        return (os.listdir if address == HERE else self.there.listdir)(DEVICES)

    def setUp(self):
        self.define(A)
        self.define_there(B)
        self.addCleanup(self.end_there)

    def stay_here(self, words, *more):
        """A migration is refused, with these words."""
        said = self.refused("migrate", "--live", *more, "one", uri(THERE),
                            f"tcp://{THERE}")
        self.assertIn(words, said)
        self.assertEqual("paused", self.virsh("domstate", "one"))
        self.assertEqual("", self.on_there("list", "--all"))
        self.assertEqual(([A], []), (self.mdevs(HERE), self.mdevs(THERE)))

    def test_map_that_is_wrong(self):
        self.domain(A)
        self.virsh("start", "--paused", "one")
        self.there.write(MAP, f"{A}\n")
        self.stay_here(f"vmig: {MAP}:1: not two UUIDs")

    def test_no_map(self):
        self.domain(A)
        self.virsh("start", "--paused", "one")
        self.stay_here(A)

    def test_device_that_does_not_fit(self):
        """What libvirt has to say is not much; the rest is in the log there."""
        self.there.virsh("nodedev-undefine", node_name(B))
        self.define_there(B, "mcopy-m16")
        self.domain(A)
        self.virsh("start", "--paused", "one")
        self.there.write(MAP, f"{A} {B}\n")
        while self.there.logged():
            pass
        self.stay_here("job 'migration out' unexpectedly failed")
        self.assertEqual(f"<28>vmig: {B}: last_error capacity-mismatch record=0 "
                         "type=SELF field=capacity errno=28", self.there.logged())

    def persistent(self, *more):
        """A paused domain goes there to stay; returns what is kept of it."""
        self.virsh("start", "--paused", "one")
        self.virsh("migrate", "--live", "--persistent", *more, "one", uri(THERE),
                   f"tcp://{THERE}")
        self.assertEqual(([], [B]), (self.mdevs(HERE), self.mdevs(THERE)))
        self.assertIn(B, self.on_there("dumpxml", "one"))
        self.on_there("destroy", "one")
        self.assertEqual([], self.mdevs(THERE))
        kept = self.on_there("dumpxml", "--inactive", "one")
        self.on_there("undefine", "one")
        return kept

    def test_definition_that_is_left_there(self):
        """The hook is given the domain that runs, and not what is kept of it."""
        self.domain(A)
        self.there.write(MAP, f"{A} {B}\n")
        kept = self.persistent()
        self.assertIn(A, kept)
        host.write("/tmp/kept.xml", kept.replace(A, B))
        kept = self.persistent("--persistent-xml", "/tmp/kept.xml")
        self.assertIn(B, kept)

    def boot(self):
        """A guest that works on its device."""
        for attempt in range(BOOTS):
            token, seed = secrets.token_hex(8), random.randrange(1, 1 << 32)
            boot = BOOT.format(kernel=self.kernel, initrd=self.initrd,
                               words=guest_words(token, seed, SETTINGS))
            self.domain(A, boot=boot, serial=SERIAL.format(port=PORT))
            self.virsh("start", "one")
            guest = Guest(token, self.log)
            try:
                guest.attach((HERE, PORT))
                guest.wait_ready(120)
                return guest
            except CheckFailed as error:
                print(f"# boot {attempt + 1}: {error}", flush=True)
                guest.close()
                self.end_domain("one")
        self.fail("no guest came up")

    def move(self, guest, start, target):
        """While the guest works; start() starts virsh."""
        process = start()
        guest.attach((target, PORT), 60)
        while process.poll() is None:
            guest.pump(0.5)
        self.assertEqual((0, ""), (process.returncode, process.stderr.read()))
        guest.arrived()
        found = guest.command("verify")
        self.assertEqual((1 << 20, 0, 0), tuple(found[name] for name in
                                                ("bytes", "wrong", "registers")))
        self.assertEqual(([], []), (guest.problems, guest.findings))

    @staticmethod
    def virsh_migrate(at, target, *more):
        return subprocess.Popen(
            ["virsh", "-q", "-c", uri(at), "migrate", "--live", *more, "one",
             uri(target), f"tcp://{target}"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def test_there_by_the_map_and_back_by_hand(self):
        guest = self.boot()
        self.addCleanup(guest.close)
        self.there.write(MAP, f"{A} {B}\n")
        self.move(guest, lambda: self.virsh_migrate(HERE, THERE), THERE)
        self.assertEqual(([], [B]), (self.mdevs(HERE), self.mdevs(THERE)))
        self.assertEqual("running", self.on_there("domstate", "one"))
        xml = self.on_there("dumpxml", "--migratable", "one")
        self.assertIn(B, xml)
        host.write("/tmp/back.xml", xml.replace(B, A))
        self.move(guest, lambda: self.virsh_migrate(
            THERE, HERE, "--xml", "/tmp/back.xml"), HERE)
        self.assertEqual(([A], []), (self.mdevs(HERE), self.mdevs(THERE)))
        self.assertEqual("running", self.virsh("domstate", "one"))


def begin(kernel, image, log):
    """Before the tests."""
    Two.kernel, Two.initrd = os.path.realpath(kernel), f"{image}/guest.cpio.gz"
    Two.log = log
    Two.there = pair.control()
