# SPDX-License-Identifier: GPL-2.0
"""The workload's DMA commands, with a dmatest that only talks."""

import os
import tempfile
import threading
import time
import unittest

import test_guest
from vmige2e import CheckFailed

PARAMETERS = ("timeout", "iterations", "threads_per_chan", "dmatest", "noverify",
              "test_buf_size", "max_channels", "channel", "run", "polled",
              "interrupts")


class Dmatest:
    """Files like those of the kernel's, and a log that says what it would."""

    def __init__(self, started, results, sums):
        self.started, self.results, self.sums = started, results, sums
        self.hangs = False
        self._directory = tempfile.TemporaryDirectory()
        self.path = self._directory.name
        self.channels = []
        self.batches = 0
        for name in PARAMETERS:
            self.write(name, "")
        os.mkfifo(self.path + "/kmsg")
        self._log = os.open(self.path + "/kmsg", os.O_RDWR)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def write(self, name, text):
        with open(f"{self.path}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def read(self, name):
        with open(f"{self.path}/{name}", encoding="ascii") as file:
            return file.read().strip()

    def _say(self, lines):
        for line in lines:
            os.write(self._log, f"6,99,12345,-;{line}\n".encode())

    def _work(self):
        while not self._ends.wait(0.01):
            if self.read("run") == "1":
                self.write("run", "Y")
                self.batches += 1
                self._say(["other: dmatest-like", *self.started])
                self._say(self.results)
            if self.read("run") == "Y" and not self.hangs:
                self._say(self.sums)
                self.write("run", "N")

    def stop(self):
        self._ends.set()
        self._thread.join()
        os.close(self._log)
        self._directory.cleanup()


def started(count, channel="dma0chan0"):
    return f"dmatest: Started {count} threads using {channel}"


def summed(thread, tests, failures=0, code=0):
    return (f"dmatest: {thread}: summary {tests} tests, {failures} failures "
            f"123.45 iops 678 KB/s ({code})")


def result(thread, what):
    return (f"dmatest: {thread}: result #3: '{what}' with src_off=0x1 "
            "dst_off=0x2 len=0x3 (0)")


@unittest.skipUnless(test_guest.FAKE, "run through make check")
class DmaTest(unittest.TestCase):
    def guest(self, dmatest, dma=1):
        self.addCleanup(dmatest.stop)
        guest = test_guest.WorkloadTest.start(
            self, parameters=f"vmig.dma={dma}",
            VMIG_FAKE_DMATEST=dmatest.path)
        guest.wait_ready(30)
        return guest

    def wait(self, guest, done):
        for _ in range(200):
            status = guest.command("dma status")
            if done(status):
                return status
            time.sleep(0.05)
        self.fail(f"still {status}")

    def test_batches_add_up(self):
        dmatest = Dmatest([started(2), started(1, "dma0chan1")], [],
                          [summed("dma0chan0-copy0", 10),
                           summed("dma0chan0-copy1", 20),
                           summed("dma0chan1-copy0", 30)])
        guest = self.guest(dmatest)
        guest.command("dma start iterations=20 threads_per_chan=2 noverify=1")
        self.assertEqual(
            [dmatest.read(p) for p in PARAMETERS[:7]],
            ["-1", "20", "2", "0", "1", "16384", "0"])
        self.wait(guest, lambda s: s["batches"] >= 3)
        guest.command("dma stop")
        status = self.wait(guest, lambda s: not s["running"])
        self.assertEqual(status["transfers"], 60 * status["batches"])
        self.assertEqual(dmatest.batches, status["batches"])
        self.assertEqual((status["failures"], status["complaints"],
                          status["threads"], status["trouble"]),
                         (0, 0, 0, "none"))
        self.assertEqual(guest.wait_tick()["transfers"], status["transfers"])
        self.assertEqual(guest.problems, [])

    def test_failures(self):
        dmatest = Dmatest([started(2)],
                          [result("dma0chan0-copy0", "data error"),
                           result("dma0chan0-copy1", "test passed")],
                          [summed("dma0chan0-copy0", 10, failures=1),
                           summed("dma0chan0-copy1", 0, code=-12)])
        guest = self.guest(dmatest)
        guest.command("dma start")
        self.wait(guest, lambda s: s["batches"])
        guest.command("dma stop")
        status = self.wait(guest, lambda s: not s["running"])
        self.assertEqual(status["failures"], 2 * status["batches"])
        self.assertEqual(status["complaints"], status["batches"])

    def test_a_hang_is_seen(self):
        dmatest = Dmatest([started(1)], [], [summed("dma0chan0-copy0", 1)])
        dmatest.hangs = True
        guest = self.guest(dmatest)
        guest.command("dma start")
        status = self.wait(guest, lambda s: s["threads"])
        self.assertEqual((status["running"], status["transfers"]), (1, 0))
        with self.assertRaises(CheckFailed):
            guest.command("dma start")
        self.assertEqual(guest.command("dma stop")["running"], 1)
        dmatest.hangs = False
        self.wait(guest, lambda s: not s["running"] and s["transfers"] == 1)

    def test_nothing_starts(self):
        dmatest = Dmatest([], [], [])
        guest = self.guest(dmatest)
        guest.command("dma start")
        status = self.wait(guest, lambda s: not s["running"])
        self.assertEqual(status["trouble"], "no_thread:_No_such_device")

    def test_channels_and_interrupts(self):
        dmatest = Dmatest([started(1)], [], [summed("dma0chan1-set0", 1)])
        dmatest.write("interrupts", "           CPU0       CPU1\n"
                      "  4:          7          8   IO-APIC   4-edge  ttyS0\n"
                      " 24:       1000         10   PCI-MSI   mcopy_guest-0\n"
                      " 25:          0          1   PCI-MSI   mcopy_guest-1\n")
        guest = self.guest(dmatest)
        guest.command("dma start dmatest=1 channel=dma0chan0,dma0chan1")
        status = self.wait(guest, lambda s: s["batches"])
        self.assertEqual(status["interrupts"], 1011)
        guest.command("dma stop")
        self.wait(guest, lambda s: not s["running"])
        self.assertEqual(dmatest.read("channel"), "dma0chan1")
        self.assertEqual(dmatest.read("dmatest"), "1")

    def test_refused(self):
        guest = self.guest(Dmatest([], [], []))
        for command in ("dma", "dma dance", "dma start colour=red",
                        "dma start fast", "dma start iterations=0"):
            with self.subTest(command), self.assertRaises(CheckFailed):
                guest.command(command)

    def test_interrupts_are_the_drivers(self):
        """Without a driver they are the workload's, which says so."""
        guest = self.guest(Dmatest([], [], []), dma=0)
        with self.assertRaises(CheckFailed):
            guest.command("dma status")
        self.assertNotIn("transfers", guest.wait_tick())


if __name__ == "__main__":
    unittest.main()
