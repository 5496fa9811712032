# SPDX-License-Identifier: GPL-2.0
"""What is no document: one line that says where, exit code 4, nothing else."""
import json
import os
import subprocess
import tempfile
import unittest

from tests.program import EXAMPLES, PROGRAM, UNREADABLE, device, run

GOOD = json.dumps(device(), separators=(",", ":"))

# The text, and the words that name the place.
TEXTS = (
    ("", "it ends early"),
    ("nonsense", "byte 0"),
    ("[]", "not an object"),
    (GOOD[:-1], "is not closed (byte"),
    (GOOD[:200], "byte 200"),
    (GOOD + "x", "byte"),
    ("[" * 100000, "longer than 4095 bytes"),
    ('{"a":' + "[" * 3000, "7 brackets deep"),
    (GOOD.replace('"gen":1', '"gen":1,"gen":1'), "gen"),
    (GOOD.replace('"gen":1', '"gen":"1"'), "gen"),
    (GOOD.replace('"gen":1', '"gen":-1'), "gen"),
    (GOOD.replace('"gen":1', '"gen":4294967296'), "gen"),
    (GOOD.replace('"gen":1', '"gen":1.5'), "gen"),
    (GOOD.replace('"gen":1', '"gen":null'), "gen"),
    (GOOD.replace('"scope":"device"', '"scope":"house"'), "scope"),
    (GOOD.replace('"1.2.0"', '"1.2"'), "self.version"),
    (GOOD.replace('["a","b"]', '["a","a"]'), "self.features"),
    (GOOD.replace('["a","b"]', '["A"]'), "self.features[0]"),
    (GOOD.replace('["a","b"]', '{}'), "self.features"),
    (GOOD.replace('{"n":2}', '{"n":[]}'), "self.params.n"),
    (GOOD.replace('"min":1', '"min":true'), "compatible[0].params.n.min"),
    (GOOD.replace('"default"', '"usual"'), "profiles.usual"),
    (GOOD.replace("test/one", "t\u00e9st"), "byte"),
    (GOOD.replace("test/one", "t\0st"), "byte"),
    (GOOD.replace("test/one", "t\\u0041"), "byte"),
    (GOOD.replace("test/one", "t\nst"), "byte"),
    (GOOD.replace('"abi":1', '"abi":2'), "abi"),
    ("abi=1;model", "model"),
    ("abi=1;model=a;ver=1.0.0", "api"),
    ("abi=7;model=a", "abi"),
)


class Malformed(unittest.TestCase):
    def assert_refused(self, code, out, err, place, what):
        self.assertEqual((UNREADABLE, b""), (code, out), what)
        self.assertEqual(1, err.count(b"\n"), err)
        self.assertTrue(err.endswith(b"\n") and err.isascii(), err)
        self.assertIn(place.encode(), err, what)

    def test_texts(self):
        for text, place in TEXTS:
            data = text.encode()
            for args in (("show", "-"), ("check", "-", "ex1_uuid1.json"),
                         ("check", "ex1_uuid1.json", "-"),
                         ("plan", "-", "ex2_type_v5_8.json"),
                         ("find", "-", "."), ("lint", "-"), ("list", "-")):
                code, out, err = run(*args, stdin=data, binary=True)
                if args[0] == "lint":
                    self.assertEqual(b"0 documents, 0 errors\n", out)
                    out = b""
                self.assert_refused(code, out, err, place, (args, text[:60]))

    def test_every_shorter_one(self):
        with open(os.path.join(EXAMPLES, "ex3_nic_target.json"), "rb") as file:
            text = file.read().rstrip()
        for length in range(0, len(text), 3):
            self.assert_refused(*run("show", "-", stdin=text[:length], binary=True),
                                "standard input: ", length)

    def test_a_very_long_one(self):
        """100 MB are not read, let alone kept."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "long.json")
            with open(path, "wb") as file:
                file.write(GOOD.encode()[:-1] + b" " * 4096)
                file.truncate(100 << 20)
            self.assert_refused(*run("show", path, binary=True), "long.json", path)
            self.assert_refused(*run("convert", path, binary=True), "long.json", path)

    def test_files_that_are_not_there(self):
        for name in ("nowhere.json", "/proc/self/mem",
                     "11111111-2222-3333-4444-555555555555"):
            self.assert_refused(*run("show", name, binary=True), name, name)

    def test_names_of_files_do_no_harm(self):
        code, out, err = run("show", b"a\nb\xff\x1b[2J", binary=True)
        self.assert_refused(code, out, err, "a?b??[2J", err)
        code, out, err = run("convert", b"a\nb\xff\x1b[2J", binary=True)
        self.assert_refused(code, out, err, "a?b??[2J", err)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder.encode(), b"c\n\xff\xc3\xa9.json")
            with open(path, "w", encoding="ascii") as file:
                file.write(GOOD)
            _, out, _ = run("list", folder)
            self.assertEqual(2, len(out.splitlines()))
            for args in (("list", "--json"), ("find", "--json", path)):
                _, out, _ = run(*args, folder)
                answer = json.loads(out)
                self.assertIn("c\n?\u00e9.json", answer.get("name", answer.get("target")))

    def test_a_long_name(self):
        """There is room for the reason."""
        _, _, err = run("show", "x" * 2000)
        self.assertIn("File name too long", err)

    def test_the_others_are_still_found(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("bad.json", GOOD[:50]), ("good.json", GOOD)):
                with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                    file.write(text)
            code, out, err = run("find", folder + "/good.json", folder)
            self.assertEqual(0, code)
            self.assertIn("good.json\n  compatible by entry 0", out)
            self.assertIn("bad.json", err)
            os.remove(folder + "/good.json")
            self.assertEqual(UNREADABLE, run("find", "ex1_uuid1.json", folder)[0])

    def test_a_full_disk(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([PROGRAM, "list", EXAMPLES], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
        self.assertEqual(UNREADABLE, done.returncode)
        self.assertIn(b"cannot write", done.stderr)
