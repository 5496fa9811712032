# SPDX-License-Identifier: GPL-2.0
"""Other devices and other ways to their memory."""

from vmige2e import CheckFailed, device
from vmige2e.cases import case
from vmige2e.cases.legs import ping_pong


# Trap 26 (Documentation/traps.rst): QEMU 10 wants to know of P2P.
@case("two-devices", legs=2, devices=2, mem=1, dirty=50)
def two_devices(run):
    """Two devices in one guest, each with its own session."""
    ping_pong(run)


@case("no-mmap", legs=1, mem=1, no_mmap=True, direct=False)
def no_mmap(run):
    """x-no-mmap: BAR2 access by access, in v1 the stream by words of 8 bytes."""
    ping_pong(run)


# Trap 34 (Documentation/traps.rst): QEMU 7.2 cuts a chunk that is larger than
# the destination's window.
@case("small-window", clients=("7.2",), legs=1, records=True)
def small_window(run):
    """The destination's window is an eighth of the source's."""
    source = run.device("A")
    with device.parameter("window_kib", 128):
        target = run.device("B")
    vm = run.boot("vm0", [source])
    other = run.start("vm1", [target], incoming=True)
    run.move(vm, other)
    leg = run.legs[-1]
    if len(leg.loading.segments) < 4 * len(leg.saving.segments):
        raise CheckFailed(f"{len(leg.saving.segments)} segments became "
                          f"{len(leg.loading.segments)}: were they cut?")
    run.retire(vm)
    run.retire(other)
