# SPDX-License-Identifier: GPL-2.0
"""What is done on a host: ask for its documents, make devices by mdevctl, run
QEMUs. For the other host it is done by orders, so all that goes in and comes out
has a form in JSON."""
import http.client
import json
import os
import pathlib
import subprocess
import sys
import xmlrpc.client
from types import SimpleNamespace

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, f"{TOP}/tools/testing/e2e")

# pylint: disable=wrong-import-position
from vmige2e import CheckFailed, client, device, kvm    # noqa: E402
from vmige2e.vm import Machine, Vm                      # noqa: E402

MDEVCOMPAT = f"{TOP}/build/mdevcompat/mdevcompat"
DEVICES = pathlib.Path("/sys/bus/mdev/devices")
# One that both QEMUs know.
MACHINE = "pc-i440fx-7.2"


def command(*words, stdin=None):
    """Its output; it has to work."""
    done = subprocess.run(words, input=stdin, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise CheckFailed(f"{' '.join(words)}: {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Agent:
    """Of one host. QEMUs are by name: vm(name, what, ...) is what the Vm does."""

    def __init__(self, address, modules, out, clients, parents):
        self._address, self._out = address, out
        self._clients = client.parse(clients)
        self._vms = {}
        for one in self._clients.values():
            one.check()
        os.makedirs(out, exist_ok=True)
        # Other parents than the script would make.
        device.load_modules(modules, parents)
        for kind in ("callouts", "notifiers"):
            os.makedirs(f"/etc/mdevctl.d/scripts.d/{kind}", exist_ok=True)
        command("make", "-s", "-C", f"{TOP}/tools/mdevcompat/mdevctl", "install")
        self._log = device.KernelLog()
        self._kvm = kvm.KvmTrace()

    @staticmethod
    def documents():
        """Of all that can be made here: parent and type, and the document."""
        lines = command(MDEVCOMPAT, "list", "--json").splitlines()
        found = [json.loads(line) for line in lines]
        return {f"{one['parent']}/{one['mdev_type']}": one["document"]
                for one in found if one["scope"] == "type"}

    @staticmethod
    def document(uuid):
        return json.loads(command(MDEVCOMPAT, "show", "--json", uuid))

    @staticmethod
    def make(uuid, parent, definition):
        """By mdevctl, of a definition as "plan" prints it."""
        command("mdevctl", "define", "-u", uuid, "-p", parent, "--jsonfile",
                "/dev/stdin", stdin=definition)
        try:
            command("mdevctl", "start", "-u", uuid)
        except CheckFailed:
            # Its error is the one that counts.
            subprocess.run(["mdevctl", "undefine", "-u", uuid], check=False)
            raise

    @staticmethod
    def unmake(uuid):
        if (DEVICES / uuid).exists():
            command("mdevctl", "stop", "-u", uuid)
        command("mdevctl", "undefine", "-u", uuid)

    @staticmethod
    def attribute(uuid, name):
        """Of a device, as sysfs has it."""
        return (DEVICES / uuid / name).read_text(encoding="ascii").strip()

    def last_error(self, uuid):
        """None of a device that is gone."""
        if not (DEVICES / uuid).exists():
            return "none"
        return self.attribute(uuid, "migration/last_error")

    def start(self, name, version, uuid, incoming, kernel, initrd, cmdline):
        """A QEMU of that version with that device; returns where it can be
        reached: a migration, and the guest's port."""
        qemu = self._clients[version]
        options = "".join("," + word for word in qemu.enable("on"))
        machine = Machine(qemu, kernel, initrd, cmdline, type=MACHINE,
                          vfio_options=options, address=self._address)
        mdev = SimpleNamespace(path=DEVICES / uuid)
        self._vms[name] = Vm(name, machine, [mdev], self._out, incoming)
        return self._vms[name].incoming, self._vms[name].ports[0]

    def vm(self, name, what, *words):
        return getattr(self._vms[name], what)(*words)

    def begin(self):
        """What was before does not count."""
        self._kvm.clear()
        self._log.read()

    def judge(self):
        """Whether KVM or a guest says why it was lost, and what the kernel complains
        of."""
        fatal = self._kvm.save(os.path.join(
            self._out, f"kvm-trace-{'-'.join(self._vms) or 'none'}"))
        for name in self._vms:
            path = os.path.join(self._out, f"{name}.console")
            if not fatal and os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as console:
                    fatal = kvm.delivered_twice(console.read())
        return fatal, self._log.bad(self._log.read())

    def end(self):
        """Of all QEMUs that there still are."""
        for vm in self._vms.values():
            vm.kill()
        self._vms.clear()


def shell(text, stdin):
    """What somebody who logs in types; exit code, output and errors."""
    path = f"{os.path.dirname(MDEVCOMPAT)}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", text], input=stdin, capture_output=True,
                          text=True, check=False, env=dict(os.environ, PATH=path))
    return done.returncode, done.stdout, done.stderr


def answer(agent, text):
    """To an order."""
    what, words = json.loads(text)
    try:
        return json.dumps({"value": getattr(agent, what)(*words)})
    # Whatever it is: who has given the order shall hear of it.
    except Exception as error:  # pylint: disable=broad-except
        return json.dumps({"error": f"{what}: {type(error).__name__}: {error}"})


class Distant:
    """The Agent of the other host."""

    def __init__(self, there):
        self._there = there

    def __getattr__(self, what):
        def order(*words):
            try:
                found = json.loads(self._there.order(json.dumps([what, words])))
            except (xmlrpc.client.Error, http.client.HTTPException) as error:
                raise CheckFailed(f"there: {what}: {error}") from error
            if "error" in found:
                raise CheckFailed(f"there: {found['error']}")
            return found["value"]
        return order
