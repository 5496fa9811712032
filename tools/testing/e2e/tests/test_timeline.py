# SPDX-License-Identifier: GPL-2.0
"""Legs found in traces made by hand, and what is drawn of them."""

import importlib.machinery
import importlib.util
import os
import shutil
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from vmige2e import picture, timeline
from vmige2e.trace import parse

SCRIPT = os.path.join(os.path.dirname(os.path.realpath(__file__)),
                      "../../../../scripts/mig-timeline")
PAGES = 40960

# Device S gives what device D takes; the numbers behind @ are seconds.
LEG = f"""\
@0.0 vmig_session: dev=S dir=save id=ID event=open bytes=0 records=0
@0.001 vmig_phase: dev=S phase=precopy dirty_bytes={PAGES}
@0.002 vmig_state: dev=S from=RUNNING to=PRE_COPY err=0
@0.003 vmig_pending: dev=S bytes=41300
@0.100 vmig_state: dev=D from=RUNNING to=RESUMING err=0
@0.200 vmig_segment: dev=S dir=save phase=precopy bytes=41300 records=11 memory_bytes={PAGES}
@0.201 vmig_pending: dev=S bytes=8240
@0.202 sched_switch: prev_comm=vmig_x dev=S
@0.300 vmig_session: dev=D dir=load id=ID event=open bytes=0 records=0
@0.301 vmig_segment: dev=D dir=load phase=resuming bytes=41300 records=11 memory_bytes={PAGES}
@1.000 vmig_phase: dev=S phase=stopcopy dirty_bytes=8192
@1.001 vmig_state: dev=S from=PRE_COPY to=STOP_COPY err=0
@1.010 vmig_segment: dev=S dir=save phase=stopcopy bytes=8600 records=4 memory_bytes=8192
@1.011 vmig_pending: dev=S bytes=0
@1.012 vmig_session: dev=S dir=save id=ID event=complete bytes=49900 records=15
@1.013 vmig_state: dev=S from=STOP_COPY to=STOP err=0
@1.020 vmig_segment: dev=D dir=load phase=resuming bytes=8600 records=4 memory_bytes=8192
@1.021 vmig_session: dev=D dir=load id=ID event=complete bytes=49900 records=15
@1.031 vmig_state: dev=D from=RESUMING to=RUNNING err=0
@1.100 vmig_state: dev=S from=STOP to=RUNNING err=0
"""
# The same through protocol v2: without P2P at the last, and the source stays in
# STOP_COPY until all is done.
V2 = LEG.replace("@1.001 vmig_state: dev=S from=PRE_COPY to=STOP_COPY", """\
@0.990 vmig_state: dev=S from=PRE_COPY to=PRE_COPY_P2P err=0
@1.001 vmig_state: dev=S from=PRE_COPY_P2P to=STOP_COPY""").replace(
    "@1.013", "@1.040").replace(
    "@1.031 vmig_state: dev=D from=RESUMING to=RUNNING", """\
@1.025 vmig_state: dev=D from=RESUMING to=RUNNING_P2P err=0
@1.031 vmig_state: dev=D from=RUNNING_P2P to=RUNNING""")
# A guest that is paused: there is no pre-copy.
PAUSED = """\
@0.0 vmig_state: dev=S from=RUNNING to=STOP err=0
@0.1 vmig_session: dev=S dir=save id=ID event=open bytes=0 records=0
@0.101 vmig_state: dev=S from=STOP to=STOP_COPY err=0
@0.2 vmig_segment: dev=S dir=save phase=stopcopy bytes=8600 records=4 memory_bytes=8192
@0.3 vmig_session: dev=S dir=save id=ID event=complete bytes=8600 records=4
@0.301 vmig_state: dev=S from=STOP_COPY to=STOP err=0
"""
# The source opens another session, the destination goes on as it is.
TWICE = LEG.split("@1.010")[0] + """\
@1.100 vmig_session: dev=S dir=save id=ID event=drop bytes=41300 records=11
@1.101 vmig_state: dev=S from=STOP_COPY to=RUNNING err=0
@1.200 vmig_state: dev=S from=RUNNING to=STOP err=0
""" + PAUSED.split("\n", 1)[1].replace("@0", "@2").replace("id=ID", "id=9") + """\
@2.400 vmig_session: dev=D dir=load id=9 event=open bytes=0 records=0
@2.401 vmig_segment: dev=D dir=load phase=resuming bytes=8600 records=4 memory_bytes=8192
@2.402 vmig_session: dev=D dir=load id=9 event=complete bytes=8600 records=4
@2.500 vmig_state: dev=D from=RESUMING to=RUNNING err=0
"""
CANCEL = """\
@0.0 vmig_session: dev=S dir=save id=ID event=open bytes=0 records=0
@0.002 vmig_state: dev=S from=RUNNING to=PRE_COPY err=0
@0.100 vmig_state: dev=D from=RUNNING to=RESUMING err=0
@0.300 vmig_session: dev=D dir=load id=ID event=open bytes=0 records=0
@0.500 vmig_session: dev=S dir=save id=ID event=drop bytes=0 records=0
@0.501 vmig_state: dev=S from=PRE_COPY to=RUNNING err=0
"""


def trace(source, target, number=1, begun=10.0, leg=LEG):
    """Text of a leg, as the kernel would write it."""
    text = ""
    for line in leg.splitlines():
        when, rest = line[1:].split(" ", 1)
        rest = rest.replace("dev=S", f"dev={source}").replace(
            "dev=D", f"dev={target}").replace("id=ID", f"id={number}")
        text += f"  qemu-1  [000] .....  {begun + float(when):.6f}: {rest}\n"
    return text


def only(text, dev):
    """What a host with one of the devices sees."""
    return "".join(x + "\n" for x in text.splitlines() if f"dev={dev} " in x)


def legs(text):
    return timeline.legs(parse(text)[0])


def load_script():
    loader = importlib.machinery.SourceFileLoader("mig_timeline", SCRIPT)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


class LegsTest(unittest.TestCase):
    def test_one(self):
        leg, = legs(trace("A", "B"))
        self.assertEqual((leg.source, leg.target), ("A", "B"))
        self.assertTrue(leg.complete)
        self.assertEqual(leg.memory, PAGES)
        self.assertAlmostEqual(leg.total, 1.031)
        self.assertAlmostEqual(leg.downtime, 0.030)
        self.assertEqual([value for _, value in leg.saving.pending],
                         [41300, 8240, 0])
        self.assertEqual(leg.loading.total("resuming"), 49900)

    def test_lanes(self):
        leg, = legs(trace("A", "B"))
        source, target = leg.lanes["source"], leg.lanes["destination"]
        self.assertEqual([state for _, _, state in source],
                         ["RUNNING", "PRE_COPY", "STOP_COPY", "STOP"])
        # Its reset to RUNNING is not shown.
        self.assertAlmostEqual(source[-1][1], 11.100)
        self.assertEqual([state for _, _, state in target],
                         ["RUNNING", "RESUMING", "RUNNING"])
        self.assertAlmostEqual(target[1][0], 10.100)

    def test_v2(self):
        leg, = legs(trace("A", "B", leg=V2))
        self.assertTrue(leg.complete)
        self.assertAlmostEqual(leg.total, 1.031)
        self.assertAlmostEqual(leg.downtime, 0.030)
        source, target = leg.lanes["source"], leg.lanes["destination"]
        self.assertEqual([state for _, _, state in source],
                         ["RUNNING", "PRE_COPY", "PRE_COPY_P2P", "STOP_COPY",
                          "STOP"])
        self.assertAlmostEqual(source[-1][0], 11.040)
        self.assertAlmostEqual(source[-1][1], 11.100)
        self.assertEqual([state for _, _, state in target],
                         ["RUNNING", "RESUMING", "RUNNING_P2P", "RUNNING"])

    def test_v2_alone(self):
        source, = legs(only(trace("A", "B", leg=V2), "A"))
        target, = legs(only(trace("A", "B", leg=V2), "B"))
        self.assertTrue(source.complete and target.complete)
        self.assertAlmostEqual(source.end, 11.040)
        self.assertAlmostEqual(target.end, 11.031)

    def test_v2_in_vain(self):
        text = V2.replace("@1.021", "@1.021 other: ").split("@1.025")[0] + """\
@1.040 vmig_state: dev=S from=STOP_COPY to=STOP err=0
@1.100 vmig_state: dev=S from=STOP to=RUNNING_P2P err=0
@1.101 vmig_state: dev=S from=RUNNING_P2P to=RUNNING err=0
"""
        leg, = legs(trace("A", "B", leg=text))
        self.assertFalse(leg.complete)
        self.assertIsNone(leg.downtime)
        self.assertEqual([state for _, _, state in leg.lanes["source"]],
                         ["RUNNING", "PRE_COPY", "PRE_COPY_P2P", "STOP_COPY",
                          "STOP", "RUNNING_P2P", "RUNNING"])

    def test_v2_there_and_back(self):
        # One way by each protocol, the other by the other.
        found = legs(trace("A", "B", 1, leg=V2) + trace("B", "A", 2, 20.0) +
                     trace("A", "B", 3, 30.0, V2))
        self.assertEqual([x.source + x.target for x in found],
                         ["AB", "BA", "AB"])
        for leg in found:
            self.assertAlmostEqual(leg.downtime, 0.030)
            self.assertEqual(len(leg.saving.segments), 2)

    def test_there_and_back(self):
        found = legs(trace("A", "B") + trace("B", "A", 2, 20.0) +
                     trace("A", "B", 3, 30.0))
        self.assertEqual([(x.number, x.source, x.target, x.session)
                          for x in found],
                         [(1, "A", "B", 1), (2, "B", "A", 2), (3, "A", "B", 3)])
        for leg in found:
            self.assertAlmostEqual(leg.total, 1.031)
            self.assertAlmostEqual(leg.downtime, 0.030)
            self.assertEqual(len(leg.saving.segments), 2)
            self.assertEqual(leg.loading.path(),
                             ("RUNNING", "RESUMING", "RUNNING"))

    def test_one_side(self):
        text = trace("A", "B")
        leg, = legs(only(text, "A"))
        self.assertEqual((leg.source, leg.target), ("A", ""))
        self.assertTrue(leg.complete)
        self.assertIsNone(leg.downtime)
        self.assertAlmostEqual(leg.total, 1.013)
        leg, = legs(only(text, "B"))
        self.assertEqual((leg.source, leg.target), ("", "B"))
        self.assertTrue(leg.complete)
        # From RESUMING on: that it is saved elsewhere it can't know.
        self.assertAlmostEqual(leg.total, 0.931)

    def test_same_number_of_another_host(self):
        # Here A was given away as session 1; B comes from a host that counts
        # for itself.
        other = only(trace("X", "B", 1, 20.0), "B").replace("49900", "49904")
        found = legs(only(trace("A", "Y"), "A") + other)
        self.assertEqual([(x.source, x.target) for x in found],
                         [("A", ""), ("", "B")])

    def test_same_number_without_end(self):
        # Of these the sizes are not known, and don't tell them apart.
        cut = LEG.split("@1.000")[0]
        for dev in "AC":
            other = only(trace("X", dev, 1, 20.0, cut), dev)
            found = legs(trace("A", "B") + other)
            self.assertEqual([(x.source, x.target) for x in found],
                             [("A", "B"), ("", dev)])
        found = legs(only(trace("A", "Y"), "A") +
                     only(trace("X", "A", 1, 20.0, cut), "A"))
        self.assertEqual([(x.source, x.target) for x in found],
                         [("A", ""), ("", "A")])

    def test_paused_and_again(self):
        again = PAUSED.split("\n", 1)[1]
        found = legs(trace("A", "B", 1, leg=PAUSED) +
                     trace("A", "B", 2, 20.0, again))
        for leg in found:
            self.assertEqual(len(leg.saving.segments), 1)
            self.assertAlmostEqual(leg.total, 0.201)

    def test_loaded_again(self):
        # The modules were loaded again and count from 1 again.
        found = legs(trace("A", "B") + trace("A", "B", 1, 20.0))
        self.assertEqual([x.source + x.target for x in found], ["AB", "AB"])
        self.assertAlmostEqual(found[1].downtime, 0.030)
        found = legs(only(trace("A", "B", leg=CANCEL), "A") +
                     trace("A", "B", 1, 20.0))
        self.assertEqual([x.source + x.target for x in found], ["A", "AB"])

    def test_session_after_session(self):
        first, second = legs(trace("A", "B", leg=TWICE))
        self.assertEqual((first.complete, second.complete), (False, True))
        self.assertEqual((first.loading.total("resuming"),
                          second.loading.total("resuming")), (41300, 8600))
        self.assertIsNone(first.downtime)
        self.assertAlmostEqual(second.downtime, 0.399)

    def test_cancelled(self):
        leg, = legs(trace("A", "B", leg=CANCEL))
        self.assertTrue(leg.ended)
        self.assertFalse(leg.complete)
        self.assertAlmostEqual(leg.total, 0.5)
        self.assertIn("given up after 500 ms", picture.title(leg)[0])

    def test_refused(self):
        text = trace("A", "B").replace(
            "11.021000: vmig_session: dev=B dir=load id=1 event=complete",
            "11.021000: vmig_refused: dev=B reason=bad_state record=14 "
            "field=x err=-22\n- [0] 11.03: other:")
        leg, = legs(text)
        self.assertFalse(leg.complete)
        self.assertIsNone(leg.downtime)
        self.assertIn("bad_state", leg.errors[0])
        self.assertIn("failed after", picture.title(leg)[0])

    def test_cut_short(self):
        leg, = legs(trace("A", "B", leg=LEG.split("@1.012")[0]))
        self.assertFalse(leg.ended or leg.complete)
        self.assertIn("no end in the trace", picture.title(leg)[0])

    def test_choose(self):
        found = legs(trace("A", "B") + trace("B", "A", 2, 20.0) +
                     trace("C", "D", 3, 30.0))
        for wanted, arguments in (
                (3, ()), (1, (None, None, 1)), (2, ("B", "A")),
                (1, ("A", "-")), (1, ("A", "B", 1))):
            self.assertEqual(timeline.choose(found, *arguments).number, wanted)
        for arguments in ((None, None, 4), (None, None, 0), ("A", "D"),
                          ("A", "B", 2)):
            with self.assertRaises(LookupError):
                timeline.choose(found, *arguments)


class PictureTest(unittest.TestCase):
    def test_words(self):
        self.assertEqual(picture.milliseconds(0.0944), "94 ms")
        self.assertEqual(picture.milliseconds(0.0004), "0.40 ms")
        self.assertEqual(picture.duration(11.478), "11.48 s")
        self.assertEqual(picture.amount(10481152), "10.0 MiB")
        self.assertEqual(picture.amount(482808), "471.5 KiB")
        self.assertEqual(picture.amount(0), "0 bytes")

    def test_steps(self):
        # Of many in one pixel the last one counts: what follows may be long.
        crowd = [(n / 1e6, n) for n in range(1000)]
        kept = picture.steps(crowd + [(5.0, 7)], 0.0, 10.0)
        self.assertEqual([value for _, value in kept], [999, 7, 7])

    def test_states_of_v2(self):
        drawn = picture.script(legs(trace("A", "B", leg=V2))[0])
        # Both have a colour of their own, and there is no white.
        for state in ("PRE_COPY_P2P", "RUNNING_P2P"):
            self.assertIn(f"fillcolor '{picture.COLOURS[state]}'", drawn)
        self.assertNotIn("fillcolor '#ffffff'", drawn)
        self.assertEqual(len(set(picture.COLOURS.values())),
                         len(picture.COLOURS))

    def test_names_are_not_commands(self):
        leg, = legs(trace("A'`x`$y\"", "B"))
        self.assertIn("'source A''`x`$y\", destination B, session 1'",
                      picture.script(leg))

    def test_old_trace(self):
        text = trace("A", "B").replace("vmig_pending", "vmig_other")
        for wanted, words in ((True, "pending at the source"),
                              (False, "given by the source")):
            drawn = picture.script(legs(trace("A", "B"))[0])
            old = picture.script(legs(text)[0])
            self.assertEqual((words in drawn, words in old),
                             (wanted, not wanted))


class ScriptTest(unittest.TestCase):
    """The program itself."""

    def run_with(self, text, *arguments):
        script, out, err = load_script(), StringIO(), StringIO()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            with redirect_stdout(out), redirect_stderr(err):
                code = script.main([*arguments, "-o", folder + "/p.png", path])
            drawn = {}
            for name in set(os.listdir(folder)) - {"trace"}:
                with open(os.path.join(folder, name), "rb") as file:
                    drawn[name] = file.read()
        return code, out.getvalue(), err.getvalue(), drawn

    def test_errors(self):
        for wanted, text, *arguments in (
                ("no vmig events", "nothing\n"),
                ("no migration begins", trace("A", "B").replace("=open", "=x")),
                ("there is no leg 2", trace("A", "B"), "--leg", "2"),
                ("no leg goes from B to -", trace("A", "B"), "--uuid", "B", "-"),
        ):
            code, _, err, drawn = self.run_with(text, *arguments)
            self.assertEqual((code, drawn), (1, {}))
            self.assertIn(wanted, err)

    def test_no_gnuplot(self):
        path = os.environ["PATH"]
        os.environ["PATH"] = "/nowhere"
        try:
            code, _, err, drawn = self.run_with(trace("A", "B"))
        finally:
            os.environ["PATH"] = path
        self.assertEqual((code, drawn), (1, {}))
        self.assertIn("apt install gnuplot-nox", err)

    def test_list(self):
        code, out, err, drawn = self.run_with(
            trace("A", "B") + "CPU:1 [LOST 12 EVENTS]\n", "--list")
        self.assertEqual((code, drawn), (0, {}))
        self.assertRegex(out, r"\n +1 +10\.0+ +A +B +40\.0 KiB +1\.03 s +30 ms")
        self.assertIn("lost 12 events", err)

    @unittest.skipUnless(shutil.which("gnuplot"), "no gnuplot")
    def test_draws(self):
        whole = trace("A", "B")
        for text in (whole, only(whole, "A"), only(whole, "B"),
                     trace("A", "B", leg=V2),
                     trace("A<&>", "B", leg=CANCEL)):
            code, _, err, drawn = self.run_with(text)
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(sorted(drawn), ["p.png", "p.svg"])
            self.assertTrue(drawn["p.png"].startswith(b"\x89PNG"))
            self.assertIn(b"<title>Live migration", drawn["p.svg"])


if __name__ == "__main__":
    unittest.main()
