# SPDX-License-Identifier: GPL-2.0
"""The README's commands are run, and print what it says."""
import os
import re
import subprocess
import unittest

from tests.program import OUT, TOP

SECTION = "## Decide before you migrate"


def console():
    """Command and output of each "$ mdevcompat" in the section."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as file:
        text = file.read().split(SECTION)[1].split("\n## ")[0]
    found, output = [], None
    for line in text.splitlines():
        inside = re.fullmatch(r"    (.*)", line)
        if inside and inside[1].startswith("$ "):
            output = []
            found.append((inside[1][2:], output))
        elif inside and output is not None:
            output.append(inside[1])
        elif line:
            output = None
    return found


class Readme(unittest.TestCase):
    def test_the_commands(self):
        env = dict(os.environ, PATH=f"{OUT}/asan:{os.environ['PATH']}")
        env.pop("MDEVCOMPAT_SYSFS", None)
        tried = 0
        for command, output in console():
            # What wants root wants a device, too.
            if not command.startswith("mdevcompat ") or "sudo" in command:
                continue
            done = subprocess.run(command, shell=True, cwd=TOP, env=env, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  check=False)
            self.assertEqual("\n".join(output), done.stdout.rstrip("\n"), command)
            tried += 1
        self.assertGreaterEqual(tried, 3)
