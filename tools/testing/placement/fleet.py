# SPDX-License-Identifier: GPL-2.0
"""Hosts and virtual machines that never were: documents by seed."""
import dataclasses
import json
import random

KINDS = ("gpu", "nic")
# Version, features and parameters of a model's generations: profile p1 and so on.
GENERATIONS = {
    "gpu": (("1.0", []), ("1.2", ["context"]),
            ("2.0", ["context", "none", "ppgtt"]),
            ("2.1", ["context", "hdr", "none", "ppgtt"])),
    "nic": (("3.1", []), ("3.2", ["rss"]), ("3.3", ["rss", "tso"]),
            ("4.0", ["rss", "tso", "xdp"])),
}
# From this generation on there are parameters.
WITH_PARAMS = 2
DEVICE_IDS = {"gpu": ("591d", "5917"), "nic": ("0001",)}
UNITS = (1, 2, 4, 8)
# So many kinds of parents there are: hosts are bought by the dozen.
DESIGNS = 60


@dataclasses.dataclass
class Parent:
    """A pool, and the documents of the types that take from it."""
    name: str
    total: int
    used: int
    types: list


@dataclasses.dataclass
class Host:
    """What a scheduler would start a virtual machine on."""
    name: str
    parents: list


def text_of(document):
    return json.dumps(document, separators=(",", ":")) + "\n"


def type_name(kind, units):
    return f"{kind}-{units}"


def parameters(rng, generation, most):
    """Of a device: those in effect."""
    if generation < WITH_PARAMS:
        return {}
    params = {"num_queues": rng.randint(1, most["num_queues"]),
              "ring_max": rng.choice([r for r in (64, 256, 1000, 1024, 2048, 4096)
                                      if r <= most["ring_max"]])}
    if rng.random() < 0.4:
        params["mode"] = rng.choice(("fast", "safe"))
    if rng.random() < 0.2:
        params["mirror"] = True
    return params


def self_of(kind, generation, units, device_id, capacity):
    version, features = GENERATIONS[kind][generation]
    return {"model": f"example.org/{kind}", "device_api": "vfio-pci",
            "bus": {"pci": {"vendor": "8086", "device": device_id}},
            "mdev_type": type_name(kind, units), "version": version + ".0",
            "profile": f"p{generation + 1}", "capacity": capacity,
            "features": features}


def device_of(kind, generation, units, device_id, capacity, params):
    """The document of a virtual machine's device."""
    self = self_of(kind, generation, units, device_id, capacity)
    if params:
        self["params"] = params
    return text_of({"abi": 1, "scope": "device", "gen": 1, "self": self,
                    "compatible": []})


def rules_for_params(rng, most):
    """Ranges, sets and off values, and often a condition."""
    rules = {"params": {"num_queues": {"min": 1, "max": most["num_queues"]},
                        "ring_max": {"min": 64, "max": most["ring_max"]},
                        "mode": ["plain", "fast"]},
             "off": {"mode": "plain", "mirror": False}}
    if most["safe"]:
        rules["params"]["mode"].append("safe")
    if most["mirror"]:
        rules["params"]["mirror"] = [False, True]
    if rng.random() < 0.5:
        rules["when"] = [{"if": {"num_queues": {"min": 3}},
                          "then": {"ring_max": {"max": 1024}}}]
    return rules


def entry_of(rng, kind, generation, shape):
    """What takes the devices of a generation."""
    version, features = GENERATIONS[kind][generation]
    entry = {}
    if shape["bus"] == "all":
        entry["bus"] = [{"pci": {"vendor": "8086", "device": each}}
                        for each in DEVICE_IDS[kind]]
    elif shape["bus"] == "any":
        entry["bus"] = "*"
    if shape["types"] == "all":
        entry["mdev_type"] = [type_name(kind, units) for units in UNITS]
    elif shape["types"] == "any":
        entry["mdev_type"] = "*"
    entry["version"] = {"min": version, "max": version}
    entry["capacity"] = shape["capacity"]
    if features:
        wanted = {"all": features[:1]} if rng.random() < 0.5 else \
                 {"any": features[:2]} if rng.random() < 0.5 else {}
        entry["features"] = dict(wanted, only=features)
    else:
        entry["features"] = {"only": []}
    if generation >= WITH_PARAMS:
        entry.update(rules_for_params(rng, shape["most"]))
    return entry


def type_of(rng, kind, newest, units, total, shape):
    """The document of a type whose driver knows all generations to @newest."""
    document = {"abi": 1, "scope": "type", "gen": 1,
                "pool": {"id": "pool", "total": total, "units": units},
                "self": self_of(kind, newest, units, shape["device_id"], units),
                "profiles": {"default": f"p{newest + 1}",
                             "accepts": [f"p{g + 1}" for g in range(newest + 1)]}}
    if newest >= WITH_PARAMS:
        document["self"]["params"] = {"num_queues": 1, "ring_max": 64}
    most = shape["aggregators"]
    if most > 1:
        document["create"] = {"aggregator": {"capacity_div": units, "min": 1,
                                             "max": most},
                              "migration/profile": "profile"}
    shape = dict(shape, capacity={"min": units, "max": units * most}
                 if most > 1 else units)
    document["compatible"] = [entry_of(rng, kind, generation, shape)
                              for generation in range(newest, -1, -1)
                              if generation >= shape["oldest"]]
    document["profiles"]["accepts"] = document["profiles"]["accepts"][shape["oldest"]:]
    return text_of(document)


def types_of(rng, kind):
    """The types of one kind of parent."""
    newest = rng.choice((0, 1, 2, 2, 3, 3, 3))
    shape = {"device_id": rng.choice(DEVICE_IDS[kind]),
             "bus": rng.choice(("own", "all", "all", "any")),
             "types": rng.choice(("own", "all", "all", "all", "any")),
             "oldest": min(newest, rng.choice((0, 0, 0, 1, 2))),
             "most": {"num_queues": rng.choice((2, 4, 4, 8)),
                      "ring_max": rng.choice((1024, 2048, 4096, 4096)),
                      "safe": rng.random() < 0.7, "mirror": rng.random() < 0.7},
             "aggregators": rng.choice((1, 3, 8, 16, 16))}
    total = rng.choice((16, 32))
    sizes = rng.sample(UNITS, rng.choice((1, 1, 2, 2, 3)))
    # Types of a parent have their rules from the same driver.
    seed = rng.random()
    return total, [type_of(random.Random(seed), kind, newest, units, total, shape)
                   for units in sorted(sizes)]


def rules_fleet(rng, count):
    """Old and new drivers, with all that documents can say."""
    designs = {kind: [types_of(rng, kind) for _ in range(DESIGNS // len(KINDS))]
               for kind in KINDS}
    hosts = []
    for number in range(count):
        kinds = [rng.choice(KINDS)] if rng.random() < 0.6 else \
                list(KINDS) if rng.random() < 0.8 else [rng.choice(KINDS)] * 2
        name = f"host{number}"
        parents = []
        for at, kind in enumerate(kinds):
            total, types = rng.choice(designs[kind])
            parents.append(Parent(f"{name}_{kind}{at}", total,
                                  rng.randint(0, total * 3 // 4), types))
        hosts.append(Host(name, parents))
    return hosts


def profiles_fleet(rng, count):
    """One model, and all that matters is its profile and the capacity."""
    hosts = []
    for number in range(count):
        name = f"host{number}"
        newest = rng.randrange(WITH_PARAMS)
        shape = {"device_id": "591d", "bus": "own", "types": "all",
                 "oldest": min(newest, rng.choice((0, 0, 1))), "aggregators": 16}
        total = rng.choice((8, 16))
        # The smallest makes all sizes, the others some of them.
        types = [without_choice(type_of(rng, "gpu", newest, units, total, shape))
                 for units in (UNITS[0], *rng.sample(UNITS[1:], 2))]
        hosts.append(Host(name, [Parent(f"{name}_gpu", total,
                                        rng.randint(0, total), types)]))
    return hosts


def without_choice(text):
    """What a device of the profile may lack would be no rule of profiles."""
    document = json.loads(text)
    for entry in document["compatible"]:
        entry["features"] = {"only": entry["features"]["only"]}
    return text_of(document)


def virtual_machine(rng, kinds, profiles_alone):
    """Devices as some host could have made them, and a few that none could."""
    devices = []
    for kind in kinds:
        generation = rng.choice((0, 1) if profiles_alone else (0, 1, 1, 2, 2, 2, 3))
        units = rng.choice(UNITS)
        most = {"num_queues": 4 if rng.random() < 0.9 else 16, "ring_max": 4096}
        params = {} if profiles_alone else parameters(rng, generation, most)
        if not profiles_alone and rng.random() < 0.03:
            params["unheard_of"] = 1
        devices.append(device_of(kind, generation, units,
                                 "591d" if profiles_alone else
                                 rng.choice(DEVICE_IDS[kind]),
                                 units * rng.choice((1, 1, 1, 2, 3)), params))
    return devices


def virtual_machines(rng, count, profiles_alone=False):
    """Each has two devices."""
    kinds = [("gpu", "gpu")] if profiles_alone else \
            [("gpu", "gpu"), ("nic", "nic"), ("gpu", "nic")]
    return [virtual_machine(rng, rng.choice(kinds), profiles_alone)
            for _ in range(count)]
