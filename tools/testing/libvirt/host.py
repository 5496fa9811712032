# SPDX-License-Identifier: GPL-2.0
"""libvirt in a VM that has no service manager, and nothing of it installed."""
import os
import shutil
import subprocess
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
DEVICES = "/sys/bus/mdev/devices"
PCI = "/sys/bus/pci"

# Not all of /usr: the VM's kernel modules are mounted below it.
PARTS = ("bin", "sbin", "share", "lib/x86_64-linux-gnu")

# Root runs QEMU, which nothing confines; a VM is made for one test.
QEMU_CONF = """
user = "root"
group = "root"
security_driver = "none"
remember_owner = 0
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
"""
LIBVIRTD_CONF = """
host_uuid = "{uuid}"
auth_unix_rw = "none"
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
log_outputs = "3:file:{log}"
"""

# The alias is what an override goes by; libvirt leaves those alone that begin so.
HOSTDEV = """
    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>
      <source><address uuid='{uuid}'/></source>
      <alias name='ua-mdev{number}'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='{slot:#04x}' function='0x0'/>
    </hostdev>"""
OVERRIDE = """
    <qemu:device alias='ua-mdev{number}'><qemu:frontend>
      <qemu:property name='x-enable-migration' type='bool' value='true'/>
    </qemu:frontend></qemu:device>"""
DOMAIN = """
<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>{name}</name>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>{boot}</os>
  <features><acpi/></features>
  <cpu mode='host-passthrough'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>{devices}
  </devices>
  <qemu:override>{overrides}
  </qemu:override>
</domain>
"""


def domain(name, mdevs, migratable=True, boot="", serial=""):
    """The XML of one with these mdevs."""
    numbered = list(enumerate(mdevs))
    return DOMAIN.format(
        name=name, boot=boot, devices=serial + "".join(
            HOSTDEV.format(uuid=uuid, number=number, slot=5 + number)
            for number, uuid in numbered),
        overrides="".join(OVERRIDE.format(number=number) for number, _ in numbered
                          if migratable))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def lay_over(tree):
    """What is unpacked there appears in /usr, for this VM alone."""
    for part in PARTS:
        subprocess.run(["mount", "-t", "overlay", "-o",
                        f"lowerdir={tree}/usr/{part}:/usr/{part}", "libvirt",
                        f"/usr/{part}"], check=True)


def make_user():
    """The one that libvirt looks for even if root is to run QEMU."""
    for path, line in (("/etc/passwd", "libvirt-qemu:x:64055:64055::/:/bin/false"),
                       ("/etc/group", "libvirt-qemu:x:64055:"),
                       ("/etc/group", "kvm:x:64056:")):
        with open(path, "r+", encoding="utf-8") as file:
            if not any(known.startswith(line.split(":")[0] + ":") for known in file):
                file.write(line + "\n")


def bind_spare_function():
    """Makes a function that has no driver a parent; returns its name."""
    for name in sorted(os.listdir(f"{PCI}/devices")):
        device = f"{PCI}/devices/{name}"
        if (read(f"{device}/vendor"), read(f"{device}/device")) == ("0x1b36", "0x0005"):
            write(f"{device}/driver_override", "mcopy")
            write(f"{PCI}/drivers/mcopy/bind", name)
            return name
    raise RuntimeError("no spare PCI function (QEMU: -device pci-testdev)")


def virsh(*words, timeout=120):
    """Returns exit code, output and errors."""
    done = subprocess.run(["virsh", "-q", "-c", "qemu:///system", *words],
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, timeout=timeout)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


def wait(*words, timeout=120, alive=lambda: True):
    """Until this works."""
    deadline = time.monotonic() + timeout
    while (answer := virsh(*words))[0]:
        if time.monotonic() > deadline or not alive():
            raise RuntimeError(f"virsh {words}: {answer[2]}")
        time.sleep(0.5)
    return answer[1]


def save_logs(out):
    """Of the QEMUs."""
    shutil.copytree("/var/log/libvirt", os.path.join(out, "libvirt"),
                    dirs_exist_ok=True)


class Host:
    """Its libvirtd."""

    def __init__(self, uuid, out):
        self.log = os.path.join(out, "libvirtd.log")
        make_user()
        # Kept where QEMUs leave their complaints, too.
        os.makedirs("/var/log/libvirt", exist_ok=True)
        write("/etc/libvirt/qemu.conf", QEMU_CONF)
        write("/etc/libvirt/libvirtd.conf", LIBVIRTD_CONF.format(uuid=uuid, log=self.log))
        subprocess.run(["make", "-s", "-C", f"{TOP}/tools/mdevcompat/libvirt",
                        "install"], check=True)
        for kind in ("callouts", "notifiers"):
            os.makedirs(f"/etc/mdevctl.d/scripts.d/{kind}", exist_ok=True)
        with open(os.path.join(out, "libvirtd.out"), "wb") as output:
            self._process = subprocess.Popen(
                ["libvirtd", "--listen"], stdin=subprocess.DEVNULL,
                stdout=output, stderr=output)
        wait("version", alive=lambda: self._process.poll() is None)

    def end(self):
        self._process.terminate()
        self._process.wait(60)
