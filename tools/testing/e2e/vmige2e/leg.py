# SPDX-License-Identifier: GPL-2.0
"""One leg: the guest goes from the VM it is in to a new one, and is asked."""

import time
from dataclasses import asdict, dataclass, field

from vmige2e import CheckFailed, analysis
from vmige2e.migration import Migration


@dataclass
class Leg:
    """What is known about one leg afterwards; report.py prints it."""
    number: int
    source: str
    target: str
    size: int
    bandwidth: float
    rate: int
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
            "number", "source", "target", "size", "bandwidth", "rate", "begun",
            "seconds", "info", "before", "after", "verified", "problems")}
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


def judge(leg, need_precopy, records):
    saving, loading = leg.saving, leg.loading
    leg.problems += analysis.check_states(saving, loading)
    leg.problems += analysis.check_bytes(saving, loading, leg.size,
                                         leg.worked("writes"))
    leg.problems += analysis.check_sessions(saving, loading)
    if records:
        leg.problems += analysis.check_records(saving, loading, leg.size)
    if need_precopy and saving.total("precopy", "memory_bytes") < leg.size // 2:
        leg.problems.append("less than half of the memory went in pre-copy")
    _judge_guest(leg)


def run_leg(run, leg, source, target, need_precopy=True, records=False):
    """Moves run.guest from one VM to the other and fills in the leg."""
    run.guest.attach(target.port_path)
    run.trace.collect()
    run.trace.records(records)
    leg.before = run.guest.command("status")
    migration = Migration(source, target, leg.bandwidth, run.downtime_ms)
    migration.start()
    leg.begun = migration.begun
    try:
        migration.complete(run.guest.watch, run.timeout)
        run.guest.arrived()
        _collect(run, leg, migration, source, target)
        leg.after = run.guest.command("status")
        leg.verified = run.guest.command("verify", timeout=run.timeout)
        judge(leg, need_precopy, records)
    except CheckFailed as error:
        leg.problems.append(str(error))
        if leg.saving is None:
            _collect(run, leg, migration, source, target)
    run.trace.records(False)
    if run.trace.lost:
        leg.problems.append(f"the trace lost {run.trace.lost} events")
    _explain(leg, source, target)


def _collect(run, leg, migration, source, target):
    leg.seconds = time.monotonic() - leg.begun
    leg.info = migration.info
    events = run.trace.collect()
    leg.saving = analysis.side(events, source.mdevs[0].uuid)
    leg.loading = analysis.side(events, target.mdevs[0].uuid)


def _explain(leg, source, target):
    """Everything unusual that QEMU or the modules said."""
    for vm in (source, target):
        leg.problems += [f"{vm.name} says: {line}"
                         for line in vm.unexpected_stderr() + vm.panic()]
        for mdev in vm.mdevs:
            if mdev.last_error():
                leg.problems.append(f"device {mdev.label} last_error: "
                                    f"{mdev.last_error()}")
