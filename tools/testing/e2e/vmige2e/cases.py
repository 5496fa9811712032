# SPDX-License-Identifier: GPL-2.0
"""The cases. Each is a function that takes a Run and raises CheckFailed.

A new one is a function with @case(name, ...); what follows the name replaces
defaults of Settings, long=True keeps it out of short runs. Its first docstring
line is what --list shows. Run has the steps: device(), boot(), start(), move(),
retire(); Run.guest.command() asks the guest; vmige2e.migration drives a
migration that is not to end well. What is still there when the function returns
or raises is cleaned up by the caller."""

from dataclasses import dataclass

from vmige2e import CheckFailed
from vmige2e.runner import Settings


@dataclass
class Case:
    name: str
    function: object
    settings: dict
    long: bool

    def with_options(self, overrides):
        return Settings(**{**self.settings, **overrides})


CASES = {}


def case(name, long=False, **settings):
    """Registers a case with what it sets differently from Settings."""
    def register(function):
        CASES[name] = Case(name, function, settings, long)
        return function
    return register


def ping_pong(run):
    """A guest goes from device A to device B and back, many times."""
    devices = [run.device("A"), run.device("B")]
    vm = run.boot("vm0", devices[:1])
    for number in range(1, run.settings.legs + 1):
        other = run.start(f"vm{number}", [devices[number % 2]], incoming=True)
        run.move(vm, other)
        run.retire(vm)
        vm = other
    run.retire(vm)


@case("round-trip", bw=8, downtime_ms=100, precopy=True, records=True)
def round_trip(run):
    """Slow enough that most of device memory goes while the guest writes."""
    ping_pong(run)


@case("unthrottled")
def unthrottled(run):
    """As fast as QEMU can; where the bytes go is up to QEMU."""
    ping_pong(run)


@case("checks-can-fail", mem=1, dirty=20, legs=0)
def checks_can_fail(run):
    """Damaged memory is noticed, to the page."""
    vm = run.boot("vm0", [run.device("A")])
    run.guest.command("pause")
    for damage in ("stale", "flip"):
        for page in (0, 100, 255):
            run.guest.command(f"{damage} {page}")
            found = run.guest.command("verify")
            if found["wrong"] != 4096:
                raise CheckFailed(f"{damage} page {page}: verify says {found}")
            if not run.guest.findings[-1].startswith(f"page={page} "):
                raise CheckFailed(f"{damage} page {page}: the guest named "
                                  f"{run.guest.findings[-1]}")
            run.guest.command(f"write {page}")
    found = run.guest.command("verify")
    if found["wrong"]:
        raise CheckFailed(f"after repair: verify says {found}")
    run.retire(vm)


@case("legs-16", long=True, legs=20)
def legs_16(run):
    """Twenty migrations in a row."""
    ping_pong(run)


@case("legs-16-throttled", long=True, legs=20, bw=8, downtime_ms=100,
      precopy=True)
def legs_16_throttled(run):
    """Twenty in a row, most memory in pre-copy."""
    ping_pong(run)


@case("legs-256", long=True, mem=256, legs=20)
def legs_256(run):
    """Twenty in a row with 256 MiB."""
    ping_pong(run)


@case("legs-256-throttled", long=True, mem=256, legs=20, bw=8,
      downtime_ms=100, precopy=True)
def legs_256_throttled(run):
    """Twenty in a row with 256 MiB, most memory in pre-copy."""
    ping_pong(run)
