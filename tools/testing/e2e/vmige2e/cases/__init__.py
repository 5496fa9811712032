# SPDX-License-Identifier: GPL-2.0
"""The cases. Each is a function that takes a Run and raises CheckFailed.

A new one is a function with @case(name, ...) in one of the files here; what
follows the name replaces defaults of Settings. long=True keeps it out of short
runs, the names of QEMUs out of short runs with these. clients are the QEMUs that it is for (of two, the one it begins with),
others those that it needs besides, and where() says whether this machine's
kernel is one that it is for: cases for others are left out, they are not
skipped. Its first docstring line is what --list shows. Run has the steps: device(),
boot(), start(), move(), retire(); Run.guest.command() asks the guest;
Run.migration() and hold() are for one that is not to end well. What is still
there when the function returns or raises is cleaned up by the caller."""

import importlib

from dataclasses import dataclass

from vmige2e.runner import Settings


@dataclass
class Case:
    name: str
    function: object
    settings: dict
    long: object            # True, False, or names of clients
    clients: tuple          # none: all
    others: tuple
    where: object
    lost: bool = False      # once, and was run again

    def unfit(self, client, clients):
        """Why it can't be run with @client, of these @clients, or ''."""
        if self.clients and client not in self.clients:
            return f"is not for QEMU {client}"
        missing = [name for name in self.others if name not in clients]
        return f"needs QEMU {missing[0]}, too" if missing else ""

    def is_long(self, client):
        return client in self.long if isinstance(self.long, tuple) \
            else self.long

    def here(self):
        """Is it for this machine's kernel?"""
        return self.where is None or self.where()

    def with_options(self, overrides):
        return Settings(**{**self.settings, **overrides})


CASES = {}


def case(name, long=False, clients=(), others=(), where=None, **settings):
    """Registers a case with what it sets differently from Settings."""
    def register(function):
        CASES[name] = Case(name, function, settings, long, clients, others,
                           where)
        return function
    return register


for _module in ("legs", "interrupted", "halted", "shapes", "dma", "later",
                "faults", "cross", "self_test"):
    importlib.import_module(f"vmige2e.cases.{_module}")
