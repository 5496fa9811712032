# SPDX-License-Identifier: GPL-2.0
"""What is answered: verdicts, plans, and who takes a source."""
import json
import os
import re
import shlex
import tempfile
import unittest

from tests.fleet import fleet
from tests.program import (AFTER_CONFIG, COMPATIBLE, EXAMPLES, INCOMPATIBLE,
                           UNREADABLE, USAGE, device, run, write)

CODES = {"compatible": COMPATIBLE, "incompatible": INCOMPATIBLE,
         "compatible-after-config": AFTER_CONFIG}


class Check(unittest.TestCase):
    def test_the_examples(self):
        with open(os.path.join(EXAMPLES, "expected.txt"), encoding="ascii") as file:
            lines = file.read().splitlines()
        self.assertEqual(19, len(lines))
        for line in lines:
            source, target, verdict, rest = re.fullmatch(
                r"(\S+) -> (\S+): (\S+) (.*)", line).groups()
            code, out, err = run("check", "--json", source + ".json",
                                 target + ".json")
            answer = json.loads(out)
            said = ([(r["entry"], r["reason"]) for r in answer["reasons"]]
                    if verdict == "incompatible" else answer["set"])
            self.assertEqual((CODES[verdict], verdict, rest, ""),
                             (code, answer["verdict"], str(said), err), line)

    def test_a_refusal_says_what_both_have(self):
        code, out, _ = run("check", "ex1_uuid1.json", "ex1_uuid2.json")
        self.assertEqual(INCOMPATIBLE, code)
        self.assertEqual(
            'incompatible\n'
            '  entry 0: version-too-new (version): the source has "3.0.0", '
            'the target accepts {"min":"1.0","max":"1.0"}\n', out)

    def test_what_has_to_be_set_is_said(self):
        code, out, _ = run("check", "ex1_uuid2.json", "ex1_uuid1.json")
        self.assertEqual(AFTER_CONFIG, code)
        self.assertIn("\n  set migration/profile to p1\n", out)

    def test_a_source_in_operands(self):
        """The same as the file that says so."""
        line = run("show", "--self-line", "ex1_uuid2.json")[1].strip()
        want = run("check", "--json", "ex1_uuid2.json", "ex1_uuid1.json")
        self.assertEqual(want, run("check", "--json", *line.split(";"),
                                   "ex1_uuid1.json"))
        self.assertEqual(want, run("check", "--json", line, "ex1_uuid1.json"))
        self.assertEqual(want, run("check", "--json", "-", "ex1_uuid1.json",
                                   stdin=line.encode() + b"\n"))
        code, _, err = run("check", "abi=7", "model=a", "ex1_uuid1.json")
        self.assertEqual(UNREADABLE, code)
        self.assertIn("another grammar", err)

    def test_every_refusal_in_words(self):
        """What the source has, and what refuses it: entry, changes, words."""
        for entry, changes, words in (
                ({"features": {"all": ["c"], "only": ["a", "b"]}}, {},
                 'feature-missing (c): the source has ["a","b"], the target needs ["c"]'),
                ({"features": {"any": ["c"], "only": ["a", "b"]}}, {},
                 'feature-missing (any): the source has ["a","b"], the target needs ["c"]'),
                ({"features": {"all": ["a"]}}, {"features": ["a", "c"]},
                 'feature-unsupported (c): the source has ["a","c"], '
                 'the target accepts ["a","b"], its own'),
                ({"features": {"only": ["a"]}}, {},
                 'feature-unsupported (b): the source has ["a","b"], '
                 'the target accepts ["a"]'),
                ({"params": {"n": {"min": 3}}, "off": {"n": 1}}, {"params": {}},
                 'param-value (n): the source has 1 where it is off, '
                 'the target accepts {"min":3}'),
                ({"params": {"n": 1, "m": 1}}, {"params": {"n": 1}},
                 'param-missing (m): the source has none, the target needs 1'),
                ({"params": {}}, {}, 'param-unknown (n): the source has 2, '
                                     'the target accepts none'),
                ({}, {"params": {"n": 3}}, 'param-value (n): the source has 3, '
                                           'the target accepts 2, its own'),
                ({"capacity": [1, 2]}, {}, 'capacity-mismatch (capacity): the source '
                                           'has 4, the target accepts [1,2]'),
                ({"mdev_type": "x"}, {}, 'type-not-accepted (mdev_type): the source has '
                                         '"one-1", the target accepts "x"'),
                ({}, {"version": "2.0.0"}, 'version-major (version): the source has '
                                           '"2.0.0", the target accepts "1.2.0", its own'),
                ({"colour": 1}, {}, 'unknown-constraint (colour): the entry asks for '
                                    'what is not known here')):
            with tempfile.TemporaryDirectory() as folder:
                target = device()
                target["compatible"] = [entry]
                write(folder + "/source.json", device(**changes))
                write(folder + "/target.json", target)
                out = run("check", "source.json", "target.json", cwd=folder)[1]
            self.assertEqual(f"incompatible\n  entry 0: {words}\n", out)

    def test_standard_input(self):
        with open(os.path.join(EXAMPLES, "ex1_uuid2.json"), "rb") as file:
            text = file.read()
        self.assertEqual(AFTER_CONFIG, run("check", "-", "ex1_uuid1.json",
                                           stdin=text)[0])

    def test_wrong_usage(self):
        for args in ((), ("nonsense",), ("check",), ("check", "ex1_uuid1.json"),
                     ("check", "--nonsense", "a", "b"), ("plan", "a"),
                     ("check", "ex1_uuid1.json", "ex1_uuid1.json", "third"),
                     ("plan", "--uuid", "x", "ex1_uuid2.json", "ex2_type_v5_8.json"),
                     ("find",), ("lint",), ("show",), ("convert",)):
            code, out, err = run(*args)
            self.assertEqual((USAGE, ""), (code, out), args)
            self.assertTrue(err.startswith("mdevcompat"), err)


class Plan(unittest.TestCase):
    def test_the_example(self):
        self.assertEqual(
            (0, '{"mdev_type":"i915-GVTg_V5_8","start":"manual","attrs":'
             '[{"aggregator":"4"},{"migration/profile":"p1"}]}\n', ""),
            run("plan", "ex1_uuid2.json", "ex2_type_v5_8.json"))

    def test_a_command_survives_the_shell(self):
        out = run("plan", "--command", "--parent", "a'b", "--uuid", "u",
                  "ex1_uuid2.json", "ex2_type_v5_8.json")[1]
        words = shlex.split(out)
        self.assertEqual("4", json.loads(words[1])["attrs"][0]["aggregator"])
        self.assertEqual(["|", "mdevctl", "define", "--parent", "a'b", "--uuid",
                          "u", "--jsonfile", "/dev/stdin"], words[2:])

    def test_what_is_not_taken_is_not_planned(self):
        code, out, err = run("plan", "ex1_uuid2.json", "ex2_type_v5_1.json")
        self.assertEqual((INCOMPATIBLE, ""), (code, out))
        self.assertIn("capacity-mismatch (capacity)", err)

    def test_a_device_is_no_type(self):
        code, _, err = run("plan", "ex1_uuid2.json", "ex1_uuid1.json")
        self.assertEqual(INCOMPATIBLE, code)
        self.assertIn("not the document of an mdev type", err)

    def test_the_self_line_beside_it(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "line")
            run("plan", "--embed", path, "ex1_uuid2.json", "ex2_type_v5_8.json")
            with open(path, encoding="ascii") as file:
                self.assertEqual(run("show", "--self-line", "ex1_uuid2.json")[1],
                                 file.read())


class Find(unittest.TestCase):
    def test_as_check_one_by_one(self):
        """200 hosts, and every source against each of them."""
        with tempfile.TemporaryDirectory() as folder:
            sources, targets = fleet(folder, 200, seed=20)
            taken = 0
            for source in sources:
                said = {}
                for line in run("find", "--all", "--json", source,
                                folder + "/hosts")[1].splitlines():
                    answer = json.loads(line)
                    said[answer["target"]] = answer["answer"]
                self.assertEqual(set(targets), set(said))
                for target in targets:
                    code, out, _ = run("check", "--json", source, target)
                    self.assertEqual(json.loads(out), said[target])
                    taken += code != INCOMPATIBLE
            # Neither all of them nor none.
            self.assertGreater(taken, 50)
            self.assertLess(taken, len(sources) * len(targets) - 50)

    def test_the_best_answer_is_the_exit_code(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "source.json")
            write(source, device())
            hosts = os.path.join(folder, "hosts")
            os.mkdir(hosts)
            write(hosts + "/a.json", device(version="1.1.0"))
            self.assertEqual((INCOMPATIBLE, ""), run("find", source, hosts)[:2])
            other = device(profile="p2")
            other["profiles"] = {"default": "p2", "accepts": ["p1", "p2"]}
            write(hosts + "/b.json", other)
            self.assertEqual(AFTER_CONFIG, run("find", source, hosts)[0])
            write(hosts + "/c.json", device(version="1.3.0"))
            code, out, _ = run("find", "--rank", "--json", source, hosts)
            self.assertEqual(COMPATIBLE, code)
            self.assertEqual(["c.json", "b.json"],
                             [os.path.basename(json.loads(line)["target"])
                              for line in out.splitlines()])


if __name__ == "__main__":
    unittest.main()
