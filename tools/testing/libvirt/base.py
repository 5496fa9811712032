# SPDX-License-Identifier: GPL-2.0
"""What all tests in a VM have in common: a libvirt, a PCI function as parent, and
virsh."""
import os
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import host
from host import DEVICES, write

NODE_DEVICE = """<device>
  <parent>{parent}</parent>
  <capability type='mdev'>
    <type id='{type}'/>
    <uuid>{uuid}</uuid>
    {attributes}
  </capability>
</device>
"""
ATTRIBUTE = "<attr name='{}' value='{}'/>"


class Setting:
    """Found once."""
    host = function = parent = None


def prepare(tree, out, uuid):
    subprocess.run("modprobe -q kvm_amd || modprobe kvm_intel", shell=True, check=True)
    subprocess.run([f"{host.TOP}/scripts/load"], check=True)
    Setting.function = host.bind_spare_function()
    Setting.parent = "pci_" + Setting.function.replace(":", "_").replace(".", "_")
    host.lay_over(tree)
    Setting.host = host.Host(uuid, out)


def mdevs():
    """Those that there are."""
    return sorted(os.listdir(DEVICES))


def node_name(uuid):
    function = Setting.function.replace(":", "_").replace(".", "_")
    return f"mdev_{uuid.replace('-', '_')}_{function}"


def node_device(uuid, kind="mcopy-m1", **attributes):
    path = f"/tmp/{uuid}.xml"
    write(path, NODE_DEVICE.format(
        parent=Setting.parent, type=kind, uuid=uuid, attributes="".join(
            ATTRIBUTE.format(name.replace("__", "/"), value)
            for name, value in attributes.items())))
    return path


class Base(unittest.TestCase):
    def virsh(self, *words):
        """It has to work."""
        code, out, err = host.virsh(*words)
        self.assertEqual((0, ""), (code, err), words)
        return out

    def refused(self, *words):
        """Returns what virsh says."""
        code, _, err = host.virsh(*words)
        self.assertNotEqual(0, code, words)
        print(f"# {' '.join(words)}: {err}".replace("\n", "\n# "), flush=True)
        return err

    def xml(self, *words):
        return ElementTree.fromstring(self.virsh(*words))

    def define(self, uuid, kind="mcopy-m1", **attributes):
        self.virsh("nodedev-define", node_device(uuid, kind, **attributes))
        self.addCleanup(self.forget, uuid)

    def forget(self, uuid):
        if uuid in mdevs():
            write(f"{DEVICES}/{uuid}/remove", "1")
        host.virsh("nodedev-undefine", node_name(uuid))

    def domain(self, *devices, name="one", **more):
        path = f"/tmp/{name}.xml"
        write(path, host.domain(name, devices, **more))
        self.virsh("define", path)
        self.addCleanup(self.end_domain, name)

    @staticmethod
    def end_domain(name):
        host.virsh("destroy", name)
        host.virsh("undefine", name)
