# SPDX-License-Identifier: GPL-2.0
"""A leg as a picture: a script for gnuplot, which does the drawing.

Three rows, positions in pixels of a page of WIDTH x HEIGHT, from its top left:
the states of both sides and below them the bytes, on one time axis; then the
bytes per phase and, closer, the states around the stop.
"""

import re
import subprocess
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1000, 700
LEFT, RIGHT = 100, 970
LANES = (92, 182)           # top and bottom of each row
BYTES = (222, 432)
LOWER = (546, 646)
SPLIT = 505                 # where the right half of the last row begins
FONT = "DejaVu Sans"
# What a viewer without that font shall take; gnuplot can name only one.
FONTS = f"{FONT}, Verdana, Arial, sans-serif"
LETTER = 7.2                # width of one at size 11, with some slack
INK, FAINT, GRID = "#252525", "#636363", "#e4e4e4"
COLOURS = {
    "RUNNING": "#8fd19e", "PRE_COPY": "#85bce3", "STOP_COPY": "#fdae6b",
    "STOP": "#cfcfcf", "RESUMING": "#bcb3dd", "ERROR": "#fb6a4a",
    # A little darker: as before, but no DMA.
    "RUNNING_P2P": "#5fb373", "PRE_COPY_P2P": "#5594c4",
}
PENDING, GIVEN, TAKEN = "#2171b5", "#238b45", "#6a51a3"
DOWN, DOWN_EDGE = "#fde3df", "#cb181d"


def text(words):
    """A string that gnuplot takes as it is; names come from the trace."""
    words = re.sub(r"[\x00-\x1f]", "?", words).replace("'", "''")
    return f"'{words}'"


def duration(seconds):
    if seconds < 0.00995:
        return f"{1000 * seconds:.2f} ms"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2f} s"


def milliseconds(seconds):
    return f"{1000 * seconds:.{2 if seconds < 0.00995 else 0}f} ms"


def unit(most):
    """Name and size of the unit that an axis up to @most bytes has."""
    for name, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if most >= 2 * size:
            return name, size
    return "bytes", 1


def amount(count):
    """Bytes, for people."""
    name, size = unit(2 * count)
    return f"{count / size:.{1 if size > 1 else 0}f} {name}"


class Plot:
    """One plot of the page; collects gnuplot's commands."""

    def __init__(self, left, right, top, bottom, span):
        self.width = right - left
        self.span = span               # of the x axis
        self._number = 0
        self.lines = [
            "reset", "unset key", "set tics nomirror", "unset border",
            f"set lmargin at screen {left / WIDTH:.5f}",
            f"set rmargin at screen {right / WIDTH:.5f}",
            f"set tmargin at screen {1 - top / HEIGHT:.5f}",
            f"set bmargin at screen {1 - bottom / HEIGHT:.5f}",
            f"set xrange [{span[0]!r}:{span[1]!r}]",
            f"set tics textcolor '{FAINT}' font ',10'",
        ]

    def add(self, *lines):
        self.lines += lines

    def label(self, words, where, align="left", style="", colour=INK):
        """@style is gnuplot's, as in ":Bold,12"; @where too."""
        self.add(f"set label {text(words)} at {where} {align} front "
                 f"font '{FONT}{style or ',11'}' textcolor '{colour}'")

    def box(self, where, colour, edge=None, layer="behind"):
        border = f"border lc '{edge}' lw 1" if edge else "noborder"
        self._number += 1
        self.add(f"set object {self._number} rectangle {where} {layer} "
                 f"fillcolor '{colour}' fillstyle solid {border}")

    def line(self, where, colour, more="nohead"):
        self.add(f"set arrow {where} {more} front lc '{colour}' lw 1")

    def pixels(self, length):
        """How long a stretch of the x axis is on the page."""
        return length * self.width / (self.span[1] - self.span[0])


def page(*lines):
    """Labels of the page as such, in pixels from its top left."""
    result = ["reset", "unset border", "unset tics", "unset key",
              "set margins 0, 0, 0, 0", "set xrange [0:1]", "set yrange [0:1]"]
    for words, left, top, style, colour in lines:
        result.append(f"set label {text(words)} at screen {left / WIDTH:.5f},"
                      f"{1 - top / HEIGHT:.5f} left front "
                      f"font '{FONT}{style}' textcolor '{colour}'")
    return result + ["plot NaN notitle"]


def title(leg):
    """The picture in one line, and whose it is in another."""
    what = "Live migration"
    if not leg.loading:
        what = "Live migration, the source's side"
    elif not leg.saving:
        what = "Live migration, the destination's side"
    what += f": {amount(leg.memory)} of device memory" \
            f"{'' if leg.saving else ' taken in'}"
    took = duration(leg.total)
    if leg.complete:
        what += f" in {took}"
    elif leg.ended:
        what += f", {'failed' if leg.errors else 'given up'} after {took}"
    else:
        what += f", no end in the trace after {took}"
    if leg.downtime is not None:
        what += f", downtime {milliseconds(leg.downtime)}"
    names = [f"source {leg.source}"] if leg.source else []
    names += [f"destination {leg.target}"] if leg.target else []
    return what, ", ".join(names + [f"session {leg.session}"])


def name_state(plot, state, where, begin, end, marks):
    """Writes a state's name into its bar, beside the @marks that cross it, if
    there is room; the colour will have to do if not."""
    cuts = [begin] + [x for x in marks if begin < x < end] + [end]
    piece = max(zip(cuts, cuts[1:]), key=lambda piece: piece[1] - piece[0])
    room = plot.pixels(piece[1] - piece[0]) - 6
    for size in (11, 9, 8):
        if room > LETTER * size / 11 * len(state):
            plot.label(state, f"{sum(piece) / 2!r},{where}", "center",
                       f",{size}")
            break


def lanes(plot, leg, moment, scale=1):
    """The states of the sides that there are; the axis counts from @moment,
    @scale to the second."""
    marks = [(t - moment) * scale for t in (leg.stopped, leg.end)
             if t is not None]
    names = [name for name in ("destination", "source") if name in leg.lanes]
    tics = ", ".join(f"'{name}' {row + 0.5}" for row, name in enumerate(names))
    # One lane is in the middle, and no wider than one of two.
    room = 1 - len(names) / 2
    plot.add(f"set yrange [{-room}:{len(names) + room}]",
             f"set ytics ({tics}) scale 0 font ',11' textcolor '{INK}'")
    low, high = plot.span
    for row, name in enumerate(names):
        for begin, end, state in leg.lanes[name]:
            begin = max((begin - moment) * scale, low)
            end = min((end - moment) * scale, high)
            if begin >= end:
                continue
            plot.box(f"from {begin!r},{row + 0.14} to {end!r},{row + 0.86}",
                     COLOURS.get(state, "#ffffff"), "#ffffff")
            name_state(plot, state, row + 0.5, begin, end, marks)


def stop_marks(plot, top, bottom, begin, end, words):
    """The downtime as a band from @top to @bottom, named above; or only the
    stop, as a line, if it has no @end."""
    top, bottom = (f"screen {1 - y / HEIGHT:.5f}" for y in (top - 4, bottom))
    for x in (begin, end):
        if x is not None:
            plot.line(f"from {x!r},{bottom} to {x!r},{top}", DOWN_EDGE)
    middle = begin
    if end is not None:
        plot.box(f"from {begin!r},{bottom} to {end!r},{top}", DOWN,
                 layer="noclip behind")
        middle = (begin + end) / 2
    # Never out of the plot.
    low, high = plot.span
    half = LETTER * len(words) / 2 / plot.pixels(1)
    middle = max(low + half, min(high - half, middle))
    plot.label(words, f"{middle!r},{top} offset character 0,0.7", "center",
               ":Bold,11", DOWN_EDGE)


def stop_words(leg):
    if leg.downtime is None:
        return "device stopped"
    return f"downtime {milliseconds(leg.downtime)}"


def states_plot(leg):
    """Upper row; what it marks goes on through the row below."""
    span = tuple(t - leg.begun for t in leg.shown)
    plot = Plot(LEFT, RIGHT, *LANES, span)
    plot.add("unset xtics")
    if leg.stopped is not None:
        end = None if leg.downtime is None else leg.total
        stop_marks(plot, LANES[0], BYTES[1], leg.stopped - leg.begun, end,
                   stop_words(leg))
    lanes(plot, leg, leg.begun)
    return plot.lines + ["plot NaN"]


def sums(events, begin):
    """How the bytes of segments add up over time, from @begin on."""
    total, points = 0, [(begin, 0)]
    for event in events:
        if event.bytes:
            total += event.bytes
            points.append((event.time, total))
    return points


def series(leg):
    """The lines of the middle row: name, colour, [(time, bytes)]."""
    found = []
    if leg.saving and leg.saving.pending:
        found.append(("pending at the source", PENDING, leg.saving.pending))
    # Old traces don't tell what is pending.
    if leg.saving and not (leg.saving.pending and leg.loading):
        found.append(("given by the source", GIVEN,
                      sums(leg.saving.segments, leg.shown[0])))
    if leg.loading:
        found.append(("taken in at the destination", TAKEN,
                      sums(leg.loading.segments, leg.shown[0])))
    return found


def steps(points, begin, until):
    """What a line in steps needs: the last point of each pixel, an end."""
    pixel = (until - begin) / (RIGHT - LEFT)
    last = {int((t - begin) / pixel): (t, value) for t, value in points}
    return list(last.values()) + [(until, points[-1][1])]


def key(plot, found, top, stop):
    """Above the plot, a stroke and a name for each line; not on @stop."""
    sizes = [50 + 0.9 * LETTER * len(name) for name, _, _ in found]
    x = LEFT
    if stop is not None:
        stop = LEFT + plot.pixels(stop - plot.span[0])
        if stop < LEFT + sum(sizes):
            x = stop + 12
    y = f"screen {1 - (top - 14) / HEIGHT:.5f}"
    for (name, colour, _), size in zip(found, sizes):
        left, right, words = ((x + more) / WIDTH for more in (0, 22, 30))
        plot.add(f"set arrow from screen {left:.5f},{y} to screen "
                 f"{right:.5f},{y} nohead front lc '{colour}' lw 2.5")
        plot.label(name, f"screen {words:.5f},{y}")
        x += size


def bytes_plot(leg):
    """Middle row."""
    found = series(leg)
    most = max([value for _, _, points in found for _, value in points] + [1])
    name, size = unit(most)
    plot = Plot(LEFT, RIGHT, *BYTES, tuple(t - leg.begun for t in leg.shown))
    plot.add(f"set yrange [0:{1.12 * most / size!r}]",
             f"set grid ytics back lc '{GRID}' lw 1 lt 1",
             "set tics format '%g'", "set ytics scale 0",
             "set xtics scale 0.5 out offset 0,0.2", f"set border 3 lc '{FAINT}'",
             f"set xlabel 'seconds from the start of the migration' "
             f"offset 0,0.6 font ',11' textcolor '{INK}'")
    plot.label(name, f"graph 0,screen {1 - (BYTES[0] - 14) / HEIGHT:.5f} "
               "offset character -1.2,0", "right", ",10", FAINT)
    stop = leg.stopped
    key(plot, found, BYTES[0], stop and stop - leg.begun)
    data, lines = [], []
    for number, (_, colour, points) in enumerate(found):
        data.append(f"$line{number} << EOD")
        data += [f"{t - leg.begun:.6f} {value / size:.6f}"
                 for t, value in steps(points, *leg.shown)]
        data.append("EOD")
        if colour == PENDING:
            lines.append(f"$line{number} with fillsteps fillcolor '{colour}' "
                         "fillstyle transparent solid 0.12 noborder")
        lines.append(f"$line{number} with steps lc '{colour}' lw 2")
    return data + plot.lines + ["plot " + ", ".join(lines or ["NaN"])]


def phases_plot(leg):
    """Lower row, left: how much went when."""
    rows = []
    if leg.loading:
        rows.append(("taken in", "RESUMING", leg.loading, "resuming"))
    if leg.saving:
        rows += [("stop-and-copy", "STOP_COPY", leg.saving, "stopcopy"),
                 ("pre-copy", "PRE_COPY", leg.saving, "precopy")]
    most = max([side.total(phase) for _, _, side, phase in rows] + [1])
    # Half of the width is for the words behind the bars.
    plot = Plot(LEFT, SPLIT - 40, *LOWER, (0, 2 * most))
    tics = ", ".join(f"'{row[0]}' {y + 0.5}" for y, row in enumerate(rows))
    plot.add("unset xtics", f"set yrange [{len(rows) - 3}:{len(rows)}]",
             f"set ytics ({tics}) scale 0 font ',11' textcolor '{INK}'")
    for y, (_, state, side, phase) in enumerate(rows):
        count = side.total(phase)
        words = "nothing"
        if count:
            number = len(side.phase_segments(phase))
            words = f"{amount(count)} in {number} " \
                    f"segment{'' if number == 1 else 's'}"
            # What there is can be seen.
            count = max(count, most / 100)
            plot.box(f"from 0,{y + 0.16} to {count},{y + 0.84}",
                     COLOURS[state])
        plot.label(words, f"{count},{y + 0.5} offset character 0.8,0")
    return plot.lines + ["plot NaN"]


def stop_plot(leg):
    """Lower row, right: the states again, where it happens fast."""
    length = 1000 * (leg.end - leg.stopped)
    plot = Plot(SPLIT + 90, RIGHT, *LOWER, (-0.27 * length, 1.27 * length))
    plot.add(f"set border 1 lc '{FAINT}'",
             "set xtics scale 0.5 out format '%g' offset 0,0.2",
             "set xlabel 'milliseconds from the stop of the device' "
             f"offset 0,0.6 font ',11' textcolor '{INK}'")
    if leg.downtime is not None:
        stop_marks(plot, LOWER[0], LOWER[1], 0, length, stop_words(leg))
    lanes(plot, leg, leg.stopped, 1000)
    return plot.lines + ["plot NaN"]


def script(leg):
    """gnuplot's commands for a leg, without those that set a terminal."""
    what, whose = title(leg)
    heads = [(what, 24, 26, ":Bold,15", INK), (whose, 24, 50, ",11", FAINT),
             ("Bytes per phase", 24, LOWER[0] - 28, ":Bold,12", INK)]
    if leg.errors:
        heads.append((leg.errors[0], 24, HEIGHT - 16, ",11", DOWN_EDGE))
    closer = leg.stopped is not None and leg.end > leg.stopped
    if closer:
        heads.append(("Around the stop", SPLIT, LOWER[0] - 28, ":Bold,12",
                      INK))
    lines = ["set encoding utf8", "set multiplot"] + page(*heads)
    lines += states_plot(leg) + bytes_plot(leg) + phases_plot(leg)
    if closer:
        lines += stop_plot(leg)
    return "\n".join(lines + ["unset multiplot", ""])


TERMINALS = {
    "svg": f"set terminal svg size {WIDTH},{HEIGHT} background 'white' "
           f"noenhanced font '{FONT},11'",
    # For screens of today: half as many pixels again in each direction.
    "png": f"set terminal pngcairo size {WIDTH * 3 // 2},{HEIGHT * 3 // 2} "
           "fontscale 1.12 linewidth 1.5 background 'white' noenhanced "
           f"font '{FONT},11'",
}


def _finish_svg(data, leg):
    """gnuplot names itself as the title and only one font."""
    drawn = data.decode("utf-8")
    drawn = drawn.replace("<title>Gnuplot</title>",
                          f"<title>{escape(title(leg)[0])}</title>")
    drawn = drawn.replace(f'font-family="{FONT}"', f'font-family="{FONTS}"')
    drawn = drawn.replace(f'font-family="{FONT}:Bold"',
                          f'font-family="{FONTS}" font-weight="bold"')
    return drawn.encode("utf-8")


def draw(leg, kind):
    """The picture as "svg" or "png", in bytes. Raises OSError if there is no
    gnuplot, ValueError with its complaint if it can't draw."""
    commands = TERMINALS[kind] + "\n" + script(leg)
    done = subprocess.run(["gnuplot"], input=commands.encode("utf-8"),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    if done.returncode or not done.stdout:
        complaint = done.stderr.decode("utf-8", "replace").strip()
        raise ValueError(f"gnuplot can't draw: {complaint}")
    return done.stdout if kind == "png" else _finish_svg(done.stdout, leg)
