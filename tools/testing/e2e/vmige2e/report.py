# SPDX-License-Identifier: GPL-2.0
"""A leg in plain text, for people."""

from statistics import median

from vmige2e import analysis

BAR = 30


def size(count):
    """Bytes with a unit that keeps the number short."""
    if count is None:
        return "-"
    for unit in ("B", "KiB", "MiB"):
        if count < 10240:
            break
        count /= 1024
    else:
        unit = "GiB"
    return f"{count} {unit}" if unit == "B" else f"{count:.1f} {unit}"


def pages(count):
    return f"{count // analysis.PAGE} pages"


def bar(part, whole):
    length = round(BAR * part / whole) if whole else 0
    return "#" * max(length, 1 if part else 0)


def seconds(value):
    return "-" if value is None else f"{value:.3f} s"


def clients(leg):
    names = list(dict.fromkeys((leg.source_client, leg.target_client)))
    return "QEMU " + " to ".join(names)


def _timeline(name, label, one, begun):
    if not one.states:
        return [f"  {name:<11} {label}: no state change in the trace"]
    steps = [one.states[0][1]]
    steps += [f"{when - begun:.3f}> {to}" for when, _, to in one.states]
    return [f"  {name:<11} {label}  " + "  ".join(steps)]


def _phase(name, one, phase, whole):
    segments = one.phase_segments(phase)
    memory = one.total(phase, "memory_bytes")
    return (f"    {name:<14} {len(segments):4} segment"
            f"{' ' if len(segments) == 1 else 's'} "
            f"{size(one.total(phase)):>11}  {pages(memory):>13}  "
            f"|{bar(memory, whole):<{BAR}}|")


def _memory(leg):
    """The proof that stop-and-copy carries only what was dirtied since."""
    saving, loading = leg.saving.last_session(), leg.loading.last_session()
    before = saving.total("precopy", "memory_bytes")
    after = saving.total("stopcopy", "memory_bytes")
    dirty = saving.phases.get("stopcopy")
    whole = max(leg.size, before)
    lines = [f"  device memory {size(leg.size)}, {pages(leg.size)}",
             _phase("pre-copy", saving, "precopy", whole),
             _phase("stop-and-copy", saving, "stopcopy", whole),
             _phase("taken in", loading, "resuming", whole)]
    if dirty is not None:
        verdict = "the same" if dirty == after else "NOT the same"
        lines.append(f"    dirty at stop: {pages(dirty)}, carried in "
                     f"stop-and-copy: {pages(after)} ({verdict})")
    split = analysis.stop_pages(saving)
    if split:
        lines.append(f"    of these {split[0]} had never gone before, "
                     f"{split[1]} were dirtied since they had")
    if before + after >= leg.size:
        again = (before + after - leg.size) // analysis.PAGE
        lines.append(f"    sent more than once: {again} pages; the guest wrote "
                     f"{leg.worked('writes')} pages around the migration")
    return lines


def _times(leg):
    info = leg.info
    ram = info.get("ram", {})
    device = analysis.downtime(leg.saving, leg.loading)
    return [f"  guest RAM: {size(ram.get('transferred'))} sent, "
            f"{ram.get('dirty-sync-count', '-')} rounds",
            f"  time: total {info.get('total-time', '-')} ms, downtime "
            f"{info.get('downtime', '-')} ms (QEMU), "
            f"{seconds(device)} (device stopped to device running)"]


def _dma(leg):
    """What the device still had to do when it stopped."""
    parked = analysis.at_stop(leg.saving)
    queued = sum(p.queued for p in parked)
    if not queued:
        return []
    begun = [f"{p.done} of {p.length} bytes" for p in parked if p.stage]
    slowest = max(p.ns for p in parked) / 1e6
    return [f"  DMA: {queued} descriptors waited at the stop, "
            f"{len(begun)} of them begun ({', '.join(begun) or '-'}); "
            f"it took {slowest:.1f} ms to stop"]


def _guest(leg):
    if not leg.verified:
        return ["  guest: no answer after the migration"]
    verified = leg.verified
    return [f"  guest: wrote {leg.worked('writes')} and checked "
            f"{leg.worked('checks')} pages around the migration, "
            f"clock jumps {leg.worked('jumps')}",
            f"  guest: verified {size(verified.get('bytes', 0))} in "
            f"{verified.get('ms', '-')} ms: {verified.get('wrong', '-')} "
            f"bytes wrong, {verified.get('registers', '-')} registers wrong"]


def leg_text(leg):
    limit = f"{leg.bandwidth:g} MiB/s" if leg.bandwidth else "no limit"
    lines = [f"leg {leg.number}: {leg.source} to {leg.target}, "
             f"{clients(leg)}, {limit}, {leg.rate} pages/s dirtied"]
    if leg.saving:
        lines += _timeline("source", leg.source, leg.saving, leg.begun)
        lines += _timeline("destination", leg.target, leg.loading, leg.begun)
        lines += _memory(leg)
        lines += _times(leg) + _dma(leg)
    lines += _guest(leg)
    return lines + [f"  PROBLEM: {text}" for text in leg.problems]


def _spread(name, values, unit):
    values = sorted(v for v in values if v is not None)
    if not values:
        return f"  {name:<26} -"
    return (f"  {name:<26} {values[0]:9.1f} {median(values):9.1f} "
            f"{values[-1]:9.1f} {unit}")


def summary(legs):
    done = [x for x in legs if x.saving and x.loading]
    mib = 1 << 20
    return [
        f"{len(legs)} legs, {sum(x.verified.get('wrong', 0) for x in legs)} "
        f"bytes wrong of "
        f"{size(sum(x.verified.get('bytes', 0) for x in legs))} verified",
        f"  {'':26} {'least':>9} {'middle':>9} {'most':>9}",
        _spread("total time", [x.info.get("total-time") for x in done], "ms"),
        _spread("downtime, QEMU", [x.info.get("downtime") for x in done], "ms"),
        _spread("downtime, device",
                [1000 * d for x in done if (d := analysis.downtime(
                    x.saving, x.loading)) is not None], "ms"),
        _spread("pre-copy memory", [x.saving.total("precopy", "memory_bytes")
                                    / mib for x in done], "MiB"),
        _spread("stop-and-copy memory",
                [x.saving.total("stopcopy", "memory_bytes") / mib
                 for x in done], "MiB"),
    ]
