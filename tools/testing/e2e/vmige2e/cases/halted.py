# SPDX-License-Identifier: GPL-2.0
"""Guests that do not run while they are saved."""

import time

from vmige2e import CheckFailed
from vmige2e.analysis import Expect
from vmige2e.cases import case
from vmige2e.cases.interrupted import NEVER, expect_path, leave
from vmige2e.migration import ENDED


# Trap 47 (Documentation/traps.rst): QEMU 10 measures no bandwidth once all RAM of a
# guest that stands still has gone, and never ends.
SWITCHOVER = 256


# Trap 32, trap 33 (Documentation/traps.rst): between munmap and cont the device
# has nothing but what was staged; and a saving session may begin in STOP.
@case("paused", switchover=SWITCHOVER)
def paused(run):
    """A paused guest is migrated and goes on some time later."""
    vm = run.boot("vm0", [run.device("A")])
    other = run.start("vm1", [run.device("B")], incoming=True)
    before = run.guest.command("status")
    vm.execute("stop")
    run.trace.collect()
    run.move(vm, other, paused=True, before=before)
    run.retire(vm)
    run.retire(other)


def _begun(run, migration, source):
    """The device has been asked for data or, as QEMU 10 asks a device that
    stands only at the end, guest RAM is on its way."""
    if run.client.v2:
        return migration.info.get("ram", {}).get("transferred", 0) > 1 << 20
    return bool(run.side(source).sessions)


# Trap 14 (Documentation/traps.rst): QEMU sets RUNNING after a migration that
# failed, also for a guest that is paused; the next one clears it only after all
# RAM has gone.
@case("paused-cancelled", downtime_ms=NEVER, switchover=SWITCHOVER)
def paused_cancelled(run):
    """A paused guest whose first migration is cancelled."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    before = run.guest.command("status")
    vm.execute("stop")
    run.trace.collect()
    migration = run.migration(vm, other)
    migration.bandwidth = 8
    migration.start()
    while not _begun(run, migration, source):
        run.pump(0.05)
        if migration.poll() in ENDED:
            raise CheckFailed(f"the migration ended: {migration.info}")
    vm.execute("migrate_cancel")
    migration.wait(run.pump)
    expect_path(run, source, "STOP RUNNING" if run.client.v2 else
                "STOP STOP_COPY RUNNING")
    run.gave_up(other)
    vm.unexpected_stderr()

    # No P2P: no guest stops.
    leave(run, vm, target, paused=True, before=before, expect=Expect(
        "RUNNING PRE_COPY STOP_COPY STOP", run.client.way("loaded")))


def _snapshot_paths(run, mdev, wanted):
    expect_path(run, mdev, wanted)
    found = run.side(mdev)
    if found.errors:
        raise CheckFailed(found.errors[0])
    run.trace.collect()


@case("snapshot")
def snapshot(run):
    """Saved to a file, and later back to that moment in the same process."""
    mdev = run.device("A")
    vm = run.boot("vm0", [mdev])
    vm.add_disk("disk")
    where = {"vmstate": "disk", "devices": ["disk"], "tag": "then"}
    run.trace.collect()
    vm.job("snapshot-save", **where)
    run.guest.wait_tick()
    run.verify()
    _snapshot_paths(run, mdev, run.client.way("snapshot"))
    time.sleep(2)
    before = run.guest.command("status")

    run.guest.rewinds()
    vm.job("snapshot-load", **where)
    _snapshot_paths(run, mdev, run.client.way("rewound"))
    run.guest.wait_tick()
    after = run.guest.command("status")
    if after["seq"] >= before["seq"]:
        raise CheckFailed(f"the guest is at {after['seq']}, it was at "
                          f"{before['seq']} and should have gone back")
    run.verify()
    run.retire(vm)
