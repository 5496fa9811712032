# SPDX-License-Identifier: GPL-2.0
"""The cases. Each is a function that takes a Run and raises CheckFailed.

A new one is a function with @case(name, ...) in one of the files here; what
follows the name replaces defaults of Settings. clients are the QEMUs that it is
for (of two, the one it begins with), others those that it needs besides, and
where() says whether this machine's kernel is one that it is for: cases for
others are left out, they are not skipped. SHORT names those of short runs. The
first line of the function's docstring is what --list shows.

Run has the steps: device(), boot(), start(), move(), retire();
Run.guest.command() asks the guest; Run.migration() and hold() are for one that is
not to end well. What is still there when the function returns or raises is
cleaned up by the caller."""

import importlib

from dataclasses import dataclass, replace

from vmige2e.runner import Settings


@dataclass
class Case:
    name: str
    function: object
    settings: dict
    clients: tuple          # none: all
    others: tuple
    where: object
    client: str = ""        # another QEMU than the others have
    lost: bool = False      # once, and was run again

    def unfit(self, client, clients):
        """Why it can't be run with @client, of these @clients, or ''."""
        client = self.client or client
        if client not in clients:
            return f"there is no QEMU {client}"
        if self.clients and client not in self.clients:
            return f"is not for QEMU {client}"
        missing = [name for name in self.others if name not in clients]
        return f"needs QEMU {missing[0]}, too" if missing else ""

    def is_long(self, client):
        return self.name not in SHORT[client]

    def group(self):
        """The file it is in."""
        return self.function.__module__.rpartition(".")[2]

    def here(self):
        """Is it for this machine's kernel?"""
        return self.where is None or self.where()

    def with_options(self, overrides):
        return Settings(**{**self.settings, **overrides})


# With each QEMU what the protocol it speaks makes different, and one of each
# kind of the rest: half a minute or more a case, and all of them must fit
# into the time of "make check". One of each of the other pairs of kernel and QEMU
# comes along, where a machine is up already: with 7.2 on 6.12 whether it works at
# all, with 10 on 6.1 DMA logging, which there is only there.
SHORT = {
    "7.2": ("plain", "throttled", "stop-cont", "cancel-retry", "old-host",
            "dies-late", "snapshot", "small-window", "dma", "dma-intx-no-kvm",
            "stop-fails", "cross-up", "checks-can-fail", "dma-logging@10"),
    "10": ("plain", "throttled", "cancel-retry", "new-to-old", "dma",
           "dma-two-devices", "dma-paused", "switchover-ack", "multifd",
           "migration-events", "stop-cont-fails", "slow-stop", "load-fails-blank",
           "cross-down", "plain@7.2"),
}

CASES = {}


def find(name):
    """The case of this name, if it is NAME@QEMU with that one; or None."""
    name_, at, client = name.partition("@")
    found = CASES.get(name_)
    if not found or bool(at) != bool(client):
        return None
    return replace(found, name=name, client=client) if client else found


def short(client):
    """What short runs with this QEMU have: the others' cases come last."""
    names = [name for name in CASES if name in SHORT[client]]
    return [find(name) for name in
            names + [name for name in SHORT[client] if "@" in name]]


def case(name, clients=(), others=(), where=None, **settings):
    """Registers a case with what it sets differently from Settings."""
    def register(function):
        CASES[name] = Case(name, function, settings, clients, others, where)
        return function
    return register


for _module in ("legs", "interrupted", "halted", "shapes", "dma", "later",
                "faults", "generations", "cross", "self_test"):
    importlib.import_module(f"vmige2e.cases.{_module}")
