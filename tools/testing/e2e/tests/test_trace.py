# SPDX-License-Identifier: GPL-2.0
"""The parser, the judgement and the report, on a trace made by hand."""

import tempfile
import unittest

from vmige2e import analysis, client, report
from vmige2e.kvm import KvmTrace
from vmige2e.leg import Leg, Plan, judge
from vmige2e.trace import parse

PAGE = 4096
SIZE = 256 * PAGE

# dev=A is the source, dev=B the destination; 256 pages, 10 of them again.
GOOD = f"""\
# tracer: nop
 qemu-1 [000] .....  10.000000: vmig_session: dev=A dir=save id=7 event=open bytes=0 records=0
 qemu-1 [000] .....  10.000001: vmig_phase: dev=A phase=precopy dirty_bytes={SIZE}
 qemu-1 [000] .....  10.000002: vmig_state: dev=A from=RUNNING to=PRE_COPY err=0
 qemu-2 [001] .....  10.000003: vmig_state: dev=B from=RUNNING to=RESUMING err=0
 qemu-2 [001] .....  10.000004: vmig_session: dev=B dir=load id=7 event=open bytes=0 records=0
 qemu-1 [000] .....  10.100000: vmig_record: dev=A dir=save type=SELF seq=0 addr=0x0 len=40
 qemu-1 [000] .....  10.100001: vmig_record: dev=A dir=save type=MEMORY seq=1 addr=0x0 len={SIZE}
 qemu-1 [000] .....  10.100002: vmig_segment: dev=A dir=save phase=precopy bytes=1048700 records=2 memory_bytes={SIZE}
 qemu-2 [001] .....  10.200001: vmig_record: dev=B dir=load type=SELF seq=0 addr=0x0 len=40
 qemu-2 [001] .....  10.200002: vmig_record: dev=B dir=load type=MEMORY seq=1 addr=0x0 len={SIZE}
 qemu-2 [001] .....  10.200003: vmig_segment: dev=B dir=load phase=resuming bytes=1048700 records=2 memory_bytes={SIZE}
 qemu-1 [000] .....  11.000000: vmig_phase: dev=A phase=stopcopy dirty_bytes=40960
 qemu-1 [000] .....  11.000001: vmig_state: dev=A from=PRE_COPY to=STOP_COPY err=0
 qemu-1 [000] .....  11.000002: vmig_state: dev=A from=STOP_COPY to=STOP_COPY err=0
 qemu-1 [000] .....  11.000003: vmig_record: dev=A dir=save type=MEMORY seq=2 addr=0x2000 len=40960
 qemu-1 [000] .....  11.000004: vmig_record: dev=A dir=save type=STATE seq=3 addr=0x0 len=320
 qemu-1 [000] .....  11.000005: vmig_record: dev=A dir=save type=END seq=4 addr=0x0 len=16
 qemu-1 [000] .....  11.000006: vmig_segment: dev=A dir=save phase=stopcopy bytes=41400 records=3 memory_bytes=40960
 qemu-1 [000] .....  11.000007: vmig_session: dev=A dir=save id=7 event=complete bytes=1090100 records=5
 qemu-1 [000] .....  11.000008: vmig_state: dev=A from=STOP_COPY to=STOP err=0
 qemu-2 [001] .....  11.000010: vmig_record: dev=B dir=load type=MEMORY seq=2 addr=0x2000 len=40960
 qemu-2 [001] .....  11.000011: vmig_record: dev=B dir=load type=STATE seq=3 addr=0x0 len=320
 qemu-2 [001] .....  11.000012: vmig_record: dev=B dir=load type=END seq=4 addr=0x0 len=16
 qemu-2 [001] .....  11.000013: vmig_segment: dev=B dir=load phase=resuming bytes=41400 records=3 memory_bytes=40960
 qemu-2 [001] .....  11.000014: vmig_session: dev=B dir=load id=7 event=complete bytes=1090100 records=5
 qemu-2 [001] .....  11.300000: vmig_state: dev=B from=RESUMING to=RUNNING err=0
"""


# The same by QEMU 10, which has all DMA stop before any device does, and stops to
# save only when all is done.
V2 = GOOD.replace("RUNNING err=0", "RUNNING_P2P err=0").replace(
    "from=PRE_COPY to=STOP_COPY", "from=PRE_COPY_P2P to=STOP_COPY").replace(
    "11.000008", "11.500000") + """\
 qemu-1 [000] .....  10.999999: vmig_state: dev=A from=PRE_COPY to=PRE_COPY_P2P err=0
 qemu-2 [001] .....  11.300009: vmig_state: dev=B from=RUNNING_P2P to=RUNNING err=0
"""
V2 = "\n".join(sorted(V2.splitlines(), key=lambda line: line[12:]))


def judged(text, wrote=50, verified=None, clients=("7.2", "7.2")):
    events, _ = parse(text)
    leg = Leg(1, "A", "B", SIZE, 8, 100, *clients, begun=9.5)
    leg.saving = analysis.side(events, "A")
    leg.loading = analysis.side(events, "B")
    leg.before = {"seq": 10, "writes": 100, "wrong": 0, "registers": 0}
    leg.after = {"seq": 90, "writes": 100 + wrote, "wrong": 0, "registers": 0}
    leg.verified = verified or {"word": "verified", "bytes": SIZE, "wrong": 0,
                                "registers": 0, "ms": 5}
    judge(leg, Plan(need_precopy=True, records=True, expect=client.expect(
        *(client.Client(name, "qemu") for name in clients))))
    return leg


class TraceTest(unittest.TestCase):
    def problem(self, wanted, old="", new="", text=GOOD, **options):
        self.assertIn(old, text)
        leg = judged(text.replace(old, new) if old else text, **options)
        self.assertTrue(any(wanted in p for p in leg.problems), leg.problems)

    def test_parse(self):
        events, lost = parse(GOOD + "CPU:1 [LOST 12 EVENTS]\n")
        self.assertEqual((len(events), lost),
                         (GOOD.count(" vmig_"), 12))
        self.assertEqual(events[5].addr, 0)
        self.assertEqual(events[2].from_, "RUNNING")

    def test_good(self):
        leg = judged(GOOD)
        self.assertEqual(leg.problems, [])
        self.assertAlmostEqual(
            analysis.downtime(leg.saving, leg.loading), 0.299999, 5)
        text = "\n".join(report.leg_text(leg) + report.summary([leg]))
        self.assertIn("dirty at stop: 10 pages, carried in stop-and-copy: "
                      "10 pages (the same)", text)
        self.assertIn("sent more than once: 10 pages", text)

    def test_states(self):
        self.problem("source went", "from=RUNNING to=PRE_COPY",
                     "from=RUNNING to=STOP")
        self.problem("failed: -5", "from=STOP_COPY to=STOP err=0",
                     "from=STOP_COPY to=STOP err=-5")

    def test_protocols(self):
        both = ("10", "10")
        leg = judged(V2, clients=both)
        self.assertEqual(leg.problems, [])
        self.assertAlmostEqual(
            analysis.downtime(leg.saving, leg.loading), 0.300008, 5)
        # Each side goes the way of its own QEMU, and only that.
        source, target = ([line for line in text.splitlines()
                           if f"dev={dev} " in line]
                          for text, dev in ((V2, "A"), (GOOD, "B")))
        mixed = "\n".join(source + target)
        self.assertEqual(judged(mixed, clients=("10", "7.2")).problems, [])
        self.problem("source went", clients=("10", "7.2"))
        self.problem("destination went", text=mixed, clients=both)
        # Both sides say which QEMU they were.
        self.assertIn("A to B, QEMU 10 to 7.2, 8 MiB/s", report.leg_text(
            judged(mixed, clients=("10", "7.2")))[0])
        self.assertIn("A to B, QEMU 10, 8 MiB/s", report.leg_text(leg)[0])

    def test_counter(self):
        sources = [judged(V2, clients=("10", "10")).saving]
        for counted, wanted in ((1090100, []), (1090101, [
                "QEMU counted 1090101 bytes of VFIO devices, they gave 1090100"
                ])):
            self.assertEqual(analysis.check_counter(
                {"vfio": {"transferred": counted}}, sources), wanted)
        self.assertTrue(analysis.check_counter({}, sources))

    def test_bytes(self):
        self.problem("were dirty", "dirty_bytes=40960", "dirty_bytes=45056")
        self.problem("the guest wrote 8", wrote=8)
        # One more than it wrote: there was one fetch, perhaps amid a write.
        self.assertEqual(judged(GOOD, wrote=9).problems, [])
        self.problem("destination took", "records=3 memory_bytes=40960\n qemu-2",
                     "records=4 memory_bytes=40960\n qemu-2")
        self.problem("less than half", "phase=precopy bytes=",
                     "phase=stopcopy bytes=")

    def test_sessions(self):
        self.problem("did not complete", "id=7 event=complete",
                     "id=7 event=close")
        self.problem("session id", "dir=load id=7", "dir=load id=8")

    def test_records(self):
        self.problem("before the device stopped", "11.000004", "10.500000")
        self.problem("or they differ", "dir=load type=STATE seq=3 addr=0x0",
                     "dir=load type=STATE seq=3 addr=0x8")
        self.problem("gaps", "type=END seq=4", "type=END seq=5")
        self.problem("page twice", "addr=0x2000 len=40960",
                     "addr=0x2000 len=4096\n q-1 [000] ..... 11.000003: "
                     "vmig_record: dev=A dir=save type=MEMORY seq=2 "
                     "addr=0x2000 len=36864")

    def test_cover(self):
        self.problem("different bytes", f"MEMORY seq=1 addr=0x0 len={SIZE}",
                     f"MEMORY seq=1 addr=0x0 len={SIZE - 2 * PAGE}")

    def test_guest(self):
        self.problem("found wrong=4096", verified={
            "word": "verified", "bytes": SIZE, "wrong": 4096})
        self.problem("did not verify", verified={"word": "status"})
        self.problem("not 1048576", verified={
            "word": "verified", "bytes": PAGE, "wrong": 0})


class KvmTraceTest(unittest.TestCase):
    MODULES = ("kvm 1138688 1 kvm_amd, Live 0xffffffffc0700000\n"
               "kvm_amd 163840 0 - Live 0x{}\n")

    def host(self, address):
        with tempfile.NamedTemporaryFile("w") as modules:
            modules.write(self.MODULES.format(address))
            modules.flush()
            return KvmTrace.host_module(modules.name)

    def test_fatal_exit(self):
        line = (" qemu-598 [001] ..... 471.2: kvm_exit: vcpu 0 reason npf "
                "rip 0x{} info1 0x2 info2 0x10eda6ff8")
        host = self.host("ffffffffc0880000")
        self.assertTrue(KvmTrace.fatal_exit(
            line.format("ffffffffc088120c"), host))
        for usual in ("fff0", "ffffffff81000000", "7f4645fc3030",
                      "ffffffffc0202080", "ffffffffc08a8000"):
            self.assertFalse(KvmTrace.fatal_exit(line.format(usual), host))
            self.assertFalse(KvmTrace.fatal_exit(line.format(usual), None))
        self.assertTrue(KvmTrace.fatal_exit(
            " qemu-598 [001] ..... 471.2: kvm_userspace_exit: "
            "reason KVM_EXIT_SHUTDOWN (8)", None))

    def test_host_where_a_guest_may_be(self):
        self.assertIsNone(self.host("ffffffffc0203000"))


if __name__ == "__main__":
    unittest.main()
