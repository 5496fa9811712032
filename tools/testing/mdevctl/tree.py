# SPDX-License-Identifier: GPL-2.0
"""What mdevctl and its callout see of sysfs and of /etc, made of plain files."""
import json
import os

POOL = 2048
TYPES = {"mcopy-m1": 1, "mcopy-m16": 16, "mcopy-m256": 256, "mcopy-m1024": 1024}
MOST = 1024
FEATURES = (["dma"], ["crc", "dma", "fill"], ["crc", "dma", "fill", "queues"])
OFF = {"num_queues": 1, "ring_max": 4096}
WHEN = [{"if": {"num_queues": {"min": 3}}, "then": {"ring_max": {"max": 1024}}}]
PARAMS = {"num_queues": {"min": 1, "max": 4}, "ring_max": {"min": 2, "max": 4096}}


def mcopy_document(name, pool=POOL):
    """What a type of mcopy says; the test with the real driver compares it."""
    units = TYPES[name]
    create, capacity = {}, units
    if units < MOST:
        create["aggregator"] = {"capacity_div": units, "min": 1, "max": MOST // units}
        capacity = {"min": units, "max": MOST}
    create["migration/profile"] = "profile"
    for param in OFF:
        create[f"migration/param_{param}"] = f"params.{param}"
    entries = []
    for number, features in enumerate(FEATURES, 1):
        version = f"3.{number}"
        newest = number == len(FEATURES)
        entries.append({
            "mdev_type": list(TYPES), "version": {"min": version, "max": version},
            "capacity": capacity, "features": {"all": features, "only": features},
            "params": PARAMS if newest else {}, "off": OFF,
            **({"when": WHEN} if newest else {})})
    return {"abi": 1, "scope": "type", "gen": 1,
            "pool": {"id": "mcopy", "total": pool, "units": units},
            "self": {"model": "vmig/mcopy", "device_api": "vfio-pci",
                     "bus": {"pci": {"vendor": "1234", "device": "6d63"}},
                     "mdev_type": name, "version": "3.3.0", "profile": "p3",
                     "capacity": units, "features": FEATURES[-1],
                     "params": {"num_queues": 4, "ring_max": 1024}},
            "profiles": {"default": "p3", "accepts": ["p1", "p2", "p3"]},
            "create": create, "compatible": entries}


def tally_document():
    """A model with no profiles and no pool."""
    return {"abi": 1, "scope": "type", "gen": 1,
            "self": {"model": "vmig/tally", "device_api": "vfio-pci",
                     "mdev_type": "tally-1", "version": "1.0.0", "capacity": 1,
                     "features": [], "params": {"counters": 4}},
            "create": {"migration/param_counters": "params.counters"},
            "compatible": [{"mdev_type": ["tally-1"],
                            "version": {"min": "1.0", "max": "1.0"}, "capacity": 1,
                            "features": {"only": []},
                            "params": {"counters": {"min": 1, "max": 8}},
                            "off": {"counters": 0}}]}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Tree:
    """Parents mcopy0 and tally; MDEVCTL_ENV_ROOT leads there."""

    def __init__(self, root):
        self.root = root
        for folder in ("etc/mdevctl.d", "usr/lib/mdevctl"):
            for kind in ("callouts", "notifiers"):
                os.makedirs(os.path.join(root, folder, "scripts.d", kind))
        os.makedirs(os.path.join(root, "sys/bus/mdev/devices"))
        os.makedirs(os.path.join(root, "sys/class/mdev_bus"))
        for name in TYPES:
            self.add_type("mcopy0", name, mcopy_document(name))
        self.add_type("tally", "tally-1", tally_document())
        # One that is none of ours.
        self.add_type("other", "other-1", None)

    def folder(self, parent):
        return os.path.join(self.root, "sys/devices/virtual", parent)

    def add_type(self, parent, name, document):
        base = os.path.join(self.folder(parent), "mdev_supported_types", name)
        link = os.path.join(self.root, "sys/class/mdev_bus", parent)
        os.makedirs(os.path.join(base, "devices"))
        if not os.path.islink(link):
            os.symlink(self.folder(parent), link)
        write(f"{base}/create", "")
        write(f"{base}/available_instances", "1\n")
        write(f"{base}/device_api", "vfio-pci\n")
        if not document:
            return
        pool = document.get("pool", {"id": "", "total": 0, "units": 0})
        write(f"{base}/migration_compatible",
              json.dumps(document, separators=(",", ":")) + "\n")
        write(f"{base}/migration/pool", f"{pool['id']}\n")
        write(f"{base}/migration/pool_total", f"{pool['total']}\n")
        write(f"{base}/migration/units", f"{pool['units']}\n")
        write(f"{base}/migration/dynamic_resources", " ".join(document["create"]) + "\n")

    def add_device(self, parent, name, uuid, capacity, **values):
        """values: aggregator=, profile=, param_...="""
        base = os.path.join(self.folder(parent), uuid)
        write(f"{base}/migration/capacity", f"{capacity}\n")
        write(f"{base}/aggregator", f"{values.pop('aggregator', 1)}\n")
        for key, value in values.items():
            write(f"{base}/migration/{key}", f"{value}\n")
        kind = os.path.join(self.folder(parent), "mdev_supported_types", name)
        os.symlink(kind, f"{base}/mdev_type")
        os.symlink(base, f"{kind}/devices/{uuid}")
        os.symlink(base, os.path.join(self.root, "sys/bus/mdev/devices", uuid))

    def add_definition(self, parent, uuid, definition):
        write(os.path.join(self.root, "etc/mdevctl.d", parent, uuid),
              json.dumps(definition, indent=2) + "\n")
