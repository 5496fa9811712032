# SPDX-License-Identifier: GPL-2.0
"""One libvirt: node devices, a domain whose devices the hook starts, and a
migration that is refused. No guest runs here, the domains stay paused."""
import os

import host
from base import Base, Setting, mdevs, node_name
from host import DEVICES, read

PARENTS = "/sys/class/mdev_bus"
A, B, MISSING = (f"c2177883-f1bb-47f0-914d-32a22e3a880{n}" for n in (1, 2, 3))


class NodeDevices(Base):
    def test_parent_is_the_function(self):
        """Not the virtual one, which libvirt does not look for."""
        self.assertIn("mcopy0", os.listdir(PARENTS))
        self.assertEqual(Setting.parent, self.virsh("nodedev-list", "--cap", "mdev_types"))

    def test_types_are_those_of_sysfs(self):
        seen = {}
        for entry in self.xml("nodedev-dumpxml", Setting.parent).iter("type"):
            seen[entry.get("id")] = [(one.tag, one.text) for one in entry]
        folder = f"{PARENTS}/{Setting.function}/mdev_supported_types"
        self.assertEqual({
            name: [("name", read(f"{folder}/{name}/name")),
                   ("deviceAPI", "vfio-pci"),
                   ("availableInstances", read(f"{folder}/{name}/available_instances"))]
            for name in os.listdir(folder)}, seen)

    def test_defined_started_shown_and_gone(self):
        self.define(A, "mcopy-m16", aggregator=2, migration__profile="p1")
        self.assertEqual(node_name(A), self.virsh("nodedev-list", "--inactive"))
        self.virsh("nodedev-start", node_name(A))
        self.assertEqual(["32", "p1"], [read(f"{DEVICES}/{A}/migration/{name}")
                                        for name in ("capacity", "profile")])
        host.wait("nodedev-info", node_name(A))
        self.assertIn(node_name(A), self.virsh("nodedev-list", "--cap", "mdev"))
        seen = self.xml("nodedev-dumpxml", node_name(A))
        self.assertEqual((Setting.parent, "mcopy-m16", A),
                         (seen.findtext("parent"),
                          seen.find("capability/type").get("id"),
                          seen.findtext("capability/uuid")))
        self.virsh("nodedev-destroy", node_name(A))
        self.assertEqual([], mdevs())
        self.virsh("nodedev-undefine", node_name(A))
        self.assertEqual("", self.virsh("nodedev-list", "--inactive"))

    def test_what_the_driver_refuses_is_told(self):
        self.define(A, aggregator=5000)
        self.assertIn("aggregator", self.refused("nodedev-start", node_name(A)))
        self.assertEqual([], mdevs())


class Managed(Base):
    def test_absent_is_started_and_stopped(self):
        self.define(A, aggregator=2)
        self.domain(A)
        self.assertEqual([], mdevs())
        self.virsh("start", "--paused", "one")
        self.assertEqual("2", read(f"{DEVICES}/{A}/aggregator"))
        self.virsh("destroy", "one")
        self.assertEqual([], mdevs())

    def test_present_is_left(self):
        self.define(A)
        self.define(B)
        self.virsh("nodedev-start", node_name(B))
        self.domain(A, B)
        self.virsh("start", "--paused", "one")
        self.assertEqual([A, B], mdevs())
        self.virsh("destroy", "one")
        self.assertEqual([B], mdevs())

    def test_undefined_is_told(self):
        self.domain(MISSING)
        self.assertIn(MISSING, self.refused("start", "one"))

    def test_reason_of_mdevctl_is_told(self):
        self.define(A)
        self.define(B, aggregator=5000)
        self.domain(A, B)
        said = self.refused("start", "--paused", "one")
        self.assertIn(f"mdevctl start --uuid {B}: ", said)
        self.assertEqual([], mdevs())

    def test_second_domain_with_the_same_device(self):
        self.define(A)
        self.domain(A)
        self.domain(A, name="two")
        self.virsh("start", "--paused", "one")
        self.assertIn("one", self.refused("start", "--paused", "two"))
        self.assertEqual([A], mdevs())
        self.virsh("destroy", "one")
        self.assertEqual([], mdevs())


class Migration(Base):
    def test_refused_at_once_with_the_reason(self):
        self.define(A)
        self.domain(A, migratable=False)
        self.virsh("start", "--paused", "one")
        said = self.refused("migrate", "--live", "one", "qemu+tcp://localhost/system")
        self.assertIn("VFIO device doesn't support migration", said)
        self.assertEqual("paused", self.virsh("domstate", "one"))
