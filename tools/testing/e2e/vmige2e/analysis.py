# SPDX-License-Identifier: GPL-2.0
"""What the tracepoints of one leg say, and whether that is right."""

from dataclasses import dataclass, field, replace

PAGE = 4096


@dataclass
class Expect:
    """The ways that both devices take in a migration."""
    source: str
    target: str
    # That the source opens; all but the last are dropped on the way.
    sessions: int = 1


@dataclass
class Side:
    """One device's part in a leg."""
    states: list = field(default_factory=list)      # (time, from, to)
    errors: list = field(default_factory=list)
    segments: list = field(default_factory=list)    # events
    sessions: list = field(default_factory=list)
    phases: dict = field(default_factory=dict)      # name -> dirty bytes
    pending: list = field(default_factory=list)     # (time, bytes)
    records: list = field(default_factory=list)
    parked: list = field(default_factory=list)      # queues, at each stop

    def path(self):
        return tuple([self.states[0][1]] if self.states else []) + tuple(
            to for _, _, to in self.states)

    def last_session(self):
        """The same without what was carried in vain before it."""
        begun = max((s.time for s in self.sessions if s.event == "open"),
                    default=0)
        return replace(
            self, segments=[s for s in self.segments if s.time >= begun],
            records=[r for r in self.records if r.time >= begun])

    def time_of(self, state):
        """When it last got into a state."""
        return next((t for t, _, to in reversed(self.states) if to == state),
                    None)

    def phase_segments(self, phase):
        return [s for s in self.segments if s.phase == phase and s.bytes]

    def total(self, phase, what="bytes"):
        return sum(s.fields[what] for s in self.phase_segments(phase))

    def ended(self):
        """The last session that was completed, as an event."""
        return next((s for s in reversed(self.sessions)
                     if s.event == "complete"), None)


def side(events, dev):
    result = Side()
    for event in (e for e in events if e.dev == dev):
        if event.name == "vmig_state":
            if event.err:
                result.errors.append(
                    f"{event.from_} to {event.to} failed: {event.err}")
            elif event.from_ != event.to:
                result.states.append((event.time, event.from_, event.to))
        elif event.name == "vmig_refused":
            result.errors.append(
                f"stream refused: {event.reason} at record {event.record}, "
                f"field {event.field}")
        elif event.name == "vmig_segment":
            result.segments.append(event)
        elif event.name == "vmig_session":
            result.sessions.append(event)
        elif event.name == "vmig_phase":
            result.phases[event.phase] = event.dirty_bytes
        elif event.name == "vmig_pending":
            result.pending.append((event.time, event.bytes))
        elif event.name == "vmig_record":
            result.records.append(event)
        elif event.name == "mcopy_parked":
            result.parked.append(event)
    return result


def check_states(source, target, expect):
    problems = [f"source: {e}" for e in source.errors]
    problems += [f"destination: {e}" for e in target.errors]
    for name, found, wanted in (("source", source.path(), expect.source),
                                ("destination", target.path(), expect.target)):
        if " ".join(found) != wanted:
            problems.append(f"{name} went {' '.join(found) or 'nowhere'}, "
                            f"not {wanted}")
    return problems


def check_bytes(source, target, size, guest_writes):
    """Stop-and-copy carries what was dirtied since and nothing else, and the
    destination takes in exactly what the source gave, all in the last
    session."""
    source, target = source.last_session(), target.last_session()
    problems = []
    before = source.total("precopy", "memory_bytes")
    after = source.total("stopcopy", "memory_bytes")
    dirty = source.phases.get("stopcopy")
    if dirty is None:
        problems.append("no stop-and-copy phase in the trace")
    elif after != dirty:
        problems.append(f"stop-and-copy carried {after} bytes of memory, "
                        f"{dirty} were dirty")
    if before + after < size:
        problems.append(f"{before + after} bytes of memory carried, "
                        f"the guest filled {size}")
    again = (before + after - size) // PAGE
    # A fetch may come in the midst of a write, which goes on to make the page
    # dirty once more: QEMU 10 fetches all the time.
    if again > guest_writes + len(source.phase_segments("precopy")):
        problems.append(f"{again} pages were sent again, "
                        f"the guest wrote {guest_writes}")
    for what in ("bytes", "memory_bytes", "records"):
        gave = source.total("precopy", what) + source.total("stopcopy", what)
        took = target.total("resuming", what)
        if gave != took:
            problems.append(f"source gave {gave} {what}, "
                            f"destination took {took}")
    return problems


def check_sessions(source, target, expect):
    problems = []
    for name, one in (("source", source), ("destination", target)):
        opened = [s for s in one.sessions if s.event == "open"]
        if len(opened) != expect.sessions:
            problems.append(f"{name} opened {len(opened)} sessions, "
                            f"not {expect.sessions}")
        if not one.ended():
            problems.append(f"{name} did not complete its session")
    dropped = sum(s.event == "drop" for s in source.sessions)
    if dropped != expect.sessions - 1:
        problems.append(f"source dropped {dropped} sessions, "
                        f"not {expect.sessions - 1}")
    gave, took = source.ended(), target.ended()
    if gave and took:
        for what in ("id", "bytes", "records"):
            if gave.fields[what] != took.fields[what]:
                problems.append(f"session {what}: source {gave.fields[what]}, "
                                f"destination {took.fields[what]}")
    return problems


def check_counter(info, sources):
    """What QEMU 8 and later count must be what the devices gave. With multifd
    the headers of its packets are counted, too."""
    counted = info.get("vfio", {}).get("transferred")
    gave = sum(one.total(phase) for one in sources
               for phase in ("precopy", "stopcopy"))
    if counted is None:
        return ["QEMU tells no bytes of VFIO devices"]
    return [] if counted == gave else [
        f"QEMU counted {counted} bytes of VFIO devices, they gave {gave}"]


def _memory_pages(records):
    return [page for r in records if r.type == "MEMORY"
            for page in range(r.addr // PAGE, (r.addr + r.len) // PAGE)]


def stop_pages(source):
    """The pages in stop-and-copy: how many went for the first time, how many
    had gone before. Only where record events were on."""
    stopped = source.time_of("STOP_COPY")
    if not source.records or stopped is None:
        return None
    before = set(_memory_pages(r for r in source.records if r.time < stopped))
    after = _memory_pages(r for r in source.records if r.time > stopped)
    again = sum(page in before for page in after)
    return len(after) - again, again


def _identity(record):
    return record.type, record.seq, record.addr, record.len


def check_records(source, target, size):
    """Only where record events were on: order, phase, each page that the
    guest filled at least once, none twice after the stop."""
    gave = [r for r in source.records if r.fields["dir"] == "save"]
    took = [r for r in target.records if r.fields["dir"] == "load"]
    problems = []
    if not gave:
        return ["no record events in the trace"]
    if [_identity(r) for r in gave] != [_identity(r) for r in took]:
        problems.append(f"{len(gave)} records saved, {len(took)} loaded, "
                        "or they differ")
    if [r.seq for r in gave] != list(range(len(gave))):
        problems.append("record numbers have gaps")
    kinds = [r.type for r in gave]
    if kinds[0] != "SELF" or kinds[-2:] != ["STATE", "END"] or \
            set(kinds[1:-2]) - {"MEMORY"}:
        problems.append("record order is not SELF MEMORY... STATE END")
    stopped = source.time_of("STOP_COPY")
    if stopped and any(r.time < stopped for r in gave
                       if r.type in ("STATE", "END")):
        problems.append("STATE or END sent before the device stopped")
    pages = _memory_pages(r for r in gave if stopped and r.time > stopped)
    carried = len(set(_memory_pages(gave))) * PAGE
    if carried != size:
        problems.append(f"{carried} different bytes of memory carried, "
                        f"the guest filled {size}")
    if len(pages) != len(set(pages)):
        problems.append("stop-and-copy carried a page twice")
    return problems


def at_stop(source):
    """How each queue stood when the device stopped for the last time."""
    return list({event.queue: event for event in source.parked}.values())


def downtime(source, target):
    """From the device's stop at the source to its start at the destination,
    in seconds."""
    stopped, started = source.time_of("STOP_COPY"), target.time_of("RUNNING")
    if stopped is None or started is None:
        return None
    return started - stopped
