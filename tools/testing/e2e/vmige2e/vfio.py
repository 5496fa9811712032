# SPDX-License-Identifier: GPL-2.0
"""Just enough of the VFIO user API to look into a device that no VMM holds."""

import fcntl
import os
import struct
from contextlib import ExitStack

_BASE = ord(";") << 8 | 100
SET_IOMMU = _BASE + 2
GROUP_SET_CONTAINER = _BASE + 4
GROUP_GET_DEVICE_FD = _BASE + 6
DEVICE_GET_INFO = _BASE + 7
DEVICE_GET_REGION_INFO = _BASE + 8
TYPE1_IOMMU = 1

DEVICE_FEATURE = _BASE + 17
FEATURE_GET = 1 << 16
MIGRATION, MIG_DEVICE_STATE = 1, 2
NEEDED = {"STOP_COPY": 1, "P2P": 2, "PRE_COPY": 4}
V2_RUNNING = 2

BAR_REGS, BAR_MEMORY, CONFIG, FIRST_OWN = 0, 2, 7, 9
PCI_COMMAND, PCI_COMMAND_MEMORY = 4, 2
REG_SCRATCH = 0x30
STATE_RUNNING = 1


def _ioctl(fd, request, data):
    """Returns the ioctl's value and the data it changed."""
    buffer = bytearray(data)
    return fcntl.ioctl(fd, request, buffer, True), bytes(buffer)


def _open(path, stack):
    fd = os.open(path, os.O_RDWR)
    stack.callback(os.close, fd)
    return fd


def _open_device(sysfs, stack):
    group_number = os.path.basename(os.readlink(sysfs / "iommu_group"))
    container = _open("/dev/vfio/vfio", stack)
    group = _open(f"/dev/vfio/{group_number}", stack)
    _ioctl(group, GROUP_SET_CONTAINER, struct.pack("i", container))
    fcntl.ioctl(container, SET_IOMMU, TYPE1_IOMMU)
    device, _ = _ioctl(group, GROUP_GET_DEVICE_FD, sysfs.name.encode() + b"\0")
    stack.callback(os.close, device)
    return device


def _region(device, index):
    """Offset and size of a region."""
    _, data = _ioctl(device, DEVICE_GET_REGION_INFO,
                     struct.pack("=IIIIQQ", 32, 0, index, 0, 0, 0))
    _, _, _, _, size, offset = struct.unpack("=IIIIQQ", data)
    return offset, size


def _feature(device, number, size):
    """GET of a feature of that many bytes."""
    _, data = _ioctl(device, DEVICE_FEATURE,
                     struct.pack("=II", 8 + size, FEATURE_GET | number)
                     + bytes(size))
    return data[8:]


def _inspect_v2(device):
    problems = []
    flags = struct.unpack("=Q", _feature(device, MIGRATION, 8))[0]
    problems += [f"it does not offer {name}" for name, bit in NEEDED.items()
                 if not flags & bit]
    state = struct.unpack("=Ii", _feature(device, MIG_DEVICE_STATE, 8))[0]
    if state != V2_RUNNING:
        problems.append(f"its state is {state}, not {V2_RUNNING}")
    return problems


def inspect(sysfs):
    """Opens the device and says in what it is not like new."""
    problems = []
    with ExitStack() as stack:
        device = _open_device(sysfs, stack)
        _, info = _ioctl(device, DEVICE_GET_INFO,
                         struct.pack("=IIIIII", 24, 0, 0, 0, 0, 0))
        regions = struct.unpack("=IIIIII", info)[2]
        if regions <= FIRST_OWN:
            problems.append("no migration region")
        else:
            offset, _ = _region(device, FIRST_OWN)
            state = struct.unpack("=I", os.pread(device, 4, offset))[0]
            if state != STATE_RUNNING:
                problems.append(f"device_state is {state}, not 1")
        problems += _inspect_v2(device)
        config, _ = _region(device, CONFIG)
        os.pwrite(device, struct.pack("=H", PCI_COMMAND_MEMORY),
                  config + PCI_COMMAND)
        regs, _ = _region(device, BAR_REGS)
        if any(os.pread(device, 8, regs + REG_SCRATCH)):
            problems.append("a register kept its value")
        memory, size = _region(device, BAR_MEMORY)
        for at in range(0, size, 4096 * 61):
            if any(os.pread(device, 8, memory + at)):
                problems.append(f"memory at {at:#x} is not zero")
                break
    return problems
