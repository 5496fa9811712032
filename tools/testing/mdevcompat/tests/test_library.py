# SPDX-License-Identifier: GPL-2.0
"""The library as its users get it."""
import os
import re
import subprocess
import tempfile
import unittest

from tests.program import EXAMPLES, OUT, TOP

HERE = os.path.join(TOP, "tools/testing/mdevcompat")
TOOL = os.path.join(TOP, "tools/mdevcompat")


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder)
                  for at, _, names in os.walk(folder) for name in names)


def make(target, folder, **variables):
    subprocess.run(["make", "-s", "-C", TOOL, f"OUT={OUT}/plain", target,
                    f"DESTDIR={folder}",
                    *[f"{name}={value}" for name, value in variables.items()]],
                   check=True, stdout=subprocess.DEVNULL)


class Installed(unittest.TestCase):
    def setUp(self):
        # pylint: disable=consider-using-with # until tearDown
        self.folder = tempfile.TemporaryDirectory()
        self.root = self.folder.name
        make("install", self.root)

    def tearDown(self):
        self.folder.cleanup()

    def build(self, *libs):
        """Compile user.c by pkg-config; returns the program."""
        env = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=self.root,
                   PKG_CONFIG_PATH=os.path.join(self.root, "usr/local/lib/pkgconfig"))
        flags = subprocess.check_output(
            ["pkg-config", "--cflags", *libs, "mdevcompat"], env=env, text=True).split()
        program = os.path.join(self.root, "user")
        subprocess.run(["cc", "-Wall", "-Werror", "-o", program, HERE + "/user.c",
                        *flags],
                       check=True)
        return program

    def run_user(self, program, *args):
        env = dict(os.environ, LD_LIBRARY_PATH=os.path.join(self.root, "usr/local/lib"))
        done = subprocess.run([program, *args], env=env, cwd=EXAMPLES, text=True,
                              stdout=subprocess.PIPE, check=False)
        return done.returncode, done.stdout

    def assert_works(self, program):
        self.assertEqual(
            (0, "example.org/gvtg-like -> i915-GVTg_V5_8: compatible\n"
                "aggregator=4\nmigration/profile=p1\nprofiles.accepts\nprofiles.accepts\n"),
            self.run_user(program, "ex1_uuid2.json", "ex2_type_v5_8.json"))
        self.assertEqual(
            (1, "example.org/gvtg-like -> i915-GVTg_V5_4: incompatible\n"
                "version-too-new\n"),
            self.run_user(program, "ex1_uuid1.json", "ex1_uuid2.json"))
        self.assertEqual((4, "1 nowhere: No such file or directory\n"),
                         self.run_user(program, "nowhere", "ex1_uuid2.json"))

    def test_shared(self):
        program = self.build("--libs")
        needed = subprocess.check_output(["readelf", "-d", program], text=True)
        self.assertIn("[libmdevcompat.so.0]", needed)
        self.assert_works(program)

    def test_static(self):
        os.remove(os.path.join(self.root, "usr/local/lib/libmdevcompat.so"))
        program = self.build("--libs", "--static")
        self.assertNotIn("libmdevcompat", subprocess.check_output(
            ["readelf", "-d", program], text=True))
        self.assert_works(program)

    def test_no_other_names(self):
        """Those of the header, and no others, in both libraries."""
        with open(os.path.join(TOOL, "include/mdevcompat.h"), encoding="ascii") as file:
            declared = set(re.findall(r"\b(mdevcompat_\w+)\(", re.sub(
                r"/\*.*?\*/", "", file.read(), flags=re.S)))
        for options in (["-D", "libmdevcompat.so.0"], ["-g", "libmdevcompat.a"]):
            path = os.path.join(self.root, "usr/local/lib", options[1])
            out = subprocess.check_output(
                ["nm", options[0], "--defined-only", "-f", "posix", path], text=True)
            self.assertEqual(declared, set(re.findall(r"^(\w+) [A-Z] ", out, re.M)))

    def test_uninstall_leaves_nothing(self):
        self.assertIn("usr/local/bin/mdevcompat", files_below(self.root))
        self.assertIn("usr/local/share/man/man1/mdevcompat.1", files_below(self.root))
        self.assertIn("etc/mdevctl.d/scripts.d/callouts/vmig.sh", files_below(self.root))
        make("uninstall", self.root)
        self.assertEqual([], files_below(self.root))


class Threads(unittest.TestCase):
    def test_handles_are_shared(self):
        program = os.path.join(OUT, "tsan/threads")
        subprocess.run(["cc", "-g", "-O1", "-Wall", "-fsanitize=thread", "-o", program,
                        "-I", TOOL + "/include", HERE + "/threads.c",
                        OUT + "/tsan/libmdevcompat.a", "-ljson-c", "-lpthread"],
                       check=True)
        done = subprocess.run([program, "ex1_uuid2.json", "ex1_uuid1.json",
                               "ex2_type_v5_8.json"], cwd=EXAMPLES, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout))
