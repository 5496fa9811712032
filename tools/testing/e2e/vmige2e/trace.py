# SPDX-License-Identifier: GPL-2.0
"""The modules' tracepoints: an instance of our own in tracefs, and a parser."""

import os
import re
from dataclasses import dataclass, field

TRACEFS = "/sys/kernel/tracing"
SYSTEMS = ("vmig", "mcopy")
LINE = re.compile(r"^.*\s\[\d+\]\s+(?:\S+\s+)?(\d+\.\d+): ((?:vmig|mcopy)_\w+): (.*)$")
LOST = re.compile(r"LOST (\d+) EVENTS")


@dataclass
class Event:
    time: float
    name: str
    fields: dict = field(default_factory=dict)

    @property
    def dev(self):
        return self.fields.get("dev", "")

    def __getattr__(self, name):
        try:
            return self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None


def _value(text):
    try:
        return int(text, 0)
    except ValueError:
        return text


def parse(text):
    """Events of trace or trace_pipe text, and how many the buffer lost."""
    events, lost = [], 0
    for line in text.splitlines():
        missing = LOST.search(line)
        if missing:
            lost += int(missing[1])
            continue
        match = LINE.match(line)
        if not match:
            continue
        found = {}
        for word in match[3].split():
            name, sign, value = word.partition("=")
            if sign:
                found[name] = value if name == "dev" else _value(value)
        found["from_"] = found.pop("from", None)
        events.append(Event(float(match[1]), match[2], found))
    return events, lost


def instance(name):
    """The folder of one of that name; it need not be there."""
    if not os.path.isdir(TRACEFS + "/events"):
        os.system(f"mount -t tracefs tracefs {TRACEFS} 2>/dev/null")
    return os.path.join(TRACEFS, "instances", name)


class Trace:
    """Collects the events of both modules. Its clock is the one
    time.monotonic() reads, so both kinds of times compare."""

    def __init__(self, log_path, name="vmig-e2e"):
        self.lost = 0
        self._events = []
        self._log = open(log_path, "w", encoding="ascii", errors="replace")
        self._dir = instance(name)
        if os.path.isdir(self._dir):
            os.rmdir(self._dir)
        # Names of processes would hook into every task switch. An instance
        # inherits this when it is made.
        self._write("../../options/record-cmd", "0")
        os.mkdir(self._dir)
        self._write("../../options/record-cmd", "1")
        self._write("trace_clock", "mono")
        self._write("buffer_size_kb", "8192")
        for system in SYSTEMS:
            self._write(f"events/{system}/enable", "1")
        self.records(False)
        self._pipe = os.open(os.path.join(self._dir, "trace_pipe"),
                             os.O_RDONLY | os.O_NONBLOCK)

    def _write(self, name, value):
        path = os.path.normpath(os.path.join(self._dir, name))
        with open(path, "w", encoding="ascii") as out:
            out.write(value)

    def records(self, wanted):
        """One event per record is much: only where a case looks at them."""
        self._write("events/vmig/vmig_record/enable", "1" if wanted else "0")

    def peek(self):
        """The events since the last collect()."""
        data = b""
        while True:
            try:
                part = os.read(self._pipe, 1 << 20)
            except BlockingIOError:
                break
            if not part:
                break
            data += part
        text = data.decode("ascii", "replace")
        self._log.write(text)
        self._log.flush()
        events, lost = parse(text)
        self._events += events
        self.lost += lost
        return self._events

    def collect(self):
        """The same; the next call begins behind them."""
        events = self.peek()
        self._events = []
        return events

    def close(self):
        os.close(self._pipe)
        self._log.close()
        try:
            os.rmdir(self._dir)
        except OSError:
            for system in SYSTEMS:
                self._write(f"events/{system}/enable", "0")
