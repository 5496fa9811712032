# SPDX-License-Identifier: GPL-2.0
"""Hosts and devices of different ages."""

from vmige2e import CheckFailed
from vmige2e.cases import case
from vmige2e.cases.faults import expect_error
from vmige2e.cases.interrupted import (NEVER, expect_path, expect_words, fail,
                                       leave, still_there)

# Of the profile p1. The guest says what it finds at first, and compares it with
# what it finds later.
FIRST_VERSION = "3.1.0"


def refused_early(run, vm, target, error, words):
    """Before the guest has to stop. QEMU 7.2 shows another errno than ours."""
    other = run.start(f"vm{len(run.started)}", [target], incoming=True)
    run.trace.collect()
    fail(run, vm, other, "failed")
    expect_error(target, error)
    expect_path(run, vm.mdevs[0], run.client.way("cancelled"))
    expect_words(run, other, words if run.client.v2 else
                 "Operation not permitted")
    still_there(run, vm)


@case("old-host", downtime_ms=NEVER)
def old_host(run):
    """From a host with an old driver to a new one, which has to be told, and
    back; the guest keeps the interface that it knows."""
    source, target = run.device("A", old_host=True), run.device("B")
    vm = run.boot("vm0", [source])
    if run.guest.hello.get("version") != FIRST_VERSION:
        raise CheckFailed(f"the guest found {run.guest.hello}")
    refused_early(run, vm, target, "not-configured record=0 type=SELF "
                  "field=migration/profile", "Operation not supported")
    target.become("p1")
    run.settings.downtime_ms = 300
    for mdev in (target, source):
        other = run.start(f"vm{len(run.started)}", [mdev], incoming=True)
        run.move(vm, other)
        run.retire(vm)
        vm = other
    run.retire(vm)


@case("new-to-old", downtime_ms=NEVER)
def new_to_old(run):
    """An old host has no such device; the guest goes on, and then elsewhere."""
    source, target = run.device("A"), run.device("B")
    vm = run.boot("vm0", [source])
    refused_early(run, vm, run.device("O", old_host=True),
                  "version-too-new record=0 type=SELF field=version",
                  "Numerical result out of range")
    leave(run, vm, target)
