# SPDX-License-Identifier: GPL-2.0
"""Who is right: all hosts tried with the judge, rule by rule if need be."""
import itertools
import json

RANGE_KEYS = ("min", "max")


def without_when(document):
    for entry in document.get("compatible", ()):
        entry.pop("when", None)


def without_ranges(document):
    """A range takes every number."""
    for entry in document.get("compatible", ()):
        rules = entry.get("params", {})
        for holder, key in [(entry, "capacity"), (entry, "version"),
                            *((rules, name) for name in rules)]:
            if isinstance(holder.get(key), dict):
                holder[key] = {}


def without_divisions(document):
    for attribute, rule in list(document.get("create", {}).items()):
        if isinstance(rule, dict):
            del document["create"][attribute]


# What traits might not be able to tell, and how to do without.
RELAXATIONS = {"when": without_when, "ranges": without_ranges,
               "divisibility": without_divisions}


class Judge:
    """Asks the library's judge about every host."""

    def __init__(self, library):
        self.library = library
        self.relaxed = {}

    def relax(self, text, classes):
        key = (text, classes)
        if key not in self.relaxed:
            document = json.loads(text)
            for class_ in classes:
                RELAXATIONS[class_](document)
            self.relaxed[key] = json.dumps(document, separators=(",", ":"))
        return self.relaxed[key]

    def pools(self, device, host, classes):
        """Parents of the host of which one type or other takes the device."""
        return [parent for parent in host.parents
                if any(self.library.accepts(device, self.relax(text, classes)
                                            if classes else text)
                       for text in parent.types)]

    def fits(self, devices, host, classes=()):
        """Can the host take all devices at once?"""
        sizes = [json.loads(device)["self"]["capacity"] for device in devices]
        for pools in itertools.product(*(self.pools(device, host, classes)
                                         for device in devices)):
            need = {}
            for pool, size in zip(pools, sizes):
                need[pool.name] = need.get(pool.name, 0) + size
            if all(pool.used + need[pool.name] <= pool.total for pool in pools):
                return True
        return False

    def class_of(self, devices, host):
        """By which rules it is that a host can't, though traits say it can."""
        for count in range(1, len(RELAXATIONS) + 1):
            for classes in itertools.combinations(RELAXATIONS, count):
                if self.fits(devices, host, classes):
                    return "+".join(classes)
        return "unexplained"
