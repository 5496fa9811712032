# SPDX-License-Identifier: GPL-2.0
"""One leg: a guest goes from the VM it is in to a new one, and is asked."""

import time
from dataclasses import asdict, dataclass, field

from vmige2e import CheckFailed, analysis, client


@dataclass
class Leg:
    """What is known about one leg afterwards; report.py prints it."""
    number: int
    source: str
    target: str
    size: int
    bandwidth: float
    rate: int
    source_client: str = ""
    target_client: str = ""
    begun: float = 0.0
    seconds: float = 0.0
    info: dict = field(default_factory=dict)
    saving: analysis.Side = None
    loading: analysis.Side = None
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    verified: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def worked(self, what):
        """What the guest did between its two answers around the leg."""
        return self.after.get(what, 0) - self.before.get(what, 0)

    def document(self):
        """For machines to read."""
        found = {name: getattr(self, name) for name in (
            "number", "source", "target", "source_client", "target_client",
            "size", "bandwidth", "rate", "begun", "seconds", "info", "before",
            "after", "verified", "problems")}
        for name, one in (("saving", self.saving), ("loading", self.loading)):
            if one:
                found[name] = _side_document(one)
        if self.saving and self.loading:
            found["device_downtime"] = analysis.downtime(self.saving,
                                                         self.loading)
        return found


def _side_document(one):
    found = asdict(one)
    found.pop("records")
    for name in ("segments", "sessions"):
        found[name] = [{"time": e.time, **e.fields} for e in getattr(one, name)]
    return found


def _judge_guest(leg):
    """Only what the guest itself says counts as proof that it lives."""
    if leg.verified.get("word") != "verified":
        leg.problems.append("the guest did not verify its device memory")
    elif leg.verified["bytes"] != leg.size:
        leg.problems.append(f"the guest verified {leg.verified['bytes']} "
                            f"bytes, not {leg.size}")
    for name in ("wrong", "registers"):
        for answer in (leg.verified, leg.after):
            if answer.get(name, 0):
                leg.problems.append(f"the guest found {name}={answer[name]}")
                break
    if leg.worked("seq") <= 0:
        leg.problems.append("the guest's sequence number stood still")


@dataclass
class Plan:
    """How a leg goes; by default the guest runs, and nobody interferes."""
    need_precopy: bool = False      # most of the memory must go before the stop
    records: bool = False           # look at every record
    expect: analysis.Expect = None  # by default what is usual, see client.py
    during: object = None           # called with the Migration once it is begun
    paused: bool = False            # the guest is paused, and goes on later
    counted: bool = True            # QEMU counts what devices give, if at all
    # What the guest said of itself before, where it can't be asked at the start.
    before: dict = field(default_factory=dict)


def judge(leg, plan):
    saving, loading = leg.saving, leg.loading
    leg.problems += analysis.check_states(saving, loading, plan.expect)
    leg.problems += analysis.check_bytes(saving, loading, leg.size,
                                         leg.worked("writes"))
    leg.problems += analysis.check_sessions(saving, loading, plan.expect)
    if plan.records:
        leg.problems += analysis.check_records(saving, loading, leg.size)
    if plan.need_precopy and \
            saving.total("precopy", "memory_bytes") < leg.size // 2:
        leg.problems.append("less than half of the memory went in pre-copy")
    _judge_guest(leg)


def _migrate(run, plan, migration):
    """The migration itself; the guest runs at the destination at the end."""
    target = migration.target
    if plan.during:
        plan.during(migration)
    if not plan.paused:
        migration.complete(run.watch, run.timeout)
        _await_end(run, migration.source, plan)
        return
    migration.complete(run.pump, run.timeout, "paused")
    # For as long as nobody says so the device stays with what it was given.
    states = [run.side(mdev).path()[-1] for mdev in target.mdevs]
    if set(states) != {"RESUMING"}:
        raise CheckFailed(f"devices of a paused guest are {states}")
    _await_end(run, migration.source, plan)
    target.execute("cont")


def _await_end(run, source, plan):
    """QEMU 10 says "completed" before it has stopped to save devices."""
    last = plan.expect.source.split()[-1]
    deadline = time.monotonic() + 10
    while any(run.side(mdev).path()[-1:] != (last,) for mdev in source.mdevs):
        if time.monotonic() > deadline:
            break       # the judge will say where they are
        run.pump(0.02)


def run_legs(run, legs, source, target, plan):
    """Moves the guests of run from one VM to the other and fills in the legs,
    one for each device."""
    guests = run.guests
    plan.expect = plan.expect or client.expect(
        source.client, target.client,
        "saved-paused" if plan.paused else "saved")
    for guest, port in zip(guests, target.ports):
        guest.attach(port)
    run.trace.collect()
    run.trace.records(plan.records)
    for leg, guest in zip(legs, guests):
        # Who is paused can't be asked; the case did it in time.
        leg.before = plan.before if plan.paused else guest.command("status")
    migration = run.migration(source, target)
    migration.start()
    try:
        _migrate(run, plan, migration)
        _collect(run, legs, migration)
        for leg, guest in zip(legs, guests):
            guest.arrived()
            leg.after = guest.command("status")
            leg.verified = guest.command("verify", timeout=run.timeout)
            if plan.before:
                leg.before = plan.before
            judge(leg, plan)
        if source.client.v2 and plan.counted:
            legs[0].problems += analysis.check_counter(
                migration.info, [leg.saving for leg in legs])
    except CheckFailed as error:
        legs[0].problems.append(str(error))
        if legs[0].saving is None:
            _collect(run, legs, migration)
    run.trace.records(False)
    if run.trace.lost:
        legs[0].problems.append(f"the trace lost {run.trace.lost} events")
    _explain(legs, source, target)


def _collect(run, legs, migration):
    events = run.trace.collect()
    for index, leg in enumerate(legs):
        leg.begun = migration.begun
        leg.seconds = time.monotonic() - leg.begun
        leg.info = migration.info
        leg.saving = analysis.side(events, migration.source.mdevs[index].uuid)
        leg.loading = analysis.side(events, migration.target.mdevs[index].uuid)


def _explain(legs, source, target):
    """Everything unusual that QEMU or the modules said."""
    for vm in (source, target):
        legs[0].problems += [f"{vm.name} says: {line}"
                             for line in vm.unexpected_stderr() + vm.panic()]
        for leg, mdev in zip(legs, vm.mdevs):
            if mdev.new_error():
                leg.problems.append(f"device {mdev.label} last_error: "
                                    f"{mdev.new_error()}")
