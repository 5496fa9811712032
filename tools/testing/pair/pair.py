# SPDX-License-Identifier: GPL-2.0
"""Two VMs that a network joins (scripts/vm-pair). The tests run in the one that is
called here; the other one, there, does what it is told."""
import os
import socket
import subprocess
import time
import xmlrpc.client
import xmlrpc.server

HERE, THERE = "10.83.12.1", "10.83.12.2"
CONTROL = 8000
# Of a machine that is emulated.
ANSWER_SECONDS = 180
WAIT_SECONDS = 60


def connect(address):
    """Gives the VM's only network device that address."""
    subprocess.run(["modprobe", "virtio_net"], check=True)
    subprocess.run(["udevadm", "settle"], check=True)
    name = next(name for name in sorted(os.listdir("/sys/class/net"))
                if os.path.exists(f"/sys/class/net/{name}/device"))
    for words in ("link set lo up", f"addr add {address}/24 dev {name}",
                  f"link set {name} up"):
        subprocess.run(["ip", *words.split()], check=True)


class Orders(xmlrpc.server.SimpleXMLRPCServer):
    """What the other VM may ask of this one: these functions, by their names, and
    in the end to end."""

    def __init__(self, *functions):
        super().__init__((THERE, CONTROL), logRequests=False, allow_none=True)
        self._ended = False
        for function in (os.listdir, self.end, *functions):
            self.register_function(function, function.__name__)

    def end(self):
        self._ended = True

    def serve(self):
        print("there: ready", flush=True)
        while not self._ended:
            self.handle_request()


def control(timeout=900):
    """The other VM, when it is ready, for which it may have to boot more than once.
    What it does not answer in time from then on has failed."""
    socket.setdefaulttimeout(ANSWER_SECONDS)
    there = xmlrpc.client.ServerProxy(f"http://{THERE}:{CONTROL}", allow_none=True)
    begun = said = time.monotonic()
    while True:
        try:
            there.listdir("/")
            return there
        except OSError as error:
            now = time.monotonic()
            if now > begun + timeout:
                raise RuntimeError("the other VM has never answered") from error
            # Who is silent for too long is ended.
            if now > said + WAIT_SECONDS:
                print(f"# the other VM is not there yet: {error}", flush=True)
                said = now
            time.sleep(1)
