# SPDX-License-Identifier: GPL-2.0
"""Debian's placement-api on a loopback port of its own, and its HTTP API."""
import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.parse

# Queries with several groups, trees, and "in:".
VERSION = "1.39"
CONFIG = """
[api]
auth_strategy = noauth2
[placement_database]
connection = sqlite:///{folder}/placement.db
sync_on_startup = true
"""
START_TIMEOUT = 120


class Refused(Exception):
    """Placement's answer is an error."""


class Server:
    """One that runs; its files are in a folder that the caller removes."""

    def __init__(self, root, folder):
        root = os.path.realpath(root)
        with open(os.path.join(folder, "placement.conf"), "w", encoding="ascii") as file:
            file.write(CONFIG.format(folder=folder))
        self.requests = 0
        self.port = free_port()
        self.log = os.path.join(folder, "log")
        env = dict(os.environ, OS_PLACEMENT_CONFIG_DIR=folder,
                   PYTHONDONTWRITEBYTECODE="1",
                   PYTHONPATH=os.path.join(root, "usr/lib/python3/dist-packages"))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", os.path.join(root, "usr/bin/placement-api"),
                 "--host", "127.0.0.1", "--port", str(self.port)],
                env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)

    def __enter__(self):
        end = time.monotonic() + START_TIMEOUT
        try:
            while True:
                if self.process.poll() is not None:
                    raise Refused(f"placement-api ended: {self.last_words()}")
                try:
                    return self if self.call("GET", "/") else self
                except OSError as err:
                    if time.monotonic() > end:
                        raise Refused("placement-api does not answer: "
                                      f"{self.last_words()}") from err
                    time.sleep(0.1)
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def cpu(self):
        """Seconds of a processor that it took: true on a busy machine, too."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def last_words(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-1000:]

    def call(self, method, path, body=None):
        """Returns what the answer says, or None."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        headers = {"x-auth-token": "admin", "accept": "application/json",
                   "openstack-api-version": f"placement {VERSION}"}
        if body is not None:
            headers["content-type"] = "application/json"
            body = json.dumps(body)
        self.requests += 1
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text) if text else None

    def make_names(self, offer, made):
        """The names that an offer needs, but for those that are made."""
        for path in (f"/resource_classes/{offer['resource_class']}",
                     *(f"/traits/{trait}" for trait in offer["traits"])):
            if path not in made:
                self.call("PUT", path)
                made.add(path)

    def make_provider(self, name, parent=None):
        """Returns its UUID."""
        body = {"name": name}
        if parent:
            body["parent_provider_uuid"] = parent
        return self.call("POST", "/resource_providers", body)["uuid"]

    def set_traits(self, provider, traits, generation=0):
        self.call("PUT", f"/resource_providers/{provider}/traits",
                  {"resource_provider_generation": generation, "traits": traits})

    def set_inventory(self, provider, class_, inventory, generation=0):
        self.call("PUT", f"/resource_providers/{provider}/inventories",
                  {"resource_provider_generation": generation,
                   "inventories": {class_: inventory}})

    def traits(self, space):
        """The names that there are in a namespace."""
        prefix = f"CUSTOM_VFIOMIG_{space.upper()}_"
        return self.call("GET", f"/traits?name=startswith:{prefix}")["traits"]

    def candidates(self, query):
        """Which providers could be taken from, one set for each way."""
        # As it is: nothing in it needs to be quoted.
        assert urllib.parse.quote(query, safe="=&:,!") == query
        answer = self.call("GET", f"/allocation_candidates?{query}")
        return [set(each["allocations"]) for each in answer["allocation_requests"]]


def free_port():
    """One that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
