# SPDX-License-Identifier: GPL-2.0
"""From one QEMU to another, which speaks the other protocol. All have dmatest
beside the workload."""

from vmige2e.cases import case
from vmige2e.cases.dma import BUSY, DMA, SMALL, ping_pong

BOTH = ("7.2", "10")
# One that both know.
CROSS = {**DMA, "machine": "pc-i440fx-7.2", "others": BOTH}
# There is only one stop to find work at.
FEW = {"rate": BUSY // 2, "iterations": 20}


# In short runs each of them once, at its own home.
@case("cross-up", **CROSS, legs=1)
def cross_up(run):
    """From QEMU 7.2 to 10."""
    ping_pong(run, clients=BOTH, **FEW)


@case("cross-down", **CROSS, legs=1)
def cross_down(run):
    """From QEMU 10 to 7.2."""
    ping_pong(run, clients=BOTH[::-1], **FEW)


@case("cross-10", **CROSS, legs=20)
def cross_10(run):
    """Ten round trips between both, 30 000 copies."""
    both = BOTH if run.client.name == BOTH[0] else BOTH[::-1]
    ping_pong(run, clients=both, **{**SMALL, "rate": 300000, "least": 30000})
