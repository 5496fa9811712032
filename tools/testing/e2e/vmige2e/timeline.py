# SPDX-License-Identifier: GPL-2.0
"""The migrations that a trace has in it, each with its sides and times."""

from dataclasses import dataclass, field

from vmige2e import analysis

MARGIN = 0.1        # shown before and after a leg, as a part of its length


@dataclass
class Session:
    """One device's saving or loading session."""
    dev: str
    direction: str
    number: int
    opened: float
    ended: float = None
    how: str = ""               # "complete", "drop", or no end in the trace
    bytes: int = 0

    def fits(self, loading):
        """Could @loading be at the other end of this saving session?"""
        if (self.number, self.direction, loading.direction) != (
                loading.number, "save", "load"):
            return False
        if self.dev == loading.dev or self.opened > loading.opened:
            return False
        return self.bytes == loading.bytes or \
            not self.how == loading.how == "complete"


@dataclass
class Timeline:
    """One leg, of which the trace may have one side only."""
    source: str = ""
    target: str = ""
    saving: analysis.Side = None
    loading: analysis.Side = None
    begun: float = 0.0
    end: float = 0.0
    ended: bool = False         # is its end in the trace?
    complete: bool = False      # as far as the trace has it, did it go well?
    downtime: float = None
    session: int = 0
    number: int = 0
    lanes: dict = field(default_factory=dict)   # side -> [(from, to, state)]

    @property
    def total(self):
        return self.end - self.begun

    @property
    def shown(self):
        """From when to when a picture shows it."""
        margin = MARGIN * max(self.total, 1e-5)
        return self.begun - margin, self.end + margin

    @property
    def memory(self):
        """Bytes of device memory that there were to carry, or that came."""
        if self.saving:
            first = next(iter(self.saving.phases.values()), None)
            if first is not None:
                return first
        one = self.saving or self.loading
        return sum(s.memory_bytes for s in one.segments)

    @property
    def stopped(self):
        """When the source's device stopped for the others' sake."""
        return self.saving and self.saving.time_of("STOP_COPY")

    @property
    def errors(self):
        return [error for one in (self.saving, self.loading) if one
                for error in one.errors]


def sessions(events):
    """All sessions that begin in the trace, in order."""
    found, current = [], {}
    for event in events:
        if event.name != "vmig_session":
            continue
        key = event.dev, event.fields["dir"]
        if event.event == "open":
            current[key] = Session(*key, event.id, event.time)
            found.append(current[key])
        elif key in current and current[key].number == event.id:
            one = current.pop(key)
            one.ended, one.how = event.time, event.event
            one.bytes = event.bytes
    return found


def _pairs(found):
    """Saving sessions with the loading ones that belong to them, or None."""
    pairs = [[one, None] for one in found if one.direction == "save"]
    for loading in (one for one in found if one.direction == "load"):
        fitting = [pair for pair in pairs
                   if pair[1] is None and pair[0].fits(loading)]
        if fitting:
            fitting[-1][1] = loading
        else:
            pairs.append([None, loading])
    return pairs


def _changes(events, dev):
    return [e for e in events if e.name == "vmig_state" and e.dev == dev
            and not e.err and e.from_ != e.to]


def _window(events, session, found):
    """From when to when a device's events belong to a session of its own."""
    begin, end = session.opened, float("inf")
    loads = session.direction == "load"
    changes = _changes(events, session.dev)
    others = [one.opened for one in found
              if one is not session and one.dev == session.dev]
    if loads:
        # A load begins with RESUMING, unless that was for an earlier session.
        resuming = max([e.time for e in changes
                        if e.to == "RESUMING" and e.time <= begin] or [begin])
        if not any(resuming < other < begin for other in others):
            begin = resuming
    # The device's next life is not ours. That the destination runs is.
    after = [e.time for e in changes
             if e.to == "RUNNING" and e.time > session.opened]
    if after:
        end = after[0] + (1e-7 if loads else 0)
    # A guest that goes on and stops again makes QEMU open another one.
    return begin, min([end] + [other for other in others
                               if other > session.opened])


def _side(events, session, found):
    begin, end = _window(events, session, found)
    return analysis.side([e for e in events if begin <= e.time < end],
                         session.dev)


def _lane(events, dev, begin, end):
    """The states of a device from @begin to @end, as (from, to, state)."""
    changes = _changes(events, dev)
    if not changes:
        return []
    steps = [(float("-inf"), changes[0].from_)]
    steps += [(e.time, e.to) for e in changes] + [(float("inf"), "")]
    spans = [(max(begin, since), min(end, until), state)
             for (since, state), (until, _) in zip(steps, steps[1:])]
    return [span for span in spans if span[0] < span[1]]


def _lane_end(events, dev, leg):
    """Once the destination runs, the next life of a device begins with its
    next state. A source reset to RUNNING would look as if both sides ran. QEMU
    10 brings the source to STOP when all is done."""
    after = [e.time for e in _changes(events, dev)
             if e.time > leg.end and e.to != "STOP"]
    return min([leg.end + leg.total] + (after[:1] if leg.complete else []))


def _last(one):
    """The last thing that is known of a side."""
    times = [t for t, _, _ in one.states] + [e.time for e in one.segments]
    return max(times + [e.time for e in one.sessions] +
               [t for t, _ in one.pending])


def _set_end(leg, saved, loaded):
    """When the leg was over, and how."""
    running = leg.loading and leg.loading.time_of("RUNNING")
    if loaded and loaded.how == "complete" and running:
        leg.end, leg.ended, leg.complete = running, True, True
        if leg.saving:
            leg.downtime = analysis.downtime(leg.saving, leg.loading)
        return
    leg.end = max(_last(one) for one in (leg.saving, leg.loading) if one)
    ends = [one.how for one in (saved, loaded) if one]
    leg.ended = "drop" in ends or bool(running) or (all(ends) and not loaded)
    leg.complete = bool(saved and saved.how == "complete" and not loaded)


def _leg(events, saved, loaded, found):
    leg = Timeline()
    if saved:
        leg.source, leg.session = saved.dev, saved.number
        leg.saving = _side(events, saved, found)
    if loaded:
        leg.target, leg.session = loaded.dev, loaded.number
        leg.loading = _side(events, loaded, found)
    leg.begun = saved.opened if saved else _window(events, loaded, found)[0]
    _set_end(leg, saved, loaded)
    for name, one in (("source", saved), ("destination", loaded)):
        if one:
            leg.lanes[name] = _lane(events, one.dev, leg.begun - leg.total,
                                    _lane_end(events, one.dev, leg))
    return leg


def legs(events):
    """All migrations that begin in the trace, numbered as they began."""
    found = sessions(events)
    result = [_leg(events, *pair, found) for pair in _pairs(found)]
    result.sort(key=lambda leg: leg.begun)
    for number, leg in enumerate(result, 1):
        leg.number = number
    return result


def choose(found, source=None, target=None, number=None):
    """The leg with that number, or else the last one; of these devices only.
    Raises LookupError with a text for people."""
    if number is not None and not 1 <= number <= len(found):
        raise LookupError(f"there is no leg {number}, only 1 to {len(found)}")
    fitting = [leg for leg in found
               if source in (None, "-", leg.source)
               and target in (None, "-", leg.target)
               and number in (None, leg.number)]
    if not fitting:
        raise LookupError(
            f"no leg goes from {source} to {target}" if number is None else
            f"leg {number} does not go from {source} to {target}")
    return fitting[-1]
