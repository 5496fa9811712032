# SPDX-License-Identifier: GPL-2.0
"""Migrations beside DMA. The guest's driver makes the device an engine for the
kernel's own dmatest, which compares each byte of every transfer and waits for
each interrupt for ever; device memory is written and checked beside it."""

import time

from vmige2e import CheckFailed, analysis, device
from vmige2e.cases import case
from vmige2e.cases.halted import SWITCHOVER
from vmige2e.cases.interrupted import NEVER
from vmige2e.cases.legs import ends, there_and_back
from vmige2e.migration import ENDED

# dmatest sums up when its threads end, so they are many and short.
BATCH = {"iterations": 50, "threads_per_chan": 2}
# Seconds in which at least one thread ends, or a transfer has got lost.
PATIENCE = 120

# Interrupts that a migration may add, and a driver that is loaded.
STRAY = 100

# What all have in common.
DMA = {"irq": "msix", "mem": 1, "dirty": 50}


def start(run, **parameters):
    words = {**BATCH, **parameters}
    run.guest.command("dma start " + " ".join(
        f"{name}={value}" for name, value in words.items()))


def look(run):
    """How far dmatest has come; raises if it has found anything wrong."""
    found = run.guest.command("dma status")
    for what in ("failures", "complaints"):
        if found[what]:
            raise CheckFailed(f"dmatest: {found[what]} {what}")
    if found["trouble"] != "none":
        raise CheckFailed(f"dmatest: {found['trouble']}")
    return found


def watch(run, count=1):
    """Until so many transfers more are done. One that has lost its interrupt,
    or its record, is waited for by dmatest without end."""
    begun = last = look(run)["transfers"]
    deadline = time.monotonic() + PATIENCE
    while (found := look(run))["transfers"] < begun + count:
        if found["transfers"] > last:
            last, deadline = found["transfers"], time.monotonic() + PATIENCE
        if time.monotonic() > deadline:
            raise CheckFailed(
                f"dmatest hangs: {found['transfers']} transfers and "
                f"{found['interrupts']} interrupts, {found['threads']} threads "
                f"have not ended after {PATIENCE} s")
        run.watch(0.2)
    return found


def stop(run):
    run.guest.command("dma stop")
    deadline = time.monotonic() + PATIENCE
    while (found := look(run))["running"]:
        if time.monotonic() > deadline:
            raise CheckFailed(f"dmatest does not end: {found['threads']} "
                              "threads are left")
        run.watch(0.2)
    run.note(f"dmatest: {found['transfers']} transfers, {found['failures']} "
             f"failures, {found['interrupts']} interrupts")
    # Linux lives with a line that is up for ever; we don't.
    if found["interrupts"] > 2 * found["transfers"] + STRAY:
        raise CheckFailed(f"{found['interrupts']} interrupts for "
                          f"{found['transfers']} transfers")
    return found


# Bytes a second with which the engine, not the guest, is what all wait for, on
# a slow machine, too: it has work at any moment.
BUSY = 1 << 19


# Most of the time goes into comparing bytes: with small transfers there are
# more of them, and more interrupts that could get lost.
SMALL = {"test_buf_size": 2048, "iterations": 100, "rate": 100000}
MANY = {"test_buf_size": 2048, "iterations": 500, "rate": 300000,
        "least": 100000}


# The guest of a slow machine may give the engine so little to do that it rests at
# every stop. Then the engine has to be slower, too.
ROUNDS, SLOWER = 4, 2


def work_was_left(run):
    """At the stop of any leg."""
    return any(parked.queued for leg in run.legs
               for parked in analysis.at_stop(leg.saving))


def ping_pong(run, least=0, rate=0, at_home=lambda: None, clients=("", ""),
              **parameters):
    """There and back with dmatest before, during and after each leg. at_home is
    called when the guest is up and before it goes anywhere."""
    sides = [ends(run, label) for label in "AB"]

    def limit():
        for mdev in sides[0] + sides[1]:
            mdev.limit(rate // run.settings.devices)

    limit()
    vm = run.boot("vm0", sides[0], client=clients[0])
    at_home()
    start(run, **parameters)
    watch(run)
    for _ in range(ROUNDS):
        for number, vm in enumerate(there_and_back(run, vm, sides, clients), 1):
            done = watch(run)["transfers"]
            # Some of the rest in each leg's time, so that legs and work are
            # mixed.
            watch(run, max(1, least * number // run.settings.legs - done))
        if not rate or work_was_left(run):
            break
        rate //= SLOWER
        limit()
    found = stop(run)
    run.verify()
    run.retire(vm)
    if found["transfers"] < least:
        raise CheckFailed(f"only {found['transfers']} transfers")
    if rate and not work_was_left(run):
        raise CheckFailed("no work was left at any stop: nothing was proven")


@case("dma", **DMA)
def dma(run):
    """Copies; whenever the device stops, some are under way."""
    ping_pong(run, rate=BUSY)


@case("dma-fill", **DMA)
def dma_fill(run):
    """Fills, likewise."""
    ping_pong(run, rate=BUSY, dmatest=1)


@case("dma-throttled", **{**DMA, "mem": 16}, bw=16, downtime_ms=100,
      precopy=True)
def dma_throttled(run):
    """Copies at full speed while the migration is slow."""
    ping_pong(run)


@case("dma-msi", **{**DMA, "irq": "msi"})
def dma_msi(run):
    """MSI: all queues share one message."""
    ping_pong(run, rate=BUSY)


# Trap 39 (Documentation/traps.rst): where QEMU unmasks the pin it takes the maps
# of BARs away for a while, and KVM can't emulate all stores that the workload
# would make through them.
INTX = {**DMA, "irq": "intx", "direct": False}


# Trap 43 (Documentation/traps.rst): QEMU 7.2 has KVM raise the wrong line once
# the guest has come from elsewhere, so only the source can do this.
@case("dma-intx", **INTX, legs=1)
def dma_intx(run):
    """INTx by KVM, unmasked by an eventfd, to where it goes through QEMU."""
    def by_qemu():
        run.set_vfio("x-no-kvm-intx=on")

    ping_pong(run, rate=BUSY, at_home=by_qemu)


@case("dma-intx-no-kvm", **INTX, vfio="x-no-kvm-intx=on")
def dma_intx_no_kvm(run):
    """INTx through QEMU."""
    ping_pong(run, rate=BUSY)


# Trap 11 (Documentation/traps.rst): QEMU has stopped to read eventfds when the
# device stops.
@case("dma-msix-no-kvm", **DMA, vfio="x-no-kvm-msix=on")
def dma_msix_no_kvm(run):
    """MSI-X through QEMU."""
    ping_pong(run, rate=BUSY)


@case("dma-msi-no-kvm", **{**DMA, "irq": "msi"}, vfio="x-no-kvm-msi=on")
def dma_msi_no_kvm(run):
    """MSI through QEMU. The driver asks for the causes, so none may be lost."""
    ping_pong(run, **SMALL)


def expect_tracking(run, by_device):
    """Who told each source which memory the device had written to?"""
    for vm in run.started[:-1]:
        lines = vm.trace_lines()
        begun = any("vfio_device_dirty_tracking_start" in x for x in lines)
        if begun != by_device:
            raise CheckFailed(f"{vm.name} has {'' if begun else 'not '}asked "
                              "the device to log its DMA")
        warned = any("dirty tracking" in x for x in vm.stderr_lines())
        if warned == by_device:
            raise CheckFailed(f"{vm.name} has {'' if warned else 'not '}warned")
        pages = sum(int(x.rpartition("dirty_pages=")[2]) for x in lines
                    if "vfio_get_dirty_bitmap" in x)
        run.note(f"{vm.name}: {pages} pages were dirty for "
                 f"{'the device' if begun else 'type1'}")
        if not pages:
            raise CheckFailed(f"no page was dirty for {vm.name}: nothing was "
                              "proven")


# Trap 9 (Documentation/traps.rst)
@case("dma-logging", clients=("10",), where=device.kernel_logs_dma, **DMA,
      enable="")
def dma_logging(run):
    """QEMU 10, told nothing, believes the device's own log of its DMA."""
    ping_pong(run, rate=BUSY)
    expect_tracking(run, True)


@case("dma-no-logging", clients=("10",), where=device.kernel_logs_dma, **DMA)
def dma_no_logging(run):
    """On the same kernel a device that does not offer it; type1 knows."""
    with device.parameter("dma_logging", "N"):
        ping_pong(run, rate=BUSY)
    expect_tracking(run, False)


@case("dma-two-devices", **DMA, devices=2)
def dma_two_devices(run):
    """The queues of two devices, eight in all."""
    ping_pong(run, rate=BUSY)


@case("dma-crawl", **DMA)
def dma_crawl(run):
    """A device so slow that a transfer is under way across the switchover."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    # Every queue takes many seconds for one.
    source.limit(2000)
    target.limit(2000)
    start(run, iterations=2, threads_per_chan=1)
    time.sleep(2)
    run.move(vm, other)
    run.retire(vm)
    parked = analysis.at_stop(run.legs[-1].saving)
    if not any(p.stage == 1 and 0 < p.done < p.length for p in parked):
        raise CheckFailed(f"no transfer was half done at the stop: {parked}")
    target.limit(0)
    watch(run)
    stop(run)
    run.retire(other)


@case("dma-paused", **DMA, switchover=SWITCHOVER)
def dma_paused(run):
    """A guest that is paused with transfers under way is migrated."""
    vm = run.boot("vm0", ends(run, "A"))
    other = run.start("vm1", ends(run, "B"), incoming=True)
    start(run)
    watch(run)
    before = run.guest.command("status")
    vm.execute("stop")
    run.trace.collect()
    run.move(vm, other, paused=True, before=before)
    run.retire(vm)
    watch(run)
    stop(run)
    run.retire(other)


def cancel(run, vm, target, when):
    """Begin to migrate, and give up."""
    other = run.start("vm-" + when.__name__, [target], incoming=True)
    migration = run.migration(vm, other)
    run.trace.collect()
    migration.start()
    when(run, migration)
    vm.execute("migrate_cancel")
    status = migration.wait(run.watch)
    if status != "cancelled":
        raise CheckFailed(f"the migration is {status}, not cancelled")
    run.gave_up(other)
    vm.unexpected_stderr()
    watch(run)


def at_once(_run, _migration):
    """Before anything has gone."""


def in_precopy(run, migration):
    run.hold(migration)


def with_ram_gone(run, migration):
    """When it could stop at any moment."""
    while migration.info.get("ram", {}).get("dirty-sync-count", 0) < 3:
        if migration.poll() in ENDED:
            raise CheckFailed(f"the migration ended: {migration.info}")
        run.watch(0.1)


@case("dma-cancel", **DMA, downtime_ms=NEVER)
def dma_cancel(run):
    """Cancelled in each phase, then done."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source])
    start(run)
    for when in (at_once, in_precopy, with_ram_gone):
        cancel(run, vm, target, when)
    run.settings.downtime_ms = 300
    other = run.start("vm2", [target], incoming=True)
    run.move(vm, other)
    run.retire(vm)
    watch(run)
    stop(run)
    run.retire(other)


@case("dma-reload", **DMA, legs=1)
def dma_reload(run):
    """The driver is unloaded and loaded again where the guest has gone."""
    vm = run.boot("vm0", ends(run, "A"))
    other = run.start("vm1", ends(run, "B"), incoming=True)
    start(run)
    run.move(vm, other)
    run.retire(vm)
    watch(run)
    stop(run)
    for _ in range(3):
        run.guest.command("dma unload")
        run.guest.command("dma load")
        start(run)
        watch(run)
        stop(run)
    run.verify()
    run.retire(other)


@case("dma-reboot", **DMA)
def dma_reboot(run):
    """The guest is reset where it has gone to, with transfers under way."""
    mdevs = ends(run, "B")
    vm = run.boot("vm0", ends(run, "A"))
    other = run.start("vm1", mdevs, incoming=True)
    start(run)
    run.move(vm, other)
    run.retire(vm)
    watch(run)
    other.execute("set-action", {"reboot": "reset"})
    run.guest.restarts()
    other.execute("system_reset")
    run.await_guests(mdevs)
    start(run)
    watch(run)
    stop(run)
    run.retire(other)


@case("dma-10", **DMA, legs=20)
def dma_10(run):
    """Ten round trips, 100 000 copies."""
    ping_pong(run, **MANY)


@case("dma-fill-10", **DMA, legs=20)
def dma_fill_10(run):
    """Ten round trips, 100 000 fills."""
    ping_pong(run, dmatest=1, **MANY)


@case("dma-msi-10", **{**DMA, "irq": "msi"}, legs=20,
      vfio="x-no-kvm-msi=on")
def dma_msi_10(run):
    """Ten round trips, 100 000 copies with an interrupt to lose each."""
    ping_pong(run, **MANY)
