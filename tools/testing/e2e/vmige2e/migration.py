# SPDX-License-Identifier: GPL-2.0
"""One live migration, driven over QMP."""

import time

from vmige2e import CheckFailed

UNLIMITED = 1 << 36
CAPABILITIES = ("return-path", "events")
ENDED = ("completed", "failed", "cancelled")


class Migration:
    """From a running VM to one that waits with -incoming defer."""

    def __init__(self, source, target, bandwidth=0, downtime_ms=300):
        self.source = source
        self.target = target
        self.bandwidth = bandwidth      # MiB/s, 0: no limit
        self.downtime_ms = downtime_ms
        self.info = {}
        self.begun = self.ended = 0.0

    def start(self):
        capabilities = {"capabilities": [
            {"capability": name, "state": True} for name in CAPABILITIES]}
        for vm in (self.source, self.target):
            vm.execute("migrate-set-capabilities", capabilities)
        limit = int(self.bandwidth * (1 << 20)) or UNLIMITED
        self.source.execute("migrate-set-parameters", {
            "max-bandwidth": limit, "downtime-limit": self.downtime_ms})
        uri = {"uri": "unix:" + self.target.incoming_path}
        self.target.execute("migrate-incoming", uri)
        self.begun = time.monotonic()
        self.source.execute("migrate", uri)

    def poll(self):
        """One look at the source; the status as QEMU names it."""
        self.info = self.source.execute("query-migrate")
        return self.info.get("status")

    def wait(self, pump, timeout=300, until=ENDED):
        """Until the status is one of those given; pump is called meanwhile."""
        deadline = time.monotonic() + timeout
        while (status := self.poll()) not in until:
            if status in ENDED:
                break
            if time.monotonic() > deadline:
                raise CheckFailed(f"migration still {status} after "
                                  f"{timeout} s: {self.info}")
            pump(0.05)
        self.ended = time.monotonic()
        return status

    def complete(self, pump, timeout=300):
        """To the end: source completed, destination running."""
        status = self.wait(pump, timeout)
        if status != "completed":
            text = self.info.get("error-desc", "no reason given")
            raise CheckFailed(f"migration {status}: {text}")
        deadline = time.monotonic() + 60
        # QEMU says "completed" a moment before it has added up the times.
        while not self.target.running() or not self.info.get("total-time"):
            if time.monotonic() > deadline:
                raise CheckFailed(f"the destination doesn't run, or the source "
                                  f"doesn't tell its times: {self.info}")
            pump(0.05)
            self.poll()
