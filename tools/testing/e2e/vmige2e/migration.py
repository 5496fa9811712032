# SPDX-License-Identifier: GPL-2.0
"""One live migration, driven over QMP."""

import time

from vmige2e import CheckFailed

UNLIMITED = 1 << 36
ENDED = ("completed", "failed", "cancelled")


class Migration:
    """From a running VM to one that waits with -incoming defer."""

    def __init__(self, source, target, bandwidth=0, downtime_ms=300,
                 return_path=True, capabilities=(), switchover=0):
        self.source = source
        self.target = target
        self.return_path = return_path
        self.capabilities = capabilities
        # MiB/s that QEMU 8.2 and later shall reckon with for the time after the
        # stop, 0: what they measure
        self.switchover = switchover
        self.bandwidth = bandwidth      # MiB/s, 0: no limit
        self.downtime_ms = downtime_ms
        self.info = {}
        self.begun = self.ended = 0.0

    def limit(self, bandwidth, downtime_ms):
        """Also while it is under way. A limit of the downtime that can't be
        kept lets pre-copy go on and on."""
        parameters = {
            "max-bandwidth": int(bandwidth * (1 << 20)) or UNLIMITED,
            "downtime-limit": downtime_ms}
        if self.switchover and self.source.client.v2:
            parameters["avail-switchover-bandwidth"] = self.switchover << 20
        self.source.execute("migrate-set-parameters", parameters)

    def start(self):
        capabilities = {"capabilities": [
            {"capability": "return-path", "state": self.return_path},
            {"capability": "events", "state": True},
            *({"capability": name, "state": True}
              for name in self.capabilities)]}
        for vm in (self.source, self.target):
            vm.execute("migrate-set-capabilities", capabilities)
        self.limit(self.bandwidth, self.downtime_ms)
        uri = {"uri": self.target.incoming}
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

    def complete(self, pump, timeout=300, arrival="running"):
        """To the end: source completed, destination in the given state."""
        status = self.wait(pump, timeout)
        if status != "completed":
            text = self.info.get("error-desc", "no reason given")
            raise CheckFailed(f"migration {status}: {text}")
        deadline = time.monotonic() + 60
        # QEMU says "completed" a moment before it has added up the times.
        while self.target.status() != arrival or \
                not self.info.get("total-time"):
            if time.monotonic() > deadline:
                raise CheckFailed(
                    f"the destination is {self.target.status()}, not "
                    f"{arrival}, or the source doesn't tell its times: "
                    f"{self.info}")
            pump(0.05)
            self.poll()
