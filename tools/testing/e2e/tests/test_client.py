# SPDX-License-Identifier: GPL-2.0
"""Which QEMU is which, and which cases are for it."""

import os
import tempfile
import unittest

from vmige2e import CheckFailed, client
from vmige2e.cases import CASES, SHORT, find, short


def fake(folder, version):
    """A QEMU that can do nothing but tell its version."""
    path = os.path.join(folder, f"qemu-{version}")
    with open(path, "w", encoding="ascii") as out:
        out.write(f"#!/bin/sh\necho 'QEMU emulator version {version} (x)'\n")
    os.chmod(path, 0o755)
    return path


class ClientTest(unittest.TestCase):
    def test_command_line(self):
        found = client.parse(["7.2=qemu", "10=/opt/q=emu"])
        self.assertEqual([(c.name, c.binary, c.v2) for c in found.values()],
                         [("7.2", "qemu", False), ("10", "/opt/q=emu", True)])
        self.assertEqual(client.parse(None)["7.2"].binary,
                         "qemu-system-x86_64")
        for bad in ("qemu-system-x86_64", "10=", "=qemu", "ten=qemu"):
            with self.assertRaises(ValueError):
                client.parse([bad])

    def test_version(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, version, right in (
                    ("7.2", "7.2.22", True), ("10", "10.0.2", True),
                    ("10.0", "10.0.2", True), ("10", "10", True),
                    ("1", "10.0.2", False), ("7.2", "7.20.1", False),
                    ("10", "7.2.22", False)):
                one = client.Client(name, fake(folder, version))
                if right:
                    one.check()
                    continue
                with self.assertRaisesRegex(CheckFailed, "is no QEMU"):
                    one.check()
            with self.assertRaises(CheckFailed):
                client.Client("10", folder + "/none").check()

    def test_options(self):
        old, new = client.Client("7.2", "q"), client.Client("10", "q")
        self.assertEqual(old.enable("on"), ["x-enable-migration=on"])
        self.assertEqual(new.enable("on"), ["enable-migration=on"])
        self.assertEqual(old.enable("") + new.enable(""), [])


class CaseTest(unittest.TestCase):
    def chosen(self, name, *clients):
        return {case.name for case in CASES.values()
                if not case.unfit(name, clients)}

    def test_all_have_some(self):
        all_of_them = self.chosen("7.2", "7.2", "10") | self.chosen(
            "10", "7.2", "10")
        self.assertEqual(all_of_them, set(CASES))

    def test_what_is_for_whom(self):
        old, new = self.chosen("7.2", "7.2"), self.chosen("10", "10")
        self.assertLessEqual({"plain", "dma"}, old & new)
        self.assertIn("small-window", old - new)
        self.assertIn("switchover-ack", new - old)
        for name in ("7.2", "10"):
            self.assertFalse(CASES["plain"].is_long(name))
            self.assertTrue(CASES["plain-10"].is_long(name))
        self.assertFalse(CASES["snapshot"].is_long("7.2"))
        self.assertTrue(CASES["snapshot"].is_long("10"))

    def test_short_ones_can_run(self):
        for name, cases in SHORT.items():
            self.assertEqual([find(case).unfit(name, ("7.2", "10"))
                              for case in cases], len(cases) * [""])
            self.assertEqual({case.name for case in short(name)}, set(cases))
            self.assertEqual(len(cases), len(set(cases)))

    def test_another_client(self):
        one = find("plain@7.2")
        self.assertEqual((one.name, one.client, one.function),
                         ("plain@7.2", "7.2", CASES["plain"].function))
        self.assertEqual(CASES["plain"].client, "")
        self.assertFalse(one.unfit("10", ("7.2", "10")))
        self.assertIn("no QEMU 7.2", one.unfit("10", ("10",)))
        self.assertIn("not for", find("dma-logging@7.2").unfit("10", ("7.2", "10")))
        self.assertEqual((find("nosuch@10"), find("plain@")), (None, None))

    def test_across(self):
        old, new = self.chosen("7.2", "7.2"), self.chosen("10", "10")
        for name in ("cross-up", "cross-down", "cross-10"):
            self.assertNotIn(name, old | new)
        for name, other in (("7.2", "10"), ("10", "7.2")):
            self.assertLessEqual({"cross-up", "cross-down", "cross-10"},
                                 self.chosen(name, name, other))
        # Short runs have one way each.
        self.assertEqual([CASES[name].is_long("7.2") for name in
                          ("cross-up", "cross-down")], [False, True])


if __name__ == "__main__":
    unittest.main()
