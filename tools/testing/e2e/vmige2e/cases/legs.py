# SPDX-License-Identifier: GPL-2.0
"""Migrations that nothing disturbs, there and back."""

from vmige2e import device
from vmige2e.cases import case


def ends(run, label):
    """The devices of one side."""
    return [run.device(label + str(index or "")) for index in
            range(run.settings.devices)]


def there_and_back(run, vm, sides, clients=("", "")):
    """Leg by leg; yields the VM that the guest is in after each. clients are
    the QEMUs of each side. Nothing but the guest's VM may have been started."""
    for _ in range(run.settings.legs):
        number = len(run.started)
        other = run.start(f"vm{number}", sides[number % 2], incoming=True,
                          client=clients[number % 2])
        run.move(vm, other)
        run.retire(vm)
        vm = other
        yield vm


def ping_pong(run, clients=("", "")):
    """A guest goes from its devices A to devices B and back, many times."""
    sides = [ends(run, label) for label in "AB"]
    vm = run.boot("vm0", sides[0], client=clients[0])
    for vm in there_and_back(run, vm, sides, clients):
        pass
    run.retire(vm)


@case("plain")
def plain(run):
    """As fast as QEMU can; where the bytes go is up to QEMU."""
    ping_pong(run)


@case("throttled", bw=8, downtime_ms=100, precopy=True, records=True)
def throttled(run):
    """Slow enough that most of device memory goes while the guest writes."""
    ping_pong(run)


@case("no-return-path", legs=1, return_path=False)
def no_return_path(run):
    """The source is not told how the destination fares."""
    ping_pong(run)


@case("plain-10", legs=20)
def plain_10(run):
    """Ten round trips."""
    ping_pong(run)


@case("throttled-10", legs=20, bw=8, downtime_ms=100, precopy=True)
def throttled_10(run):
    """Ten round trips, most memory in pre-copy."""
    ping_pong(run)


@case("plain-256", mem=256, legs=20)
def plain_256(run):
    """Ten round trips with 256 MiB."""
    ping_pong(run)


@case("throttled-256", mem=256, legs=4, bw=8, downtime_ms=100,
      precopy=True)
def throttled_256(run):
    """256 MiB, most in pre-copy."""
    ping_pong(run)


@case("plain-1024", mem=1024, where=device.has_much_memory)
def plain_1024(run):
    """A round trip with 1 GiB."""
    ping_pong(run)
