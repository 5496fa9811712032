# SPDX-License-Identifier: GPL-2.0
"""QEMU's machine protocol: one connection, every wait bounded."""

import json
import socket
import time


class QmpError(Exception):
    """QEMU refused a command."""


class QmpGone(Exception):
    """QEMU closed the connection or does not answer."""


class Qmp:
    def __init__(self, path, timeout=60, alive=lambda: True):
        self.events = []
        self._buffer = b""
        self._serial = 0
        self._socket = self._connect(path, timeout, alive)
        self._message(timeout)
        self.execute("qmp_capabilities")

    @staticmethod
    def _connect(path, timeout, alive):
        deadline = time.monotonic() + timeout
        while True:
            sock = socket.socket(socket.AF_UNIX)
            try:
                sock.connect(path)
                return sock
            except OSError as error:
                sock.close()
                if time.monotonic() > deadline or not alive():
                    raise QmpGone(f"no answer on {path}: {error}") from error
                time.sleep(0.05)

    def close(self):
        self._socket.close()

    def _message(self, timeout):
        """The next message, which may be an event."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise QmpGone(f"no answer within {timeout} s")
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65536)
            except socket.timeout:
                continue
            except OSError as error:
                raise QmpGone(str(error)) from error
            if not data:
                raise QmpGone("connection closed")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)

    def execute(self, command, arguments=None, timeout=60):
        self._serial += 1
        request = {"execute": command, "id": self._serial}
        if arguments:
            request["arguments"] = arguments
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise QmpGone(str(error)) from error
        while True:
            answer = self._message(timeout)
            if "event" in answer:
                self.events.append(answer)
            elif answer.get("id") == self._serial:
                break
        if "error" in answer:
            raise QmpError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def wait_closed(self, timeout):
        """Until QEMU hangs up, which it does when it ends."""
        try:
            while True:
                self._message(timeout)
        except QmpGone:
            pass
