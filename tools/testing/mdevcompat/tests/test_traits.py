# SPDX-License-Identifier: GPL-2.0
"""What Placement would be told and asked, by the command; with a real Placement
it is tried in tools/testing/placement."""
import json
import os
import re
import tempfile
import unittest

from tests.program import INCOMPATIBLE, UNREADABLE, USAGE, device, run

ONE = ("traits", "--namespace", "gpu")


class Traits(unittest.TestCase):
    def setUp(self):
        # pylint: disable=consider-using-with # until tearDown
        self.folder = tempfile.TemporaryDirectory()
        self.known = os.path.join(self.folder.name, "known")

    def tearDown(self):
        self.folder.cleanup()

    def tell(self, *documents):
        out = run(*ONE, *documents)[1]
        with open(self.known, "w", encoding="ascii") as file:
            file.write(out)
        return json.loads(out)

    def ask(self, *args, **options):
        return run(*ONE, "--request", "--known", self.known, *args, **options)

    def test_what_is_told(self):
        told = self.tell("ex2_type_v5_8.json")
        self.assertEqual("CUSTOM_VFIOMIG_GPU_UNIT", told["resource_class"])
        self.assertEqual([("gpu0", 8, 1)],
                         [(p["pool"], p["inventory"]["total"], p["inventory"]["step_size"])
                          for p in told["pools"]])
        used = {t for p in told["pools"] for e in p["entries"] for t in e["traits"]}
        used |= {t for p in told["pools"] for t in p["traits"]}
        self.assertEqual(used, set(told["traits"]))
        for name in told["traits"]:
            self.assertRegex(name, r"^CUSTOM_VFIOMIG_GPU_[A-Z0-9_]{1,236}$")

    def test_what_is_asked(self):
        """Its parts name nothing that Placement was not told."""
        told = self.tell("ex2_type_v5_8.json")
        code, out, _ = self.ask("ex1_uuid1.json", "ex1_uuid2.json")
        self.assertEqual(0, code)
        self.assertEqual(["4", "4"], re.findall(r"resources_D\d=\w+:(\d+)", out))
        asked = set(re.findall(r"CUSTOM_\w+(?=[,&\n])", out)) - {told["resource_class"]}
        self.assertGreater(len(asked), 5)
        self.assertLessEqual(asked, set(told["traits"]))

    def test_profiles_alone(self):
        self.tell("ex2_type_v5_8.json")
        self.assertEqual(
            (0, "group_policy=none&resources_D1=CUSTOM_VFIOMIG_GPU_UNIT:4"
                "&required_D1=CUSTOM_VFIOMIG_GPU_IN_P1\n", ""),
            self.ask("--profiles", "ex1_uuid2.json"))

    def test_no_host_can(self):
        self.tell("ex2_type_v5_8.json")
        code, out, err = self.ask("ex3_nic_source1.json")
        self.assertEqual((INCOMPATIBLE, ""), (code, out))
        self.assertIn("no host", err)

    def test_wrong_usage(self):
        for args in (("traits", "x"), ("traits", "--namespace", "A_b", "x"), ONE,
                     (*ONE, "--request", "x"), (*ONE, "--profiles", "x"),
                     (*ONE, "--known", "x", "x")):
            code, out, err = run(*args)
            self.assertEqual((USAGE, "", 1), (code, out, err.count("\n")), args)

    def test_what_cannot_be_read(self):
        self.assertEqual(UNREADABLE, run(*ONE, "nowhere.json")[0])
        self.known = "nowhere"
        code, out, err = self.ask("ex1_uuid1.json")
        self.assertEqual((UNREADABLE, ""), (code, out))
        self.assertIn("nowhere: No such file", err)

    def test_a_type_without_a_pool(self):
        document = device()
        document["scope"] = "type"
        code, out, err = run(*ONE, "-", stdin=json.dumps(document).encode())
        self.assertEqual((UNREADABLE, "", 1), (code, out, err.count("\n")))
