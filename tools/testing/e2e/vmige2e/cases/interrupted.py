# SPDX-License-Identifier: GPL-2.0
"""Migrations that something happens to."""

import time

from vmige2e import CheckFailed, device
from vmige2e.analysis import Expect
from vmige2e.cases import case
from vmige2e.migration import ENDED

# A downtime that can't be kept: pre-copy goes on until the case lets it end.
NEVER = 1


def go_on(run, migration):
    """The opposite of Run.hold()."""
    migration.limit(0, 300)
    run.pump()


def expect_path(run, mdev, wanted):
    """Perhaps a moment later: QEMU says that a migration has failed before it
    tells the device."""
    deadline = time.monotonic() + 10
    while (path := " ".join(run.side(mdev).path())) != wanted:
        if time.monotonic() > deadline:
            raise CheckFailed(f"device {mdev.label} went {path}, not {wanted}")
        run.pump(0.05)


def fail(run, vm, other, *wanted):
    """A migration that ends in one of these; which one."""
    migration = run.migration(vm, other)
    migration.start()
    status = migration.wait(run.pump)
    if status not in wanted:
        raise CheckFailed(f"the migration is {status}, not {wanted}")
    return status


def expect_words(run, vm, words):
    """Of a destination that gave up."""
    said = run.gave_up(vm)
    if not any(words in line for line in said):
        raise CheckFailed(f"the destination said {said}")


def still_there(run, vm):
    """The guest goes on where it was."""
    run.guest.wait_tick()
    run.verify()
    # What QEMU had to say of the failure is no complaint.
    vm.unexpected_stderr()


def leave(run, vm, target, **options):
    """After all that, a migration without a fault; ends both VMs."""
    run.settings.downtime_ms = 300
    other = run.start("vm2", [target], incoming=True)
    run.move(vm, other, **options)
    run.retire(vm)
    run.retire(other)


# Trap 5, trap 33 (Documentation/traps.rst): QEMU 7.2 drops SAVING on cont and
# does not set it again before the end, so all must go once more.
@case("stop-cont", clients=("7.2",), downtime_ms=NEVER)
def stop_cont(run):
    """The guest is stopped and continued in pre-copy."""
    def during(migration):
        run.hold(migration)
        migration.source.execute("stop")
        time.sleep(0.5)
        migration.source.execute("cont")
        run.guest.wait_tick()
        go_on(run, migration)

    vm = run.boot("vm0", [run.device("A")])
    other = run.start("vm1", [run.device("B")], incoming=True)
    run.move(vm, other, during=during, expect=Expect(
        "RUNNING PRE_COPY STOP_COPY RUNNING STOP STOP_COPY STOP",
        run.client.way("loaded"), sessions=2))
    run.retire(vm)
    run.retire(other)


@case("reset", clients=("7.2",), downtime_ms=NEVER)
def reset(run):
    """The guest is reset in pre-copy and starts anew."""
    mdevs = [run.device("A"), run.device("B")]
    plan = {}

    def during(migration):
        run.hold(migration)
        migration.source.execute("set-action", {"reboot": "reset"})
        run.guest.restarts()
        migration.source.execute("system_reset")
        run.await_guests(mdevs)
        plan.update(run.guest.command("status"))
        go_on(run, migration)

    vm = run.boot("vm0", mdevs[:1])
    other = run.start("vm1", mdevs[1:], incoming=True)
    run.move(vm, other, during=during, before=plan, expect=Expect(
        "RUNNING PRE_COPY RUNNING STOP STOP_COPY STOP",
        run.client.way("loaded"), sessions=2))
    run.retire(vm)
    run.retire(other)


@case("cancel-retry", downtime_ms=NEVER)
def cancel_retry(run):
    """Cancelled in pre-copy, then done."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    migration = run.migration(vm, other)
    migration.start()
    run.hold(migration)
    vm.execute("migrate_cancel")
    status = migration.wait(run.watch)
    if status != "cancelled":
        raise CheckFailed(f"the migration is {status}, not cancelled")
    expect_path(run, source, run.client.way("cancelled"))
    run.gave_up(other)
    still_there(run, vm)
    leave(run, vm, target)


def be_refused(run, *wanted):
    """Towards a device of another size, then to one that fits."""
    source, misfit, target = (run.device("A"), run.device("M", 1),
                              run.device("B"))
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [misfit], incoming=True)
    status = fail(run, vm, other, *wanted)
    reason = misfit.last_error()
    if "capacity-mismatch" not in reason:
        raise CheckFailed(f"the misfit's last_error is {reason!r}")
    # Trap 35 (Documentation/traps.rst): QEMU 7.2 shows another errno than ours.
    expect_words(run, other, "No space left on device" if run.client.v2 else
                 "Operation not permitted")
    if status == "completed":
        # Nobody told the source; its owner knows better.
        vm.execute("cont")
    still_there(run, vm)
    leave(run, vm, target)


@case("refused", downtime_ms=NEVER)
def refused(run):
    """The destination refuses; the guest goes on where it was."""
    be_refused(run, "failed")


def be_blocked(run, vm, words):
    """QEMU migrates nothing and says why; the guest does not mind."""
    try:
        vm.execute("migrate", {"uri": "exec:cat >/dev/null"})
    except CheckFailed as error:
        if words not in str(error):
            raise
    else:
        raise CheckFailed("QEMU migrates what it should not")
    run.guest.wait_tick()
    run.verify()


# Trap 22 (Documentation/traps.rst): QEMU 7.2 does not migrate by default, QEMU 10
# only what logs its DMA.
@case("not-enabled", enable="")
def not_enabled(run):
    """QEMU was not told that the device may migrate, and says so."""
    words = "doesn't support migration"
    if run.client.v2:
        words = "doesn't support device and IOMMU dirty tracking"
    with device.parameter("dma_logging", "N"):
        mdev = run.device("A")
    vm = run.boot("vm0", [mdev])
    be_blocked(run, vm, words)
    run.retire(vm)


@case("not-offered", mem=1)
def not_offered(run):
    """The device hides the only protocol that QEMU speaks."""
    mdev = run.device("A")
    words = "doesn't support migration"
    mdev.offer("v2")
    if run.client.v2:
        words = "VFIO migration is not supported in kernel"
        mdev.offer("v1")
        # Else QEMU would not even start.
        run.settings.enable = ""
    vm = run.boot("vm0", [mdev])
    be_blocked(run, vm, words)
    run.retire(vm, lambda: mdev.offer("v1 v2"))


# Trap 23 (Documentation/traps.rst)
@case("other-slot")
def other_slot(run):
    """The destination has the device in another slot."""
    vm = run.boot("vm0", [run.device("A")])
    other = run.start("vm1", [run.device("B")], incoming=True, slot=6)
    fail(run, vm, other, "failed")
    expect_words(run, other, "Unknown savevm section")
    still_there(run, vm)
    run.retire(vm)


# Of the source only; its state is among the last that is sent.
EXTRA = ("-device", "i6300esb,addr=0x10")


def die_late(run, status):
    """The destination has all device data when it finds that it can't go on."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source], extra=EXTRA)
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    fail(run, vm, other, status)
    expect_words(run, other, "Unknown savevm section")
    if status == "completed":
        vm.execute("cont")
    still_there(run, vm)
    expect_path(run, source, run.client.way(
        "completed-in-vain" if status == "completed" else "failed"))
    if run.side(target).ended() is None:
        raise CheckFailed("the destination had not all device data")
    run.retire(vm)


@case("dies-late")
def dies_late(run):
    """The destination gives up after the last byte; the guest goes on."""
    die_late(run, "failed")


# Trap 36 (Documentation/traps.rst): the source believes that all is well.
@case("dies-late-unheard", return_path=False)
def dies_late_unheard(run):
    """The same without a return path: the guest goes on when told to."""
    die_late(run, "completed")


@case("refused-unheard", downtime_ms=NEVER, return_path=False)
def refused_unheard(run):
    """The same without a return path."""
    be_refused(run, *ENDED)
