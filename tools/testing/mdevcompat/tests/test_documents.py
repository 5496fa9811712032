# SPDX-License-Identifier: GPL-2.0
"""Looking at one document: show, lint, and those made of migration info."""
import json
import os
import tempfile
import unittest

from tests.program import (COMPATIBLE, INCOMPATIBLE, UNREADABLE, device, example,
                           run, write)


def lint(*documents):
    """Returns exit code and "severity: place" of each remark."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, document in enumerate(documents):
            names.append(os.path.join(folder, f"{number}.json"))
            write(names[-1], document)
        code, out, _ = run("lint", *names)
    return code, [": ".join(line.split(": ")[1:3]) for line in out.splitlines()[:-1]]


def odd(**entry):
    document = device()
    document["compatible"].insert(0, entry)
    return document


class Lint(unittest.TestCase):
    def test_nothing_to_say(self):
        self.assertEqual((0, []), lint(device()))

    def test_its_own_kind(self):
        document = device()
        document["compatible"][0]["version"] = {"min": "9.0"}
        self.assertEqual((1, ["error: compatible"]), lint(document))

    def test_entries_that_nothing_can_meet(self):
        for entry, place in (
                ({"version": {"min": "2.0", "max": "1.0"}}, "version"),
                ({"features": {"all": ["c"], "only": ["a"]}}, "features.all"),
                ({"features": {"any": ["c"]}}, "features.any"),
                ({"capacity": {"min": 3, "max": 2}}, "capacity"),
                ({"params": {"n": {"min": 3, "max": 2}}}, "params.n"),
                ({"params": {"n": []}}, "params.n"),
                ({"mdev_type": []}, "mdev_type"), ({"model": []}, "model"),
                ({"bus": []}, "bus"),
                ({"when": [{"if": {"n": 1}, "then": {"n": []}}]}, "when.n")):
            self.assertEqual((1, [f"error: compatible[0].{place}"]),
                             lint(odd(**entry)), entry)

    def test_what_is_only_worth_a_look(self):
        for entry, place in (
                ({"colour": "red"}, "colour"),
                ({"when": [{"if": {"x": 1}, "then": {"n": 1}}]}, "when"),
                ({"when": [{"if": {"n": 1}, "then": {"x": 1}}]}, "when")):
            self.assertEqual((0, [f"note: compatible[0].{place}"]),
                             lint(odd(**entry)), entry)

    def test_profiles(self):
        document = device()
        document["profiles"] = {"default": "p3", "accepts": ["p1", "p2"]}
        old = device(profile="p2", version="1.0.0")
        old["profiles"] = {"default": "p2", "accepts": ["p2"]}
        self.assertEqual((1, ["error: profiles.default", "note: profiles.accepts"]),
                         lint(document))
        document["profiles"]["default"] = "p1"
        self.assertEqual((0, []), lint(document, old))
        old["self"]["features"] = ["c"]
        self.assertEqual((1, ["error: profiles.accepts"]), lint(document, old))

    def test_recipes(self):
        document = example("ex2_type_v5_4")
        document["create"]["aggregator"]["capacity_div"] = 3
        places = lint(document)[1]
        self.assertIn("note: aggregator", places)


class Show(unittest.TestCase):
    def test_a_name_that_no_line_can_hold(self):
        document = json.dumps(device(model="a;feat=evil")).encode()
        code, out, err = run("show", "--self-line", "-", stdin=document)
        self.assertEqual((UNREADABLE, ""), (code, out))
        self.assertIn("';'", err)

    def test_as_the_kernel_writes_it(self):
        """Whatever the order and the spaces were."""
        spaced = json.dumps(device(), indent=2).replace("\n", " ")
        code, out, _ = run("show", "--json", "-", stdin=spaced.encode())
        self.assertEqual(0, code)
        self.assertEqual(device(), json.loads(out))
        self.assertEqual(out, run("show", "--json", "-", stdin=out.encode())[1])

    def test_for_people(self):
        out = run("show", "ex3_nic_target.json")[1]
        for line in ("ex3_nic_target.json: a device, generation 1",
                     "  version    1.1.0", "accepts, by entry 0",
                     "  version    1.0 to 1.1",
                     '  when       {"if":{"new_feature":true},'
                     '"then":{"num_queues":{"min":3}}}'):
            self.assertIn(line + "\n", out)


INFO = {"models": {"test.org/nic": {"params": {
    "queues": {"type": "int", "init_value": 4, "allowed_values": ["1-8"],
               "description": "how many"},
    "rss": {"type": "bool", "init_value": False, "off_value": False},
    "mode": {"type": "str", "init_value": "fast", "allowed_values": ["fast", "safe"]},
}}}}


class Convert(unittest.TestCase):
    def convert(self, info, *args):
        return run("convert", *args, "-", stdin=json.dumps(info).encode())

    def test_params(self):
        code, out, _ = self.convert(INFO)
        self.assertEqual(0, code)
        document = json.loads(out)
        # What is off is not told of.
        self.assertEqual({"queues": 4, "mode": "fast"}, document["self"]["params"])
        self.assertEqual({"queues": {"min": 1, "max": 8}, "rss": [False, True],
                          "mode": ["fast", "safe"]},
                         document["compatible"][0]["params"])
        self.assertEqual({"rss": False}, document["compatible"][0]["off"])

    def test_it_can_be_judged(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "nic.json")
            with open(path, "w", encoding="ascii") as file:
                file.write(self.convert(INFO)[1])
            self.assertEqual(COMPATIBLE, run("check", path, path)[0])
            for param, code in (("p.queues=8", COMPATIBLE), ("p.queues=9", INCOMPATIBLE),
                                ("p.rss=true", COMPATIBLE), ("p.x=1", INCOMPATIBLE)):
                line = ["model=test.org/nic", "api=vfio-pci", "ver=1.0.0",
                        "p.mode=safe", param]
                if "queues" not in param:
                    line.append("p.queues=1")
                self.assertEqual(code, run("check", *line, path)[0], param)

    def test_versions(self):
        info = {"models": {"a": {"versions": ["1", "2", "beta"]}, "b": {"versions": ["1"]}}}
        document = json.loads(self.convert(info, "--model", "a")[1])
        self.assertEqual({"version": "beta"}, document["self"]["params"])
        self.assertEqual({"version": [1, 2, "beta"]},
                         document["compatible"][0]["params"])
        other = {"models": {"a": {"versions": ["1", "01"]}}}
        self.assertIn("neither an integer nor a token", self.convert(other)[2])
        code, _, err = self.convert(info)
        self.assertEqual(UNREADABLE, code)
        self.assertIn("2 of them", err)
        self.assertIn("no 'c'", self.convert(info, "--model", "c")[2])

    def test_what_is_no_migration_info(self):
        for info, place in (
                ([], "not a JSON object"), ({}, "models"),
                ({"models": {"a": {}}}, "a:"),
                ({"models": {"a": {"versions": []}}}, "version"),
                ({"models": {"a": {"versions": [[]]}}}, "version"),
                ({"models": {"a": {"params": {"X": {}}}}}, "X: not a token"),
                ({"models": {"a": {"params": {"x": 1}}}}, "x: not an object"),
                ({"models": {"a": {"params": {"x": {"init_value": 1.5}}}}}, "x:"),
                ({"models": {"a": {"params": {"x": {
                    "init_value": 1, "allowed_values": ["5-1"]}}}}}, "x:"),
                ({"models": {"a": {"params": {"x": {
                    "init_value": 1, "off_value": "No"}}}}}, "x:"),
                ({"models": {"a": {"params": {"x": {
                    "init_value": 1, "allowed_values": "1-8"}}}}}, "x:"),
                ({"models": {"a": {"versions": "2"}}}, "a:"),
                ({"models": {"a": {"versions": ["1"], "params": {}}}}, "a:")):
            code, out, err = self.convert(info)
            self.assertEqual((UNREADABLE, "", 1), (code, out, err.count("\n")), info)
            self.assertIn(place, err, info)
