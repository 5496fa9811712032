# SPDX-License-Identifier: GPL-2.0
"""What is asked of the machine's own sysfs, here a folder that looks like it."""
import json
import os
import tempfile
import unittest

from tests.program import COMPATIBLE, INCOMPATIBLE, UNREADABLE, device, run, write

UUID = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"


def a_type(units):
    document = device(capacity=units, mdev_type=f"one-{units}")
    document["scope"] = "type"
    document["pool"] = {"id": "one", "total": 64, "units": units}
    document["create"] = {"aggregator": {"capacity_div": units, "min": 1, "max": 16}}
    document["compatible"][0]["capacity"] = {"min": units, "max": 64}
    document["compatible"][0]["mdev_type"] = "*"
    return document


class Machine(unittest.TestCase):
    def setUp(self):
        # pylint: disable=consider-using-with # until tearDown
        self.folder = tempfile.TemporaryDirectory()
        self.sysfs = self.folder.name
        self.parents = os.path.join(self.sysfs, "devices/virtual/one")
        os.makedirs(os.path.join(self.sysfs, "class/mdev_bus"))
        os.makedirs(os.path.join(self.sysfs, "bus/mdev/devices"))
        for parent, units, available, node in (("one0", 1, 40, -1), ("one1", 4, 3, 1)):
            folder = os.path.join(self.parents, parent)
            type_ = os.path.join(folder, f"mdev_supported_types/one-{units}")
            write(os.path.join(type_, "migration_compatible"), a_type(units))
            self.put(os.path.join(type_, "available_instances"), available)
            self.put(os.path.join(folder, "numa_node"), node)
            # One that can't be migrated, and links that lead back.
            other = os.path.join(folder, "mdev_supported_types/other/devices")
            os.makedirs(other)
            os.symlink(folder, os.path.join(other, "back"))
            os.symlink(os.path.join(self.sysfs, "class/mdev_bus"),
                       os.path.join(folder, "subsystem"))
            os.symlink(folder, os.path.join(self.sysfs, "class/mdev_bus", parent))
        write(os.path.join(self.parents, "one0", UUID, "migration_compatible"),
              device(capacity=8, profile="p0"))
        os.symlink(os.path.join(self.parents, "one0", UUID),
                   os.path.join(self.sysfs, "bus/mdev/devices", UUID))

    def tearDown(self):
        self.folder.cleanup()

    @staticmethod
    def put(path, value):
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{value}\n")

    def ask(self, *args, **options):
        return run(*args, sysfs=self.sysfs, **options)

    def type_of(self, parent, units):
        return os.path.join(self.sysfs, "class/mdev_bus", parent,
                            f"mdev_supported_types/one-{units}")

    def test_list(self):
        code, out, err = self.ask("list")
        self.assertEqual((0, ""), (code, err))
        self.assertEqual([["type", "1", "40", "-", "one0 one-1"],
                          ["type", "4", "12", "1", "one1 one-4"],
                          ["device", "8", "-", "-", UUID]],
                         [[w[0], w[4], w[5], w[6], " ".join(w[7:])]
                          for w in map(str.split, out.splitlines()[1:])])

    def test_list_for_programs(self):
        lines = [json.loads(line) for line in self.ask("list", "--json")[1].splitlines()]
        self.assertEqual(["one0", "one1", "one0"], [one["parent"] for one in lines])
        self.assertEqual([40, 3, None],
                         [one.get("available_instances") for one in lines])
        self.assertEqual([40, 12, None], [one.get("room") for one in lines])

    def test_nothing_there(self):
        code, out, err = run("list", sysfs="/nonexistent")
        self.assertEqual((0, ""), (code, out))
        self.assertEqual(1, err.count("\n"))

    def test_a_uuid(self):
        for uuid in (UUID, UUID.upper()):
            code, out, _ = self.ask("show", uuid)
            self.assertEqual(0, code)
            self.assertTrue(out.startswith(f"{uuid}: a device, generation 1\n"
                                           "  parent     one0\n"), out)

    def test_find_the_one_with_most_room(self):
        """The source itself is none of them."""
        code, out, _ = self.ask("find", "--rank", "--json", UUID)
        self.assertEqual(COMPATIBLE, code)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([("one0", 40), ("one1", 12)],
                         [(one["parent"], one["room"]) for one in lines])
        self.assertEqual([{"aggregator": "8"}, {"aggregator": "2"}],
                         [one["answer"]["set"] for one in lines])
        self.assertEqual([("type", "one-1"), ("type", "one-4")],
                         [(one["scope"], one["mdev_type"]) for one in lines])
        self.assertEqual([None, 1], [one.get("numa_node") for one in lines])

    def test_no_room(self):
        """It is said, and comes last, behind a device that is there."""
        self.put(os.path.join(self.type_of("one1", 4), "available_instances"), 1)
        self.put(os.path.join(self.type_of("one0", 1), "available_instances"), 0)
        there = os.path.join(self.parents, "one1", UUID.replace("8", "9"))
        write(os.path.join(there, "migration_compatible"), device(capacity=8))
        os.symlink(there, os.path.join(self.sysfs, "bus/mdev/devices",
                                       os.path.basename(there)))
        out = self.ask("find", "--rank", UUID)[1]
        self.assertEqual([os.path.basename(there), "one-4", "one-1"],
                         [line.split()[0].split("/")[-1] for line in out.splitlines()
                          if not line.startswith(" ")])
        self.assertIn("one-1 (room for 0 units: not enough)\n", out)
        self.assertIn("one-4 (room for 4 units: not enough)\n", out)

    def test_nobody_else_takes_it(self):
        for parent, units in (("one0", 1), ("one1", 4)):
            os.remove(os.path.join(self.type_of(parent, units), "migration_compatible"))
        code, out, _ = self.ask("find", UUID)
        self.assertEqual((INCOMPATIBLE, ""), (code, out))
        self.assertEqual(COMPATIBLE, self.ask("find", UUID, UUID)[0])

    def test_the_command_names_the_parent(self):
        out = self.ask("plan", "--command", UUID, self.type_of("one1", 4))[1]
        self.assertTrue(out.endswith(" --parent 'one1' --jsonfile /dev/stdin\n"), out)
        out = self.ask("plan", "--command", UUID, ".",
                       cwd=self.type_of("one1", 4))[1]
        self.assertIn(" --parent 'one1' ", out)

    def test_folders_of_sysfs(self):
        """Those with links that lead back, too."""
        bus = os.path.join(self.sysfs, "class/mdev_bus")
        for folder, names in ((bus, ["one0 one-1", "one1 one-4"]),
                              (bus + "/one0", ["one0 one-1"]),
                              (bus + "/one1/mdev_supported_types", ["one1 one-4"]),
                              (self.sysfs + "/bus/mdev/devices", [UUID])):
            code, out, err = self.ask("list", folder)
            self.assertEqual((0, ""), (code, err), folder)
            self.assertEqual(names, [" ".join(line.split()[7:])
                                     for line in out.splitlines()[1:]], folder)

    def test_folders_that_lead_back(self):
        folder = os.path.join(self.sysfs, "hosts")
        write(folder + "/a/one.json", device())
        os.symlink(folder, folder + "/a/back")
        os.symlink(folder, folder + "/a/and_back")
        code, out, err = self.ask("list", folder)
        self.assertEqual((0, "", 2), (code, err, len(out.splitlines())))

    def test_a_folder_with_nothing_in_it(self):
        folder = os.path.join(self.sysfs, "empty")
        os.mkdir(folder)
        for args in (("list",), ("find", UUID), ("lint",)):
            code, _, err = self.ask(*args, folder)
            self.assertEqual(UNREADABLE, code, args)
            self.assertIn("empty: no document in this folder\n", err)
