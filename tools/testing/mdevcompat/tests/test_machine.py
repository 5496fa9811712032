# SPDX-License-Identifier: GPL-2.0
"""What is asked of the machine's own sysfs, here a folder that looks like it."""
import json
import os
import tempfile
import unittest

from tests.program import COMPATIBLE, device, run, write

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
            # One that can't be migrated.
            os.makedirs(os.path.join(folder, "mdev_supported_types/other"))
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

    def run(self, *args, **options):
        """Of the test case, or of the program."""
        if args and isinstance(args[0], unittest.TestResult) or not args:
            return super().run(*args, **options)
        return run(*args, sysfs=self.sysfs)

    def test_list(self):
        code, out, err = self.run("list")
        self.assertEqual((0, ""), (code, err))
        self.assertEqual([["type", "1", "40", "-", "one0 one-1"],
                          ["type", "4", "12", "1", "one1 one-4"],
                          ["device", "8", "-", "-", UUID]],
                         [[w[0], w[4], w[5], w[6], " ".join(w[7:])]
                          for w in map(str.split, out.splitlines()[1:])])

    def test_list_for_programs(self):
        lines = [json.loads(line) for line in self.run("list", "--json")[1].splitlines()]
        self.assertEqual(["one0", "one1", "one0"], [one["parent"] for one in lines])
        self.assertEqual([40, 3, None],
                         [one.get("available_instances") for one in lines])
        self.assertEqual([40, 12, None], [one.get("room") for one in lines])

    def test_nothing_there(self):
        code, out, err = run("list", sysfs="/nonexistent")
        self.assertEqual((0, ""), (code, out))
        self.assertEqual(1, err.count("\n"))

    def test_a_uuid(self):
        code, out, _ = self.run("show", UUID)
        self.assertEqual(0, code)
        self.assertTrue(out.startswith(f"{UUID}: a device, generation 1\n"
                                       "  parent     one0\n"), out)

    def test_find_the_one_with_most_room(self):
        code, out, _ = self.run("find", "--rank", "--json", UUID)
        self.assertEqual(COMPATIBLE, code)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(["one0", "one1"], [one["parent"] for one in lines][:2])
        self.assertEqual([40, 12], [one.get("room") for one in lines[:2]])
        self.assertEqual({"aggregator": "2"}, lines[1]["answer"]["set"])

    def test_the_command_names_both(self):
        type_ = os.path.join(self.sysfs, "class/mdev_bus/one1/mdev_supported_types/one-4")
        out = self.run("plan", "--command", UUID, type_)[1]
        self.assertIn(f" --parent 'one1' --uuid '{UUID}' --jsonfile", out)

    def test_a_folder_of_types(self):
        types = os.path.join(self.sysfs, "class/mdev_bus/one0/mdev_supported_types")
        code, out, _ = self.run("find", UUID, types)
        self.assertEqual(COMPATIBLE, code)
        self.assertIn("one-1 (room for 40 units)\n  compatible by entry 0\n"
                      "    set aggregator to 8\n", out)
