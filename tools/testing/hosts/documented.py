# SPDX-License-Identifier: GPL-2.0
"""The commands of Documentation/two-hosts.rst, as somebody types them here."""
import json
import os
import re
import unittest

import agent
import pair
from journey import DEVICE, clean

TEXT = f"{agent.TOP}/Documentation/two-hosts.rst"
# Takes the way of all orders.
SSH = f"""#!/usr/bin/python3
import sys
import xmlrpc.client
there = xmlrpc.client.ServerProxy("http://{pair.THERE}:{pair.CONTROL}", allow_none=True)
assert sys.argv[1] == "there"
code, out, err = there.shell(" ".join(sys.argv[2:]), sys.stdin.read())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


def typed():
    """Its commands, and what they print."""
    with open(TEXT, encoding="utf-8") as file:
        lines = re.findall(r"^  (.*)$", file.read(), re.M)
    first = next(n for n, line in enumerate(lines) if line.startswith("$ "))
    last = max(n for n, line in enumerate(lines) if line.startswith("$ ")) + 1
    lines = [line for line in lines[first:last + 1] if line.strip() != "..."]
    return ([line[2:] for line in lines if line.startswith("$ ")],
            [line for line in lines if not line.startswith("$ ")])


class Documented(unittest.TestCase):
    hosts = here = there = None

    def tearDown(self):
        clean(self.hosts)

    def test_commands_of_the_document(self):
        os.makedirs("/tmp/typed/bin", exist_ok=True)
        with open("/tmp/typed/bin/ssh", "w", encoding="utf-8") as file:
            file.write(SSH)
        os.chmod("/tmp/typed/bin/ssh", 0o755)
        device = self.here.device("mcopy0", json.dumps(DEVICE))
        commands, expected = typed()
        typed_in = [f"{line}\necho $? >>codes" for line in commands]
        script = "\n".join(["cd /tmp/typed", "rm -f codes", "PATH=/tmp/typed/bin:$PATH",
                            f"A={device}", *typed_in, "printf %s $B >b"])
        code, out, err = agent.shell(script, "")
        with open("/tmp/typed/b", encoding="ascii") as file:
            made = file.read()
        if made:
            self.there.adopt(made)
        self.assertEqual((0, ""), (code, err), out)
        # "find", too, as what is best is a type.
        with open("/tmp/typed/codes", encoding="ascii") as file:
            self.assertEqual([0] * len(commands), [int(line) for line in file])
        lines = iter(out.splitlines())
        for line in expected:
            self.assertIn(line, lines, out)
        self.assertEqual(("2", "p2"), (
            self.there.agent.attribute(made, "aggregator"),
            self.there.agent.attribute(made, "migration/profile")))
