# SPDX-License-Identifier: GPL-2.0
"""The workload's model and its line protocol, on a device that is an array."""

import io
import os
import socket
import subprocess
import tempfile
import threading
import tty
import unittest

from vmige2e import CheckFailed
from vmige2e.guest import Guest, crc32c, fields

FAKE = os.environ.get("VMIG_E2E_FAKE")
MIB = 1 << 20


def relay(source, sink):
    """Copies until one of the two ends."""
    try:
        while data := os.read(source, 4096):
            os.write(sink, data)
    except OSError:
        pass


@unittest.skipUnless(FAKE, "run through make check")
class WorkloadTest(unittest.TestCase):
    def start(self, token="T0", said="T0", direct=0, parameters="",
              **environment):
        master, slave = os.openpty()
        tty.setraw(slave)
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        server = socket.socket(socket.AF_UNIX)
        server.bind(directory.name + "/port")
        server.listen()
        guest = Guest(token, io.StringIO())
        guest.attach(directory.name + "/port")
        port, _ = server.accept()
        server.close()
        process = subprocess.Popen(
            [FAKE, os.ttyname(slave), "0",
             f"vmig.token={said} vmig.seed=99 vmig.rate=200 "
             f"vmig.direct={direct} {parameters}"],
            env={**os.environ, **environment})
        for ends in ((master, port.fileno()), (port.fileno(), master)):
            threading.Thread(target=relay, args=ends, daemon=True).start()

        def stop():
            process.kill()
            process.wait()
            guest.close()
            port.close()
            os.close(slave)
        self.addCleanup(stop)
        return guest

    def test_all_right(self):
        for direct in (0, 1):
            with self.subTest(direct=direct):
                self.all_right(direct)

    def all_right(self, direct):
        guest = self.start(direct=direct, VMIG_FAKE_CAPACITY="2")
        guest.wait_ready(30)
        self.assertEqual(guest.hello["memory"], 2 * MIB)
        self.assertEqual(guest.ready["pages"], 512)
        before = guest.command("status")
        guest.wait_tick()
        guest.wait_tick()
        found = guest.command("verify")
        self.assertEqual((found["word"], found["bytes"], found["wrong"]),
                         ("verified", 2 * MIB, 0))
        after = guest.command("status")
        self.assertGreater(after["writes"], before["writes"] + 50)
        self.assertGreater(after["seq"], before["seq"] + 50)
        self.assertEqual((after["wrong"], after["registers"]), (0, 0))
        self.assertEqual(guest.problems, [])

    def test_damage_is_found(self):
        for direct in (0, 1):
            with self.subTest(direct=direct):
                self.damage_is_found(direct)

    def damage_is_found(self, direct):
        guest = self.start(direct=direct)
        guest.wait_ready(30)
        guest.command("pause")
        for damage in ("stale", "flip"):
            for page in (0, 77, 255):
                guest.command(f"{damage} {page}")
                self.assertEqual(guest.command("verify")["wrong"], 4096)
                self.assertIn(f"page={page} ", guest.findings[-1])
                guest.command(f"write {page}")
        self.assertEqual(guest.command("verify")["wrong"], 0)

    def test_lost_pages_are_found_while_running(self):
        guest = self.start(VMIG_FAKE_LOSE="50")
        guest.wait_ready(30)
        self.assertEqual(guest.command("verify")["wrong"] % 4096, 0)
        self.assertGreater(guest.command("verify")["wrong"], 0)
        for _ in range(20):
            if guest.wait_tick()["wrong"]:
                break
        self.assertGreater(guest.tick["wrong"], 0)

    def test_unknown_command(self):
        guest = self.start()
        guest.wait_ready(30)
        with self.assertRaises(CheckFailed):
            guest.command("dance")
        with self.assertRaises(CheckFailed):
            guest.command("stale 100000")

    def test_foreign_token(self):
        guest = self.start(token="T0", said="T1")
        with self.assertRaises(CheckFailed):
            guest.wait_ready(2)
        self.assertTrue(guest.problems)


class LineTest(unittest.TestCase):
    @staticmethod
    def line(number, text, token="T"):
        body = f"VMIG {token} {number} {text}"
        return f"{body} #{crc32c(body.encode()):08x}\n".encode()

    def take(self, *lines):
        guest = Guest("T", io.StringIO())
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        guest._ports.append(ours)  # pylint: disable=protected-access
        for line in lines:
            theirs.sendall(line)
        guest.pump(1)
        theirs.close()
        guest.close()
        return guest

    def test_crc(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)

    def test_fields(self):
        self.assertEqual(fields("a=1 b=x c"), {"a": 1, "b": "x"})

    def test_good(self):
        guest = self.take(self.line(0, "ready pages=3"))
        self.assertEqual((guest.ready, guest.problems), ({"pages": 3}, []))

    def test_bad_lines(self):
        good = self.line(0, "ready pages=3")
        for bad in (good.replace(b"pages=3", b"pages=4"),
                    self.line(0, "ready pages=3", "U"), b"1 verify\n",
                    self.line(1, "ready pages=3")):
            with self.subTest(bad=bad):
                self.assertEqual(len(self.take(bad).problems), 1)

    def test_reset_and_rewind(self):
        hello = self.line(0, "hello seed=1")
        guest = Guest("T", io.StringIO())
        guest.restarts()
        guest._take(b"VMIG T 7 ti" + hello.strip())
        self.assertEqual((guest.hello, guest.problems), ({"seed": 1}, []))
        guest.rewinds()
        guest._take(b"k seq=3")
        guest._take(self.line(40, "tick seq=3").strip())
        guest._take(self.line(41, "tick seq=4").strip())
        self.assertEqual((guest.tick, guest.problems), ({"seq": 4}, []))
        guest._take(self.line(43, "tick seq=5").strip())
        self.assertEqual(len(guest.problems), 1)

    def test_line_across_two_ports(self):
        """What the source began the destination ends."""
        guest = Guest("T", io.StringIO())
        line = self.line(0, "ready pages=3")
        pairs = [socket.socketpair() for _ in range(2)]
        for ours, _ in pairs:
            ours.setblocking(False)
            guest._ports.append(ours)  # pylint: disable=protected-access
        pairs[1][1].sendall(line[20:])
        pairs[0][1].sendall(line[:20])
        guest.pump(1)
        self.assertEqual((guest.ready, guest.problems), ({"pages": 3}, []))
        guest.close()
        for _, theirs in pairs:
            theirs.close()


if __name__ == "__main__":
    unittest.main()
