# SPDX-License-Identifier: GPL-2.0
"""What only QEMU 8 and later can do, and what they can't do any more."""

import time

from vmige2e import CheckFailed
from vmige2e.cases import case
from vmige2e.cases.halted import SWITCHOVER
from vmige2e.cases.interrupted import (NEVER, expect_path, go_on, leave,
                                       still_there)
from vmige2e.cases.legs import ends, there_and_back

LATER = ("10",)


def expect_said(vm, words):
    """What QEMU has to say, perhaps a moment later, once."""
    deadline = time.monotonic() + 10
    said = []
    while not any(words in line for line in said):
        if time.monotonic() > deadline:
            raise CheckFailed(f"{vm.name} said {said}, not {words!r}")
        time.sleep(0.1)
        said += vm.unexpected_stderr()


def _first(lines, *words):
    """Number of the first line that has one of these."""
    return next((number for number, line in enumerate(lines)
                 if any(word in line for word in words)), None)


def expect_trace(vm, words):
    if _first(vm.trace_lines(), words) is None:
        raise CheckFailed(f"{vm.name}'s trace has no {words}")


# Trap 27 (Documentation/traps.rst): both sides must have pre-copy, and what is
# to come first must end.
@case("switchover-ack", clients=LATER, mem=1, dirty=50, legs=1,
      downtime_ms=20000, capabilities=("switchover-ack",))
def switchover_ack(run):
    """The guest stops only when the destination has seen what comes first."""
    vm = run.boot("vm0", [run.device("A")])
    other = run.start("vm1", [run.device("B")], incoming=True)
    run.move(vm, other)
    expect_trace(other, "loadvm_approve_switchover")
    lines = vm.trace_lines()
    acked = _first(lines, "source_return_path_thread_switchover_acked")
    begun = _first(lines, "PRE_COPY")
    left = _first(lines[begun:], "PRE_COPY_P2P", "STOP_COPY") + begun
    if acked is None or not begun < acked < left:
        raise CheckFailed(f"in {vm.name}'s trace pre-copy begins in line "
                          f"{begun}, the acknowledgement is line {acked} and "
                          f"the stop begins in line {left}")
    # And the destination's device had something to see.
    leg = run.legs[-1]
    seen = [s.time for s in leg.loading.segments
            if s.time < leg.saving.time_of("PRE_COPY_P2P")]
    if not seen:
        raise CheckFailed("the destination took in nothing before the stop")
    run.retire(vm)
    run.retire(other)


@case("multifd", clients=LATER, capabilities=("multifd",),
      vfio="x-migration-multifd-transfer=on")
def multifd(run):
    """After the stop other threads carry the data, by other channels."""
    sides = [ends(run, label) for label in "AB"]
    vm = run.boot("vm0", sides[0])
    for other in there_and_back(run, vm, sides):
        expect_trace(vm, "vfio_save_complete_precopy_thread_start")
        expect_trace(other, "vfio_load_state_device_buffer_load_end")
        vm = other
    run.retire(vm)


@case("migration-events", clients=LATER, mem=1, dirty=50, legs=1,
      vfio="migration-events=on")
def migration_events(run):
    """QEMU tells each state of the device, on both sides."""
    vm = run.boot("vm0", [run.device("A")])
    other = run.start("vm1", [run.device("B")], incoming=True)
    before = len(vm.events("VFIO_MIGRATION"))
    run.move(vm, other)
    leg = run.legs[-1]
    for machine, one, old in ((vm, leg.saving, before), (other, leg.loading, 0)):
        told = machine.events("VFIO_MIGRATION")[old:]
        found = [(event["device-id"], event["device-state"]) for event in told]
        wanted = [("vfio0", state.lower().replace("_", "-"))
                  for state in one.path()[1:]]
        if found != wanted:
            raise CheckFailed(f"{machine.name} tells {found}, not {wanted}")
    run.retire(vm)
    run.retire(other)


def _fail(run, during, words):
    """A migration that fails because of what is done in pre-copy, a guest that
    is still there, and one that succeeds."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.trace.collect()
    migration = run.migration(vm, other)
    migration.start()
    run.hold(migration)
    during(migration)
    status = migration.wait(run.watch)
    if status != "failed":
        raise CheckFailed(f"the migration is {status}, not failed")
    expect_said(vm, words)
    run.gave_up(other)
    still_there(run, vm)
    return vm, source, target


# After that QEMU 10 asks the device for nothing before the end.
@case("stop-cont-fails", clients=LATER, downtime_ms=NEVER,
      switchover=SWITCHOVER)
def stop_cont_fails(run):
    """Stopped and continued in pre-copy: this one fails, not the next."""
    def during(migration):
        migration.source.execute("stop")
        time.sleep(0.5)
        migration.source.execute("cont")
        run.guest.wait_tick()
        go_on(run, migration)

    vm, source, target = _fail(run, during, "data_fd out of sync")
    expect_path(run, source, "RUNNING PRE_COPY PRE_COPY_P2P STOP_COPY "
                "RUNNING_P2P RUNNING RUNNING_P2P STOP STOP_COPY "
                "RUNNING_P2P RUNNING")
    leave(run, vm, target)


@case("reset-fails", clients=LATER, downtime_ms=NEVER)
def reset_fails(run):
    """The guest is reset in pre-copy: this one fails, not the next."""
    def during(migration):
        migration.source.execute("set-action", {"reboot": "reset"})
        run.guest.restarts()
        migration.source.execute("system_reset")

    vm, source, target = _fail(run, during, "No such device")
    expect_path(run, source, "RUNNING PRE_COPY RUNNING")
    run.await_guests([source])
    leave(run, vm, target)
