# SPDX-License-Identifier: GPL-2.0
"""The hook as libvirt calls it, with an mdevctl and a sysfs of plain files."""
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
HOOK = os.path.join(HERE, "../../mdevcompat/libvirt/qemu")

A, B, C = (f"{n:08x}-1111-4222-8333-444444444444" for n in (10, 11, 12))
ONE, TWO = (f"{n:08x}-9999-4222-8333-444444444444" for n in (1, 2))

MDEVCTL = """#!/bin/sh
cd "$(dirname "$0")" || exit 1
action=$1 uuid=
shift
while [ $# -gt 0 ]; do [ "$1" != --uuid ] || uuid=$2; shift; done
case $action in
list) cat "definitions/$uuid" 2>/dev/null; exit 0 ;;
start) grep -q good "definitions/$uuid" || { echo "no room for $uuid" >&2; exit 1; }
	mkdir "devices/$uuid" ;;
stop) [ ! -e stuck ] || { echo "still open" >&2; exit 1; }
	mv "devices/$uuid" "removed/$uuid.$(ls removed | wc -l)" ;;
esac || exit 1
echo "$action $uuid" >>log
"""
DOMAIN = """<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>a &amp; b</name>
  <uuid>{uuid}</uuid>
  <!-- <hostdev type='mdev'><source><address uuid='{a}'/></source></hostdev> -->
  <metadata><x:y xmlns:x='urn:x'>f\u00fcr {a}</x:y></metadata>
  <devices>
    <hostdev mode='subsystem' type='pci' managed='yes'><source>
      <address domain='0x0000' bus='0x00' slot='0x04' function='0x0'/>
    </source></hostdev>
{hostdevs}  </devices>
  <qemu:commandline><qemu:arg value='-name'/></qemu:commandline>
</domain>
"""
HOSTDEV = """    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>
      <source>
        <address  uuid={quote}{mdev}{quote} />
      </source>
      <alias name='ua-{mdev}'/>
    </hostdev>
"""


def xml(*mdevs, uuid=ONE, quote="'"):
    hostdevs = "".join(HOSTDEV.format(mdev=mdev, quote=quote) for mdev in mdevs)
    return DOMAIN.format(uuid=uuid, hostdevs=hostdevs, a=A)


class Hook(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vmig-hook")
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("definitions", "devices", "removed"):
            os.mkdir(self.path(name))
        self.write("mdevctl", MDEVCTL)
        os.chmod(self.path("mdevctl"), 0o755)
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C",
                    "VMIG_STATE": self.path("state"),
                    "VMIG_UUID_MAP": self.path("map"),
                    "VMIG_DEVICES": self.path("devices"),
                    "VMIG_LOG": self.path("syslog"),
                    "VMIG_MDEVCTL": self.path("mdevctl")}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def define(self, *mdevs, kind="good"):
        for mdev in mdevs:
            self.write(f"definitions/{mdev}", kind)

    def make(self, mdev):
        os.mkdir(self.path("devices", mdev))

    def log(self):
        """What mdevctl has done since the last call."""
        try:
            with open(self.path("log"), encoding="ascii") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
        finally:
            self.write("log", "")

    def call(self, operation, text, sub="begin"):
        done = subprocess.run([HOOK, "name", operation, sub, "-"], env=self.env,
                              input=text.encode(), capture_output=True, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def fine(self, operation, text, sub="begin", answer=""):
        self.assertEqual((0, answer, ""), self.call(operation, text, sub))

    def refused(self, reason, operation, text, sub="begin"):
        self.assertEqual((1, "", f"vmig: {reason}\n"), self.call(operation, text, sub))


class Managed(Hook):
    def test_absent_is_started_and_stopped(self):
        self.define(A, B)
        self.fine("prepare", xml(A, B))
        self.assertEqual([f"start {A}", f"start {B}"], self.log())
        self.fine("started", xml(A, B))
        self.fine("stopped", xml(A, B), "end")
        self.assertEqual([], self.log())
        self.fine("release", xml(A, B), "end")
        self.assertEqual([f"stop {A}", f"stop {B}"], self.log())
        self.assertEqual(["lock"], os.listdir(self.path("state")))

    def test_present_is_left(self):
        self.define(A, B)
        self.make(A)
        self.fine("prepare", xml(A, B))
        self.fine("release", xml(A, B), "end")
        self.assertEqual([f"start {B}", f"stop {B}"], self.log())
        self.assertEqual([A], os.listdir(self.path("devices")))

    def test_present_leaves_no_trace(self):
        self.make(A)
        self.fine("prepare", xml(A))
        self.assertFalse(os.path.exists(self.path("state")))

    def test_undefined_is_left_to_libvirt(self):
        self.fine("prepare", xml(A))
        self.assertEqual([], self.log())

    def test_reason_of_mdevctl(self):
        self.define(A)
        self.define(B, kind="large")
        self.refused(f"mdevctl start --uuid {B}: no room for {B}",
                     "prepare", xml(A, B))
        self.assertEqual([f"start {A}", f"stop {A}"], self.log())
        self.fine("release", xml(A, B), "end")
        self.assertEqual([], self.log())

    def test_no_mdevctl(self):
        self.env["VMIG_MDEVCTL"] = self.path("nothing")
        self.refused(f"{self.path('nothing')}: No such file or directory",
                     "prepare", xml(A))

    def test_last_domain_stops_it(self):
        """The second comes before the hook of the first has stopped it."""
        self.define(A)
        self.fine("prepare", xml(A))
        self.fine("prepare", xml(A, uuid=TWO))
        self.fine("release", xml(A), "end")
        self.assertEqual([f"start {A}"], self.log())
        self.fine("release", xml(A, uuid=TWO), "end")
        self.assertEqual([f"stop {A}"], self.log())

    def test_refused_domain_stops_nothing_of_the_others(self):
        """libvirt refuses a device in use, and lets the hook clean up."""
        self.define(A)
        self.fine("prepare", xml(A))
        self.fine("prepare", xml(A, uuid=TWO))
        self.fine("release", xml(A, uuid=TWO), "end")
        self.assertEqual([f"start {A}"], self.log())
        self.fine("release", xml(A), "end")
        self.assertEqual([f"stop {A}"], self.log())

    def test_made_anew_by_someone_is_not_ours(self):
        self.define(A)
        self.fine("prepare", xml(A))
        os.rename(self.path("devices", A), self.path("removed", A))
        self.make(A)
        self.log()
        self.fine("release", xml(A), "end")
        self.assertEqual([], self.log())
        self.assertEqual(["lock"], os.listdir(self.path("state")))

    def test_unplugged_meanwhile_is_stopped(self):
        self.define(A, B)
        self.fine("prepare", xml(A, B))
        self.log()
        self.fine("release", xml(B), "end")
        self.assertEqual([f"stop {A}", f"stop {B}"], self.log())

    def test_last_error_is_logged(self):
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(log.close)
        log.bind(self.path("syslog"))
        log.settimeout(10)
        self.define(A, B, C)
        self.fine("prepare", xml(A, B, C))
        for uuid, error in ((A, "none"), (B, "capacity-mismatch")):
            os.mkdir(self.path("devices", uuid, "migration"))
            self.write(f"devices/{uuid}/migration/last_error", error + "\n")
        self.fine("release", xml(A, B, C), "end")
        self.assertEqual(f"<28>vmig: {B}: last_error capacity-mismatch",
                         log.recv(4096).decode())
        log.setblocking(False)
        self.assertRaises(BlockingIOError, log.recv, 1)

    def test_what_could_not_be_stopped_is_stopped_later(self):
        self.define(A)
        self.fine("prepare", xml(A))
        self.write("stuck", "")
        self.refused(f"mdevctl stop --uuid {A}: still open", "release", xml(A), "end")
        os.unlink(self.path("stuck"))
        self.fine("prepare", xml(A))
        self.fine("release", xml(A), "end")
        self.assertEqual([f"start {A}", f"stop {A}"], self.log())


class Other(Hook):
    def test_domain_without_mdev(self):
        self.env["VMIG_MDEVCTL"] = "/nothing"
        self.write("map", "not a map")
        for operation, sub in (("prepare", "begin"), ("start", "begin"),
                               ("started", "begin"), ("stopped", "end"),
                               ("release", "end"), ("migrate", "begin"),
                               ("restore", "begin"), ("reconnect", "begin")):
            self.fine(operation, xml(), sub)
            self.fine(operation, "", sub)

    def test_other_operations_with_mdev(self):
        self.define(A)
        for operation, sub in (("start", "begin"), ("restore", "begin"),
                               ("stopped", "end"), ("prepare", "end")):
            self.fine(operation, xml(A), sub)
        self.assertEqual([], self.log())

    def test_release_without_mdev_while_others_run(self):
        self.define(A)
        self.fine("prepare", xml(A))
        self.log()
        self.fine("release", xml(uuid=TWO), "end")
        self.assertEqual([], self.log())

    def test_xml_of_nobody(self):
        code, _, said = self.call("prepare", "<domain>mdev")
        self.assertEqual(1, code)
        self.assertIn("vmig: the domain's XML: ", said)


class Migrate(Hook):
    def map(self, *pairs, more=""):
        self.write("map", "# source, here\n\n" + more +
                   "".join(f"{a}\t{b}  # words\n" for a, b in pairs))

    def test_only_the_device_changes(self):
        for quote in "'\"":
            self.map((A.upper(), B))
            changed = xml(A, C, quote=quote).replace(f"address  uuid={quote}{A}",
                                                     f"address  uuid={quote}{B}")
            self.fine("migrate", xml(A, C, quote=quote), answer=changed)
            self.assertEqual(1, changed.count(B))

    def test_several(self):
        self.map((A, B), (B, A))
        answer = self.call("migrate", xml(A, C, B))[1]
        self.assertEqual([B, C, A], [line.split("'")[1] for line in answer.split("\n")
                                     if "<address  uuid" in line])

    def test_nothing_to_change(self):
        self.fine("migrate", xml(A))
        self.map((B, C))
        self.fine("migrate", xml(A))

    def test_malformed_map(self):
        for bad in (f"{A}\n", f"{A} {B} {C}\n", f"{A} ../../tmp\n", f"{A} {B[:-1]}\n"):
            self.map(more=bad)
            self.refused(f"{self.path('map')}:3: not two UUIDs, the source's and ours",
                         "migrate", xml(A))

    def test_ambiguous_map(self):
        self.map((A, B), (A, C))
        self.refused(f"{self.path('map')}:4: {A} is there twice", "migrate", xml(A))
        self.map((A, C))
        self.refused(f"{self.path('map')}: gives {C} to two devices of the domain",
                     "migrate", xml(A, C))


if __name__ == "__main__":
    unittest.main()
