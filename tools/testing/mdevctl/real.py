# SPDX-License-Identifier: GPL-2.0
"""A real mdevctl, the real drivers, as root in a VM."""
import contextlib
import fcntl
import json
import os
import shutil
import struct
import subprocess
import time

import tap
import tree
from callout import NEW, OTHER, PROFILE, QUEUES, RING, THIRD, definition

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
DEVICES = "/sys/bus/mdev/devices"
PARENTS = "/sys/class/mdev_bus"
PLAN = definition("mcopy-m1", [("aggregator", "4"), (PROFILE, "p1")])
VFIO_SET_IOMMU, VFIO_GROUP_SET_CONTAINER, VFIO_GROUP_GET_DEVICE_FD = \
    0x3b66, 0x3b68, 0x3b6a
VFIO_TYPE1_IOMMU = 1


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().rstrip("\n")


@contextlib.contextmanager
def opened(uuid):
    """As a VMM has a device open."""
    group = os.path.basename(os.readlink(f"{DEVICES}/{uuid}/iommu_group"))
    with open("/dev/vfio/vfio", "r+b", buffering=0) as container, \
            open(f"/dev/vfio/{group}", "r+b", buffering=0) as file:
        fcntl.ioctl(file, VFIO_GROUP_SET_CONTAINER, struct.pack("i", container.fileno()))
        fcntl.ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU)
        device = fcntl.ioctl(file, VFIO_GROUP_GET_DEVICE_FD,
                             bytearray(uuid.encode() + b"\0"), True)
        try:
            yield
        finally:
            os.close(device)


class Real(tap.Suite):
    """With the root folder of what it finds beside /sys. The one that is installed
    works on the VM's own /etc; the other wants a folder in /usr, too, which can't
    be made there."""

    def __init__(self, program, mdevctl, root=""):
        super().__init__()
        self.mdevctl = mdevctl
        self.env = dict(os.environ, RUST_BACKTRACE="0")
        self.env.pop("MDEVCTL_ENV_ROOT", None)
        if root:
            self.env["MDEVCTL_ENV_ROOT"] = root
            os.makedirs(f"{root}/etc/mdevctl.d")
            for kind in ("callouts", "notifiers"):
                os.makedirs(f"{root}/usr/lib/mdevctl/scripts.d/{kind}")
            os.symlink("/sys", f"{root}/sys")
        version = self.ask("--version").split()[-1]
        self.prefix = f"mdevctl {version}: "
        self.has_live = not version.startswith("1.2.")
        self.definitions = f"{root}/etc/mdevctl.d"
        folder = f"{self.definitions}/scripts.d/callouts"
        os.makedirs(folder, exist_ok=True)
        shutil.copy(program, f"{folder}/vmig.sh")
        if not self.has_live:
            self.tests = [name for name in self.tests if "_live_" not in name]
            self.mend_rule()

    @staticmethod
    def mend_rule():
        """Debian's calls /usr/sbin/mdevctl, but it lies in /usr/bin."""
        rule = read("/lib/udev/rules.d/60-mdevctl.rules")
        tree.write("/etc/udev/rules.d/60-mdevctl.rules",
                   rule.replace("/usr/sbin/mdevctl", "/usr/bin/mdevctl") + "\n")
        subprocess.run(["udevadm", "control", "--reload"], check=True)

    # What is done

    def call(self, *args):
        done = subprocess.run([self.mdevctl, *args], env=self.env, text=True,
                              capture_output=True, check=False, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *args):
        """It has to work, without a complaint."""
        code, out, err = self.call(*args)
        self.same((0, ""), (code, err), args)
        return out

    def refused(self, reason, *args):
        """mdevctl says which script it was, and then that it failed."""
        code, out, err = self.call(*args)
        self.same((1, "", f"vmig.sh: {reason}"), (code, out, err.split("\n")[0]), args)

    @staticmethod
    def file(content):
        with open("/tmp/plan.json", "w", encoding="ascii") as file:
            json.dump(content, file)
        return "--jsonfile=/tmp/plan.json"

    def define(self, uuid, content, parent="mcopy0"):
        self.same("", self.ask("define", "-p", parent, "-u", uuid, self.file(content)))

    def clean(self):
        for uuid in os.listdir(DEVICES):
            tree.write(f"{DEVICES}/{uuid}/remove", "1")
        for parent in ("mcopy0", "tally"):
            shutil.rmtree(f"{self.definitions}/{parent}", ignore_errors=True)

    # What is seen

    def defined(self, uuid, parent="mcopy0"):
        path = f"{self.definitions}/{parent}/{uuid}"
        return json.loads(read(path)) if os.path.exists(path) else None

    def is_now(self, uuid, *expected):
        """Aggregator, profile and parameters."""
        self.same(expected, tuple(
            read(f"{DEVICES}/{uuid}/{name}")
            for name in ("aggregator", PROFILE, QUEUES, RING)), uuid)

    # The tests

    def test_the_documents_of_the_other_tests_are_true(self):
        for parent, name, document in (
                *(("mcopy0", name, tree.mcopy_document(name)) for name in tree.TYPES),
                ("tally", "tally-1", tree.tally_document())):
            folder = f"{PARENTS}/{parent}/mdev_supported_types/{name}"
            seen = json.loads(read(f"{folder}/migration_compatible"))
            if parent == "tally":
                # Nobody asks for a bus here.
                seen["self"].pop("bus")
            self.same(document, seen)
            self.same(" ".join(document["create"]),
                      read(f"{folder}/migration/dynamic_resources"))

    def test_a_plan_is_defined_started_and_read_back(self):
        self.clean()
        self.define(NEW, PLAN)
        self.same(PLAN, self.defined(NEW))
        self.same(f"{NEW} mcopy0 mcopy-m1 manual", self.ask("list", "-d").strip())
        self.same("", self.ask("start", "-u", NEW))
        self.is_now(NEW, "4", "p1", "1", "4096")
        self.same("4", read(f"{DEVICES}/{NEW}/migration/capacity"))
        self.same("3.1.0", read(f"{DEVICES}/{NEW}/migration/software_version"))
        self.same(PLAN, json.loads(self.ask("list", "-u", NEW, "--dumpjson")))

    def test_what_mdevcompat_plans_takes_the_source(self):
        """A device of another type, and of an older generation."""
        self.clean()
        source = f"{TOP}/Documentation/example/device.json"
        program = f"{TOP}/build/mdevcompat/mdevcompat"
        for name in ("mcopy-m1", "mcopy-m16"):
            folder = f"{PARENTS}/mcopy0/mdev_supported_types/{name}"
            plan = subprocess.check_output([program, "plan", source, folder])
            self.define(NEW, json.loads(plan))
            self.ask("start", "-u", NEW)
            self.is_now(NEW, "16" if name == "mcopy-m1" else "1", "p2", "1", "4096")
            self.same(0, subprocess.call([program, "check", source, NEW],
                                         stdout=subprocess.DEVNULL))
            self.ask("stop", "-u", NEW)
            self.ask("undefine", "-u", NEW)

    def test_a_modified_definition_is_for_the_next_start(self):
        self.clean()
        self.define(NEW, PLAN)
        self.ask("start", "-u", NEW)
        attrs = [("aggregator", "4"), (PROFILE, "p3"), (QUEUES, "2"), (RING, "4096")]
        if self.has_live:
            self.ask("modify", "-u", NEW, "-p", "mcopy0",
                     self.file(definition("mcopy-m1", attrs)))
        else:
            for name, value in attrs[1:]:
                self.ask("modify", "-u", NEW, f"--addattr={name}", f"--value={value}")
            self.ask("modify", "-u", NEW, "--delattr", "--index=1")
        wanted = definition("mcopy-m1", attrs)
        self.same(wanted, self.defined(NEW))
        self.refused("aggregator: 1025 is not in 1..1024", "modify", "-u", NEW,
                     "--addattr=aggregator", "--value=1025")
        self.refused(f"{QUEUES}: with num_queues 3, ring_max has to be at most 1024, "
                     "not 4096", "modify", "-u", NEW, f"--addattr={QUEUES}", "--value=3")
        self.same(wanted, self.defined(NEW))
        self.is_now(NEW, "4", "p1", "1", "4096")
        self.ask("stop", "-u", NEW)
        self.same([], os.listdir(DEVICES))
        self.ask("start", "-u", NEW)
        self.is_now(NEW, "4", "p3", "2", "4096")
        self.ask("undefine", "-u", NEW)
        self.same(None, self.defined(NEW))
        self.is_now(NEW, "4", "p3", "2", "4096")

    def test_a_device_that_is_there_is_defined_as_it_is(self):
        for name, attrs, expected in (
                ("mcopy-m16", [("aggregator", "3"), (PROFILE, "p2")],
                 [("aggregator", "3"), (PROFILE, "p2")]),
                ("mcopy-m1024", [], [(PROFILE, "p3"), (QUEUES, "4"), (RING, "1024")]),
                ("mcopy-m1", [(QUEUES, "1"), (RING, "4096")],
                 [("aggregator", "1"), (PROFILE, "p3"), (QUEUES, "1"), (RING, "4096")])):
            self.clean()
            self.ask("start", "-u", NEW, "-p", "mcopy0",
                     self.file(definition(name, attrs)))
            before = [read(f"{DEVICES}/{NEW}/{file}")
                      for file in ("aggregator", PROFILE, QUEUES, RING)]
            self.ask("define", "-u", NEW)
            self.same(definition(name, expected), self.defined(NEW))
            self.ask("stop", "-u", NEW)
            self.ask("start", "-u", NEW)
            self.is_now(NEW, *before)

    def test_what_cannot_be_made_is_not_defined(self):
        self.clean()
        for name, attrs, reason in (
                ("mcopy-m1024", [("aggregator", "2")], "aggregator: 2 is not 1"),
                ("mcopy-m1", [(PROFILE, "p4")], f"{PROFILE}: p4 is not one of p1 p2 p3"),
                ("mcopy-m1", [(PROFILE, "p1"), (QUEUES, "2")],
                 f"{QUEUES}: profile p1 has no such parameter"),
                ("mcopy-m1", [(RING, "4096")],
                 f"{RING}: with num_queues 4, ring_max has to be at most 1024, not 4096")):
            self.refused(reason, "define", "-p", "mcopy0", "-u", NEW,
                         self.file(definition(name, attrs)))
        self.refused(reason, "start", "-p", "mcopy0", "-u", NEW,
                     self.file(definition(name, attrs)))
        self.same(None, self.defined(NEW))
        self.same([], os.listdir(DEVICES))

    def test_who_starts_by_himself_clashes_with_nobody(self):
        self.clean()
        self.define(OTHER, definition("mcopy-m1024", [], "auto"))
        self.define(THIRD, definition("mcopy-m256", [("aggregator", "3")], "auto"))
        plan = definition("mcopy-m1", [("aggregator", "257")], "auto")
        reason = "start: auto takes 257 of 2048 units of pool mcopy, of which others take "
        code, out, err = self.call("define", "-p", "mcopy0", "-u", NEW, self.file(plan))
        self.same((1, ""), (code, out))
        self.same(True, err.startswith(f"vmig.sh: {reason}"), err)
        for other in (f"{OTHER} 1024", f"{THIRD} 768"):
            self.same(True, other in err, err)
        plan["start"] = "manual"
        self.define(NEW, plan)
        self.same(1, self.call("modify", "-u", NEW, "--auto")[0])
        self.same("manual", self.defined(NEW)["start"])
        self.ask("modify", "-u", THIRD, "--manual")
        self.ask("modify", "-u", NEW, "--auto")

    def test_what_starts_by_itself_does_when_the_parent_comes(self):
        self.clean()
        self.define(NEW, dict(PLAN, start="auto"))
        self.define(OTHER, definition("mcopy-m1", [(QUEUES, "2"), (RING, "4096")], "auto"))
        self.define(THIRD, PLAN)
        load("--unload")
        self.same(False, os.path.exists(DEVICES) and bool(os.listdir(DEVICES)))
        load()
        if self.has_live:
            self.ask("start-parent-mdevs", "mcopy0")
        else:
            # udev has seen the parent, and calls the mdevctl that is installed.
            self.wait_for(NEW, OTHER)
        self.same({NEW, OTHER}, set(os.listdir(DEVICES)))
        self.is_now(NEW, "4", "p1", "1", "4096")
        self.is_now(OTHER, "1", "p3", "2", "4096")

    @staticmethod
    def wait_for(*uuids):
        end = time.monotonic() + 30
        while time.monotonic() < end and not all(
                os.path.exists(f"{DEVICES}/{uuid}") for uuid in uuids):
            time.sleep(0.2)
        subprocess.run(["udevadm", "settle", "--timeout=30"], check=True)

    def test_no_start_without_room_in_the_pool(self):
        self.clean()
        for uuid in (OTHER, THIRD):
            self.define(uuid, definition("mcopy-m1024", []))
        self.define(NEW, definition("mcopy-m16", [("aggregator", "2")]))
        self.ask("start", "-u", OTHER)
        self.ask("start", "-u", NEW)
        self.refused("aggregator: 1 takes 1024 units of pool mcopy, which has 992 of "
                     "2048 left", "start", "-u", THIRD)
        self.same({NEW, OTHER}, set(os.listdir(DEVICES)))
        self.ask("stop", "-u", NEW)
        self.ask("start", "-u", THIRD)

    def test_an_open_device_stays_what_it_is_at_a_live_change(self):
        self.clean()
        self.define(NEW, PLAN)
        self.ask("start", "-u", NEW)
        change = self.file(definition("mcopy-m1", [("aggregator", "2")]))
        with opened(NEW):
            self.refused(f"live: {NEW} is open, it can only be changed while it is closed",
                         "modify", "-u", NEW, "--live", "--defined", change)
            self.is_now(NEW, "4", "p1", "1", "4096")
            self.same(PLAN, self.defined(NEW))
            # That is for later.
            self.ask("modify", "-u", NEW, "-p", "mcopy0", change)
        self.ask("modify", "-u", NEW, "--live", change)
        self.is_now(NEW, "2", "p3", "4", "1024")

    def test_a_live_change_comes_from_anything_to_anything(self):
        self.clean()
        self.ask("start", "-u", NEW, "-p", "mcopy0", "-t", "mcopy-m16")
        for attrs, expected in (
                ([(QUEUES, "1"), (RING, "4096")], ("1", "p3", "1", "4096")),
                # Here the queues have to wait for the rings.
                ([(QUEUES, "4"), (RING, "1024")], ("1", "p3", "4", "1024")),
                ([("aggregator", "64"), (PROFILE, "p2")], ("64", "p2", "1", "4096")),
                ([], ("1", "p3", "4", "1024"))):
            self.ask("modify", "-u", NEW, "--live",
                     self.file(definition("mcopy-m16", attrs)))
            self.is_now(NEW, *expected)
        self.refused("aggregator: 65 is not in 1..64", "modify", "-u", NEW, "--live",
                     self.file(definition("mcopy-m16", [("aggregator", "65")])))

    def test_a_model_without_profiles_and_pool(self):
        self.clean()
        name, attrs = "tally-1", [("migration/param_counters", "8")]
        self.define(NEW, definition(name, attrs), "tally")
        self.ask("start", "-u", NEW)
        self.same("8", read(f"{DEVICES}/{NEW}/migration/param_counters"))
        self.same(definition(name, attrs),
                  json.loads(self.ask("list", "-u", NEW, "--dumpjson")))
        self.refused("migration/param_counters: 9 is not in 1..8", "modify", "-u", NEW,
                     "--addattr=migration/param_counters", "--value=9")
        self.clean()


def load(*args):
    """The modules, tally, too."""
    subprocess.run([f"{TOP}/scripts/load", *args], check=True)
    if not args:
        subprocess.run(["insmod", os.path.join(os.environ["VMIG_MODULES"],
                                               "drivers/tally/tally.ko")], check=True)
