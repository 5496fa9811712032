# SPDX-License-Identifier: GPL-2.0
"""The callout alone, as mdevctl would call it, on a tree of plain files."""
import json
import os
import subprocess
import tempfile

import tap
import tree

NEW = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
THIRD = "33333333-3333-4333-8333-333333333333"
QUEUES, RING = "migration/param_num_queues", "migration/param_ring_max"
PROFILE = "migration/profile"
CONFIGURED = f"{PROFILE} {QUEUES} {RING}"

# Type, attributes in order, and the refusal if there is one.
DEFINITIONS = [
    ("mcopy-m1", [], None),
    ("mcopy-m1", [("aggregator", "4"), (PROFILE, "p1")], None),
    ("mcopy-m1", [(PROFILE, "p1"), ("aggregator", "1024")], None),
    ("mcopy-m16", [("aggregator", "64")], None),
    ("mcopy-m16", [("aggregator", "65")], "aggregator: 65 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "0")], "aggregator: 0 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "-1")], "aggregator: -1 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "")], "aggregator:  is not in 1..64"),
    ("mcopy-m16", [("aggregator", "0x4")], "aggregator: 0x4 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "04")], "aggregator: 04 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "4.0")], "aggregator: 4.0 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "4 5")], "aggregator: 4 5 is not in 1..64"),
    ("mcopy-m16", [("aggregator", "18446744073709551620")],
     "aggregator: 18446744073709551620 is not in 1..64"),
    # The last one counts, as it does for the device.
    ("mcopy-m16", [("aggregator", "2"), ("aggregator", "3")], None),
    ("mcopy-m1024", [("aggregator", "1")], None),
    ("mcopy-m1024", [("aggregator", "2")], "aggregator: 2 is not 1"),
    ("mcopy-m16", [(PROFILE, "p9")], f"{PROFILE}: p9 is not one of p1 p2 p3"),
    ("mcopy-m16", [(PROFILE, "")], f"{PROFILE}:  is not one of p1 p2 p3"),
    ("mcopy-m16", [(PROFILE, "p3"), (QUEUES, "2"), (RING, "4096")], None),
    ("mcopy-m16", [(QUEUES, "2"), (RING, "4096")], None),
    ("mcopy-m16", [(QUEUES, "2"), (PROFILE, "p3")],
     f"{PROFILE}: has to stand before {QUEUES}, which it resets"),
    ("mcopy-m16", [(QUEUES, "5")], f"{QUEUES}: 5 is not in 1..4"),
    ("mcopy-m16", [(RING, "1")], f"{RING}: 1 is not in 2..4096"),
    # Four queues is what it has before anything is written.
    ("mcopy-m16", [(RING, "4096"), (QUEUES, "2")],
     f"{RING}: with num_queues 4, ring_max has to be at most 1024, not 4096"),
    ("mcopy-m16", [(QUEUES, "2"), (RING, "2048"), (QUEUES, "3")],
     f"{QUEUES}: with num_queues 3, ring_max has to be at most 1024, not 2048"),
    ("mcopy-m16", [(QUEUES, "3"), (RING, "1024")], None),
    ("mcopy-m16", [(PROFILE, "p1"), (QUEUES, "2")],
     f"{QUEUES}: profile p1 has no such parameter"),
    ("mcopy-m16", [(PROFILE, "p2"), (QUEUES, "1"), (RING, "4096")], None),
    ("mcopy-m16", [("migration/capacity", "4")],
     f"migration/capacity: not among what can be configured: aggregator {CONFIGURED}"),
    ("mcopy-m1024", [("mcopy/rate_limit", "4")],
     f"mcopy/rate_limit: not among what can be configured: {CONFIGURED}"),
    ("mcopy-m16", [("migration/param_rss", "1")],
     "migration/param_rss: not among what can be configured: "
     f"aggregator {CONFIGURED}"),
    ("mcopy-m16", [("../remove", "1")],
     f"../remove: not among what can be configured: aggregator {CONFIGURED}"),
    # JSON that could be mistaken for something else.
    ("mcopy-m16", [("aggregator", '4"},{"x":"1')],
     r'aggregator: 4\"},{\"x\":\"1 is not in 1..64'),
    ("mcopy-m16", [("aggregator", "{"), ("x", "]")], "aggregator: { is not in 1..64"),
    ("mcopy-m16", [('start":"auto', "4")],
     r'start\":\"auto: not among what can be configured: '
     f"aggregator {CONFIGURED}"),
    ("tally-1", [("migration/param_counters", "8")], None),
    ("tally-1", [("migration/param_counters", "9")],
     "migration/param_counters: 9 is not in 1..8"),
    ("tally-1", [(PROFILE, "p1")], f"{PROFILE}: not among what can be configured: "
     "migration/param_counters"),
]


def definition(name, attrs, start="manual"):
    return {"mdev_type": name, "start": start,
            "attrs": [{key: value} for key, value in attrs]}


class Callout(tap.Suite):
    """With the given shell and a PATH that leads to the awk to use."""

    def __init__(self, program, name, shell=(), path=None):
        super().__init__()
        self.prefix = f"callout, {name}: "
        self.argv = [*shell, program]
        self.path = path
        self.folder = tempfile.TemporaryDirectory(prefix="vmig-mdevctl")
        self.fresh()

    def fresh(self):
        self.tree = tree.Tree(tempfile.mkdtemp(dir=self.folder.name))

    def call(self, event, action, name, text="", uuid=NEW, state="none"):
        """Exit code, stdout, stderr."""
        parent = {"t": "tally", "o": "other"}.get(name[0], "mcopy0")
        env = dict(os.environ, MDEVCTL_ENV_ROOT=self.tree.root)
        if self.path:
            env["PATH"] = self.path
        if not isinstance(text, str):
            # As mdevctl prints it.
            text = json.dumps(text, indent=2, separators=(",", ": "))
        with subprocess.Popen(
                [*self.argv, "-t", name, "-e", event, "-a", action, "-s", state,
                 "-u", uuid, "-p", parent], env=env, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:
            # Not by communicate(), which forgives who does not read.
            script.stdin.write(text)
            script.stdin.close()
            out, err = script.stdout.read(), script.stderr.read()
        return script.returncode, out, err

    def refused(self, expected, *args, **options):
        self.same((1, "", f"{expected}\n"), self.call(*args, **options), args)

    def accepted(self, *args, **options):
        self.same((0, "", ""), self.call(*args, **options), args)

    def test_definitions_are_judged(self):
        for name, attrs, refusal in DEFINITIONS:
            for action in ("define", "modify", "start"):
                args = ("pre", action, name, definition(name, attrs))
                if refusal:
                    self.refused(refusal, *args)
                else:
                    self.accepted(*args)

    def test_other_types_are_passed_over_with_all_input_read(self):
        text = json.dumps({"junk": "x" * (1 << 20)})
        for name in ("other-1", "mcopy-m2", "m"):
            for event, action in (("pre", "define"), ("get", "attributes"),
                                  ("get", "capabilities"), ("post", "start")):
                self.same((2, "", ""), self.call(event, action, name, text), name)

    def test_nothing_is_said_to_what_has_happened(self):
        text = definition("mcopy-m16", [("aggregator", "65")])
        for action in ("start", "stop", "define", "undefine", "modify"):
            for state in ("success", "failure"):
                self.accepted("post", action, "mcopy-m16", text, state=state)
                self.accepted("notify", action, "mcopy-m16", text, state=state)
        for action in ("stop", "undefine"):
            self.accepted("pre", action, "mcopy-m16", text)

    def test_all_actions_and_events_are_supported(self):
        provided = {"version": 2, "actions": ["start", "stop", "define", "undefine",
                                              "modify", "attributes", "capabilities"],
                    "events": ["pre", "post", "notify", "get", "live"]}
        code, out, err = self.call("get", "capabilities", "mcopy-m16",
                                   {"provides": provided})
        self.same((0, ""), (code, err))
        self.same({"supports": provided}, json.loads(out))

    def test_a_start_needs_what_the_pool_has_left(self):
        self.fresh()
        self.tree.add_device("mcopy0", "mcopy-m1024", OTHER, 1024)
        self.tree.add_device("mcopy0", "mcopy-m16", THIRD, 960, aggregator=60)
        attrs = [("aggregator", "5")]
        self.refused("aggregator: 5 takes 80 units of pool mcopy, which has 64 of 2048 left",
                     "pre", "start", "mcopy-m16", definition("mcopy-m16", attrs))
        # A definition may wait until there is room, and one for itself has it.
        self.accepted("pre", "define", "mcopy-m16", definition("mcopy-m16", attrs))
        self.accepted("pre", "start", "mcopy-m16", definition("mcopy-m16", attrs),
                      uuid=THIRD)
        attrs = [("aggregator", "4")]
        self.accepted("pre", "start", "mcopy-m16", definition("mcopy-m16", attrs))
        self.refused("aggregator: 1 takes 256 units of pool mcopy, which has 64 of 2048 left",
                     "pre", "start", "mcopy-m256", definition("mcopy-m256", []))

    def test_what_starts_by_itself_fits_into_the_pool(self):
        self.fresh()
        self.tree.add_definition("mcopy0", OTHER, definition(
            "mcopy-m1024", [], "auto"))
        self.tree.add_definition("mcopy0", THIRD, definition(
            "mcopy-m16", [("aggregator", "2"), ("aggregator", "60")], "auto"))
        text = definition("mcopy-m16", [("aggregator", "5")], "auto")
        for action in ("define", "modify"):
            self.refused(
                "start: auto takes 80 of 2048 units of pool mcopy, of which others "
                f"take {OTHER} 1024, {THIRD} 960", "pre", action, "mcopy-m16", text)
        # Those that need no room beside the others.
        self.accepted("pre", "modify", "mcopy-m16", text, uuid=THIRD)
        self.accepted("pre", "start", "mcopy-m16", text)
        self.accepted("pre", "define", "mcopy-m16",
                      definition("mcopy-m16", [("aggregator", "5")]))
        self.accepted("pre", "define", "mcopy-m16",
                      definition("mcopy-m16", [("aggregator", "4")], "auto"))
        self.tree.add_definition("mcopy0", THIRD, definition(
            "mcopy-m16", [("aggregator", "60")], "manual"))
        self.accepted("pre", "define", "mcopy-m16", text)

    def test_a_device_that_is_there_takes_what_it_has(self):
        self.fresh()
        self.tree.add_definition("mcopy0", OTHER, definition(
            "mcopy-m1024", [], "auto"))
        self.tree.add_definition("mcopy0", THIRD, definition("mcopy-m1", [], "auto"))
        self.tree.add_device("mcopy0", "mcopy-m1", NEW, 1024, aggregator=1024)
        # Version 1.4 asks with no attributes first, and for them afterwards.
        self.refused("start: auto takes 1024 of 2048 units of pool mcopy, of which "
                     f"others take {OTHER} 1024, {THIRD} 1", "pre", "define",
                     "mcopy-m1", definition("mcopy-m1", [], "auto"))

    def test_attributes_are_what_makes_another_one(self):
        self.fresh()
        values = {"software_version": "3.3.0", "generation": 3, "last_error": "none",
                  "protocols": "v1 v2"}
        devices = [
            ("mcopy-m16", {"aggregator": 4, "profile": "p1", "param_num_queues": 1,
                           "param_ring_max": 4096},
             [{"aggregator": "4"}, {PROFILE: "p1"}]),
            ("mcopy-m1024", {"profile": "p3", "param_num_queues": 2,
                             "param_ring_max": 4096},
             [{PROFILE: "p3"}, {QUEUES: "2"}, {RING: "4096"}]),
            ("tally-1", {"profile": "", "param_counters": 7},
             [{"migration/param_counters": "7"}])]
        for number, (name, own, expected) in enumerate(devices):
            uuid = f"{number}{OTHER[1:]}"
            parent = "tally" if name == "tally-1" else "mcopy0"
            self.tree.add_device(parent, name, uuid, 1, **own, **values)
            code, out, err = self.call("get", "attributes", name, uuid=uuid)
            self.same((0, ""), (code, err))
            self.same(expected, json.loads(out), name)
            self.accepted("pre", "define", name, {
                "mdev_type": name, "start": "manual", "attrs": expected})

    def test_a_live_change_writes_what_is_different(self):
        self.fresh()
        self.tree.add_device("mcopy0", "mcopy-m16", NEW, 16, profile="p1",
                             param_num_queues=1, param_ring_max=4096)
        self.tree.add_device("mcopy0", "mcopy-m1024", OTHER, 1024)
        self.tree.add_device("mcopy0", "mcopy-m1024", THIRD, 1000)
        self.refused("aggregator: 65 is not in 1..64", "live", "modify", "mcopy-m16",
                     definition("mcopy-m16", [("aggregator", "65")]))
        self.refused("aggregator: 2 takes 32 units of pool mcopy, which has 24 of 2048 left",
                     "live", "modify", "mcopy-m16",
                     definition("mcopy-m16", [(PROFILE, "p2"), ("aggregator", "2")]))
        self.is_now(("1", "p1", "1", "4096"))
        self.accepted("live", "modify", "mcopy-m16",
                      definition("mcopy-m16", [(QUEUES, "2")]))
        self.is_now(("1", "p3", "2", "1024"))

    def is_now(self, expected):
        base = os.path.join(self.tree.root, "sys/bus/mdev/devices", NEW)
        for file, value in zip(("aggregator", PROFILE, QUEUES, RING), expected):
            with open(f"{base}/{file}", encoding="ascii") as opened:
                self.same(f"{value}\n", opened.read(), file)
