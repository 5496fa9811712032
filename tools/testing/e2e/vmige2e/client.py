# SPDX-License-Identifier: GPL-2.0
"""The QEMUs that there are, and in what they differ."""

import re
import subprocess
from dataclasses import dataclass

from vmige2e import CheckFailed
from vmige2e.analysis import Expect

# The ways of a device, by what its guest does. QEMU up to 7.2 writes words of
# the migration region; later ones name states, and have a device stop its DMA to
# others (P2P) before any is stopped.
V1 = {
    "saved": "RUNNING PRE_COPY STOP_COPY STOP",
    "saved-paused": "STOP STOP_COPY STOP",
    "loaded": "RUNNING RESUMING RUNNING",
    "cancelled": "RUNNING PRE_COPY RUNNING",
    # The migration has failed, or the user goes on at the source.
    "failed": "RUNNING PRE_COPY STOP_COPY STOP RUNNING",
    "completed-in-vain": "RUNNING PRE_COPY STOP_COPY STOP RUNNING",
    "snapshot": "RUNNING STOP_COPY STOP RUNNING",
    "rewound": "RUNNING STOP RUNNING RESUMING RUNNING",
}
V2 = {
    "saved": "RUNNING PRE_COPY PRE_COPY_P2P STOP_COPY STOP",
    "saved-paused": "STOP STOP_COPY STOP",
    "loaded": "RUNNING RESUMING RUNNING_P2P RUNNING",
    "cancelled": "RUNNING PRE_COPY RUNNING",
    "failed": "RUNNING PRE_COPY PRE_COPY_P2P STOP_COPY RUNNING_P2P RUNNING",
    "completed-in-vain": "RUNNING PRE_COPY PRE_COPY_P2P STOP_COPY STOP "
                         "RUNNING_P2P RUNNING",
    "snapshot": "RUNNING RUNNING_P2P STOP STOP_COPY STOP RUNNING_P2P RUNNING",
    "rewound": "RUNNING RUNNING_P2P STOP RUNNING RESUMING RUNNING_P2P RUNNING",
}

# What each may say on stderr in a run without fault.
ALL_SAY = [re.compile(r"warning: host doesn't support requested feature")]
# Migration was switched on by hand, and nobody but type1 knows of DMA.
V2_SAYS = [re.compile(r"device and IOMMU dirty tracking")]


@dataclass(frozen=True)
class Client:
    """One QEMU."""
    name: str           # the beginning of its version
    binary: str

    @property
    def v2(self):
        """Does it speak protocol v2? Each speaks only one."""
        return int(self.name.split(".")[0]) >= 8

    def way(self, what):
        return (V2 if self.v2 else V1)[what]

    def enable(self, value):
        """The option of a device that lets it migrate, or none if @value is
        empty: then QEMU's default holds."""
        if not value:
            return []
        return [f"{'' if self.v2 else 'x-'}enable-migration={value}"]

    def expected_stderr(self):
        return ALL_SAY + (V2_SAYS if self.v2 else [])

    def check(self):
        """Is the binary what its name says?"""
        try:
            done = subprocess.run([self.binary, "--version"], check=True,
                                  capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise CheckFailed(f"QEMU {self.name}: {error}") from error
        match = re.search(r"version (\S+)", done.stdout)
        if not match or not (match[1] + ".").startswith(self.name + "."):
            raise CheckFailed(f"{self.binary} is no QEMU {self.name}: "
                              f"{done.stdout.splitlines()[0]}")


def expect(source, target, saved="saved", sessions=1):
    """What a guest's move from one to the other looks like."""
    return Expect(source.way(saved), target.way("loaded"), sessions)


def parse(words, default="7.2"):
    """Clients by name, from NAME=BINARY as on the command line."""
    found = {}
    for word in words or [f"{default}=qemu-system-x86_64"]:
        name, sign, binary = word.partition("=")
        if not sign or not binary or not re.fullmatch(r"\d+(\.\d+)*", name):
            raise ValueError(f"{word!r} is not NAME=BINARY, such as "
                             "7.2=qemu-system-x86_64")
        found[name] = Client(name, binary)
    return found
