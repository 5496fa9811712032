# SPDX-License-Identifier: GPL-2.0
"""Hosts of different ages, and devices that look for one, by a seed."""
import os
import random

from tests.program import write

FEATURES = ("dma", "fill", "crc", "rss")


def self_of(dice, generation):
    """A device of one of four generations."""
    document = {
        "model": "test/engine", "device_api": "vfio-pci",
        "mdev_type": f"engine-{dice.choice((1, 2, 4))}",
        "version": f"2.{generation}.0", "profile": f"p{generation}",
        "capacity": dice.choice((1, 2, 3, 4, 8)),
        "features": sorted(dice.sample(FEATURES[:generation + 1],
                                       dice.randint(1, generation + 1))),
    }
    if generation > 1:
        document["params"] = {"queues": dice.randint(1, 8)}
    return document


def entry_of(dice, generation):
    entry = {"mdev_type": ["engine-1", "engine-2", "engine-4"],
             "version": {"min": f"2.{max(0, generation - 1)}",
                         "max": f"2.{generation}"},
             "features": {"only": sorted(FEATURES[:generation + 1])}}
    if generation > 1:
        entry["params"] = {"queues": {"min": 1, "max": dice.choice((4, 8))}}
        entry["off"] = {"queues": 1}
    if generation > 2:
        entry["when"] = [{"if": {"queues": {"min": 3}}, "then": {"queues": {"max": 6}}}]
    return entry


def host_of(dice):
    generation = dice.randint(0, 3)
    document = {"abi": 1, "scope": dice.choice(("type", "device")), "gen": 1,
                "self": self_of(dice, generation),
                "profiles": {"default": f"p{generation}",
                             "accepts": [f"p{n}" for n in range(generation + 1)]}}
    entries = [entry_of(dice, n) for n in range(generation, -1, -1)]
    if document["scope"] == "type":
        units = int(document["self"]["mdev_type"][-1])
        document["self"]["capacity"] = units
        document["create"] = {
            "aggregator": {"capacity_div": units, "min": 1, "max": 4},
            "migration/profile": "profile"}
        for entry in entries:
            entry["capacity"] = {"min": units, "max": 4 * units}
    document["compatible"] = entries
    return document


def fleet(folder, hosts, seed):
    """Write them down; returns the names of sources and of targets."""
    dice = random.Random(seed)
    targets = []
    for number in range(hosts):
        targets.append(os.path.join(folder, f"hosts/{number:03}/engine.json"))
        write(targets[-1], host_of(dice))
    sources = []
    for number in range(6):
        sources.append(os.path.join(folder, f"source-{number}.json"))
        write(sources[-1], {"abi": 1, "scope": "device", "gen": 1,
                            "self": self_of(dice, number % 4), "compatible": []})
    return sources, targets
