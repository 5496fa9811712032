# SPDX-License-Identifier: GPL-2.0
"""The guest's workload, as seen through the serial ports of the QEMUs that
run it one after the other."""

import re
import selectors
import socket
import time

from vmige2e import CheckFailed

# The workload says something once a second; a loaded machine may delay it.
SILENCE = 60

LINE = re.compile(r"^VMIG (\S+) (\d+) (.*) #([0-9a-f]{8})$", re.S)


def _crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def fields(text):
    """The name=value words of a line; plain decimals become numbers."""
    found = {}
    for word in text.split():
        name, sign, value = word.partition("=")
        if sign:
            found[name] = int(value) if value.isdecimal() else value
    return found


class Guest:
    """One guest. It moves: attach() each port that it will speak from, in
    order, and say arrived() when it has come to the last of them."""

    def __init__(self, token, log):
        self.token = token
        self.problems = []
        self.findings = []
        self.tick = {}
        self.hello = {}
        self.ready = {}
        self._log = log
        self._ports = []
        self._here = None
        self._buffer = b""
        self._next = 0
        self._serial = 0
        self._replies = {}
        self._failed = ""
        self._heard = time.monotonic()
        self._anew = False
        self._torn = False

    def attach(self, where, timeout=30):
        """To a path, or to a port of another machine: address and number."""
        family = socket.AF_UNIX if isinstance(where, str) else socket.AF_INET
        deadline = time.monotonic() + timeout
        while True:
            port = socket.socket(family)
            try:
                port.connect(where)
                break
            except OSError:
                port.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        port.setblocking(False)
        self._ports.append(port)
        self._here = self._here or port

    def arrived(self):
        """Commands go to the newest port from now on."""
        self._here = self._ports[-1]

    def restarts(self):
        """It is reset: what it says up to its next greeting does not count,
        and wait_ready() can be called again."""
        self._anew = True
        self.hello, self.ready, self.tick = {}, {}, {}

    def rewinds(self):
        """It goes on from an earlier moment, perhaps amid a line."""
        self.pump(0.2)
        self._buffer = b""
        self._torn = True
        self._heard = time.monotonic()

    def close(self):
        for port in self._ports:
            port.close()
        self._ports = []

    def pump(self, timeout=0.0):
        """Takes in what the guest said. A line may begin at the source and
        end at the destination: the older port is always emptied first."""
        with selectors.DefaultSelector() as selector:
            for port in self._ports:
                selector.register(port, selectors.EVENT_READ)
            if not selector.select(timeout):
                return
        for port in self._ports:
            self._drain(port)
        while b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            self._take(line)

    def watch(self, timeout=0.0):
        """pump(), and complains when nothing has come for long."""
        self.pump(timeout)
        if self._failed:
            raise CheckFailed(f"the guest gave up: {self._failed}")
        silent = time.monotonic() - self._heard
        if self.hello and silent > SILENCE:
            raise CheckFailed(f"the guest has been silent for {silent:.0f} s")

    def _drain(self, port):
        while True:
            try:
                data = port.recv(65536)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                # QEMU ended; its port stays quiet from now on.
                if port in self._ports:
                    self._ports.remove(port)
                    port.close()
                return
            self._buffer += data

    def _take(self, line):
        text = line.decode("ascii", "replace").rstrip("\r")
        self._log.write(f"{time.monotonic():.3f} {text}\n")
        match = LINE.match(text)
        if self._torn:
            if not match:
                return
            self._torn, self._next = False, int(match[2])
        if self._anew:
            # The line that the reset broke off may stand before it.
            text = text[max(text.rfind("VMIG "), 0):]
            match = LINE.match(text)
            if not match or not match[3].startswith("hello "):
                return
            self._anew, self._next = False, 0
        if not match or match[1] != self.token:
            self.problems.append(f"not a line of this guest: {text!r}")
            return
        signed = text[: text.rindex(" #")].encode()
        if crc32c(signed) != int(match[4], 16):
            self.problems.append(f"mangled line: {text!r}")
            return
        if int(match[2]) != self._next:
            self.problems.append(f"line {self._next} expected: {text!r}")
        self._next = int(match[2]) + 1
        self._understand(match[3])

    def _understand(self, text):
        word, _, rest = text.partition(" ")
        self._heard = time.monotonic()
        if word == "hello" and self.hello:
            self._failed = "it started anew"
        if word in ("tick", "hello", "ready"):
            setattr(self, word, fields(rest))
        elif word == "wrong":
            self.findings.append(rest)
        elif word == "reply":
            serial, _, answer = rest.partition(" ")
            self._replies[serial] = answer
        elif word == "fail":
            self._failed = rest

    def _wait(self, done, what, timeout):
        deadline = time.monotonic() + timeout
        while not done():
            if not self._ports:
                raise CheckFailed(f"no port left while waiting for {what}")
            if time.monotonic() > deadline:
                raise CheckFailed(f"no {what} from the guest in {timeout:.0f} s")
            self.watch(0.2)

    def wait_ready(self, timeout):
        self._wait(lambda: self.ready, "ready line", timeout)

    def wait_tick(self, timeout=60):
        """A status line that was sent after this call began."""
        self.tick = {}
        self._wait(lambda: self.tick, "status line", timeout)
        return self.tick

    def command(self, text, timeout=120):
        """Sends a command to where the guest is; returns the fields of its
        answer, plus "word" for the kind of answer."""
        self._serial += 1
        serial = f"{self._serial}-{time.monotonic_ns() % 1000000}"
        self._here.sendall(f"{serial} {text}\n".encode())
        self._wait(lambda: serial in self._replies, f"reply to {text!r}",
                   timeout)
        answer = self._replies.pop(serial)
        word = answer.split()[0]
        if word == "error":
            raise CheckFailed(f"{text}: {answer}")
        return {"word": word, **fields(answer)}
