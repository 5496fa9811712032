# SPDX-License-Identifier: GPL-2.0
"""Devices that fail, or are slow, because they were told to."""

from vmige2e import CheckFailed
from vmige2e.cases import case
from vmige2e.cases.interrupted import (NEVER, expect_path, expect_words, fail,
                                       leave, still_there)
from vmige2e.cases.later import LATER, expect_said
from vmige2e.migration import ENDED

SMALL = {"mem": 1, "dirty": 50}


def expect_error(mdev, words):
    """What the device itself says."""
    found = mdev.last_error()
    if not found.startswith(words):
        raise CheckFailed(f"device {mdev.label} last_error: {found!r}, "
                          f"not {words!r}")
    mdev.known_error = found


def dismiss(run, other):
    """The end of a destination whose source has failed."""
    if run.client.v2:
        run.gave_up(other)
    else:
        # Nobody tells it: the source of QEMU 7.2 does not hang up.
        run.retire(other)


@case("refused-early", downtime_ms=NEVER)
def refused_early(run):
    """The destination refuses in pre-copy: the guest never stops."""
    source, target = run.device("A"), run.device("B")
    target.control("refuse_record", 1)
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    fail(run, vm, other, "failed")
    expect_error(target, "injected record=1 type=MEMORY")
    expect_path(run, source, run.client.way("cancelled"))
    expect_words(run, other, "load of migration failed")
    still_there(run, vm)
    target.control("refuse_record", "off")
    leave(run, vm, target)


@case("fails-to-start")
def fails_to_start(run):
    """The source can't begin to save; the next time it can."""
    source, target = run.device("A"), run.device("B")
    source.control("fail_arc", "RUNNING PRE_COPY 5 once")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    fail(run, vm, other, "failed")
    expect_error(source, "injected")
    expect_path(run, source, "")
    expect_said(vm, source.uuid)
    dismiss(run, other)
    still_there(run, vm)
    leave(run, vm, target)


@case("never-converges", downtime_ms=NEVER, **SMALL)
def never_converges(run):
    """There is always more to carry: only cancelling ends it."""
    source, target = run.device("A"), run.device("B")
    source.control("never_converge", 1)
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    migration = run.migration(vm, other)
    run.trace.collect()
    migration.start()
    carried = 0
    # As fast as it can and with all the time there is: what a device that
    # converges needs only once goes many times.
    while carried < 4 * source.size:
        if migration.poll() in ENDED:
            raise CheckFailed(f"the migration ended: {migration.info}")
        if migration.info.get("ram", {}).get("dirty-sync-count", 0) > 2:
            migration.limit(8, 300)
        run.watch(0.1)
        carried = run.side(source).total("precopy")
    vm.execute("migrate_cancel")
    if migration.wait(run.watch) != "cancelled":
        raise CheckFailed(f"the migration is not cancelled: {migration.info}")
    expect_path(run, source, run.client.way("cancelled"))
    run.gave_up(other)
    still_there(run, vm)
    source.control("never_converge", 0)
    leave(run, vm, target)


@case("slow-stop", **SMALL)
def slow_stop(run):
    """The device takes two seconds to stop; so much longer is the downtime."""
    mdevs = [run.device("A"), run.device("B")]
    vm = run.boot("vm0", mdevs[:1])
    spent = []
    for number, delay in enumerate((0, 2000), 1):
        source, target = mdevs
        source.control("delay_arc", f"PRE_COPY_P2P STOP_COPY {delay}")
        other = run.start(f"vm{number}", [target], incoming=True)
        run.move(vm, other)
        run.retire(vm)
        spent.append(run.legs[-1].info["downtime"])
        vm = other
        mdevs.reverse()
    run.retire(vm)
    if not spent[1] >= max(2000, spent[0] + 1000):
        raise CheckFailed(f"downtime is {spent[0]} ms without a delay, "
                          f"{spent[1]} ms with one of 2000 ms")


# QEMU 7.2 notes it and tells the device once more to stop, but then the migration
# fails all the same.
@case("stop-fails", clients=("7.2",), **SMALL)
def stop_fails(run):
    """The device can't stop for the switchover; the guest goes on."""
    source, target = run.device("A"), run.device("B")
    source.control("fail_arc", "PRE_COPY_P2P STOP_COPY 5 once")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    fail(run, vm, other, "failed")
    expect_error(source, "injected")
    expect_path(run, source, "RUNNING PRE_COPY STOP_COPY RUNNING")
    dismiss(run, other)
    still_there(run, vm)
    leave(run, vm, target)


def expect_blank(run):
    """QEMU has reset the device under the guest, which runs and finds it out:
    the device has forgotten all, and nobody told the guest."""
    found = run.guest.command("verify")
    if not found["wrong"]:
        raise CheckFailed(f"the device should be blank: verify says {found}")


# Trap 45 (Documentation/traps.rst)
@case("stop-fails-blank", clients=LATER, **SMALL)
def stop_fails_blank(run):
    """The same in QEMU 10: it resets the device and lets the guest go on."""
    source, target = run.device("A"), run.device("B")
    source.control("fail_arc", "PRE_COPY_P2P STOP_COPY 5 once")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    fail(run, vm, other, "failed")
    expect_error(source, "injected")
    expect_said(vm, "Resetting device")
    run.gave_up(other)
    expect_blank(run)
    run.retire(vm)


# Trap 6 (Documentation/traps.rst)
@case("load-fails-blank", clients=LATER, **SMALL)
def load_fails_blank(run):
    """The device can't leave RESUMING: QEMU 10 resets it, and has completed.
    So what is wrong with a stream has to be found before."""
    source, target = run.device("A"), run.device("B")
    target.control("fail_arc", "RESUMING STOP 5 once")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.guest.attach(other.ports[0])
    run.trace.collect()
    fail(run, vm, other, "completed")
    run.guest.arrived()
    expect_blank(run)
    expect_error(target, "injected")
    expect_said(other, "Resetting device")
    run.retire(vm)
    run.retire(other)
