# SPDX-License-Identifier: GPL-2.0
"""Any document of the grammar: what Placement would answer, and what the judge says.

Placement is not needed for that: what it does with a query for one device is
a few lines here.  The fleet tests them.
"""
import json
import random

from judge import Judge
from library import Failure

TOKENS = ("a", "b", "a_b", "c")
VALUES = (1, 2, 4, True, False, "a", "a_b")
NAMES = ("a/b", "A/b", "a_b")


def some(rng, values, least=0):
    return rng.sample(values, rng.randint(least, min(3, len(values))))


def maybe(rng, document, key, value):
    if rng.random() < 0.5:
        document[key] = value()


def bus(rng):
    return {"pci": {"vendor": "8086", "device": rng.choice(("0001", "0002"))}}


def one_or_several(rng, value):
    """A value, some values, or "*"."""
    dice = rng.random()
    if dice < 0.5:
        return "*"
    if dice < 0.7:
        return value()
    values = {json.dumps(value()): None for _ in range(rng.randint(1, 3))}
    return [json.loads(each) for each in values]


def number_range(rng):
    rule = {}
    maybe(rng, rule, "min", lambda: rng.randint(1, 3))
    maybe(rng, rule, "max", lambda: rng.randint(3, 5))
    return rule


def constraint(rng, values):
    dice = rng.random()
    if dice < 0.2:
        return rng.choice(values)
    if dice < 0.7:
        return rng.sample(values, rng.randint(1, len(values)))
    return number_range(rng)


def version(rng):
    return f"{rng.randint(1, 2)}.{rng.randint(0, 2)}"


def window(rng):
    lowest, highest = sorted((version(rng), version(rng)))
    rule = {}
    maybe(rng, rule, "min", lambda: lowest)
    maybe(rng, rule, "max", lambda: highest)
    return rule


def often(rng, usual, others):
    return usual if rng.random() < 0.8 else rng.choice(others)


def param_values(rng):
    return {token: rng.choice(VALUES) for token in rng.sample(TOKENS, rng.randint(0, 2))}


def self_of(rng):
    self = {"model": often(rng, NAMES[0], NAMES),
            "device_api": often(rng, "vfio-pci", ("vfio-pci", "vfio-ccw"))}
    maybe(rng, self, "bus", lambda: bus(rng))
    maybe(rng, self, "mdev_type", lambda: often(rng, NAMES[0], NAMES))
    self["version"] = version(rng) + ".0"
    if rng.random() < 0.8:
        self["capacity"] = rng.choice((1, 2, 4, 6))
    self["features"] = rng.sample(TOKENS, rng.randint(0, 2))
    maybe(rng, self, "params", lambda: param_values(rng))
    return self


def features(rng):
    rule = {}
    if rng.random() < 0.3:
        rule["all"] = some(rng, TOKENS)
    if rng.random() < 0.3:
        rule["any"] = some(rng, TOKENS)
    if rng.random() < 0.8:
        rule["only"] = list(TOKENS) if rng.random() < 0.8 else some(rng, TOKENS)
    return rule


def entry(rng):
    """With keys left out as often as not, so that much is accepted."""
    made = {}
    maybe(rng, made, "model", lambda: one_or_several(rng, lambda: rng.choice(NAMES)))
    if rng.random() < 0.8:
        made["bus"] = one_or_several(rng, lambda: bus(rng))
    if rng.random() < 0.8:
        made["mdev_type"] = one_or_several(rng, lambda: rng.choice(NAMES))
    maybe(rng, made, "version", lambda: window(rng))
    if rng.random() < 0.8:
        made["capacity"] = constraint(rng, (1, 2, 4, 6))
    if rng.random() < 0.8:
        made["features"] = features(rng)
    if rng.random() < 0.8:
        made["params"] = {token: constraint(rng, VALUES)
                          for token in rng.sample(TOKENS, rng.randint(0, 2))}
    if rng.random() < 0.8:
        made["off"] = {token: rng.choice(VALUES) for token in TOKENS}
    if rng.random() < 0.05:
        made["of_tomorrow"] = 1
    return made


def recipe(rng):
    create = {}
    if rng.random() < 0.4:
        create["aggregator"] = {"capacity_div": rng.choice((1, 2, 4)),
                                "min": 1, "max": rng.randint(1, 4)}
    if rng.random() < 0.2:
        create["param"] = "params." + rng.choice(TOKENS)
    return create


def target_of(rng):
    document = {"abi": 1, "scope": "type", "gen": 1,
                "pool": {"id": "pool", "total": 12, "units": 1},
                "self": self_of(rng)}
    document["create"] = recipe(rng)
    if rng.random() < 0.9:
        document["compatible"] = [entry(rng) for _ in range(rng.choice((0, 1, 2, 3, 3)))]
    return document


def parse(query):
    """What is wanted of an entry: lists of which one has to be there, and others."""
    wanted, forbidden = [], set()
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if key != "required_T1":
            continue
        if value.startswith("in:"):
            wanted.append(set(value[3:].split(",")))
            continue
        for name in value.split(","):
            if name.startswith("!"):
                forbidden.add(name[1:])
            else:
                wanted.append({name})
    return wanted, forbidden


def would_find(query, offer):
    if not query:
        return False
    wanted, forbidden = parse(query)
    return any(not forbidden & set(traits) and all(w & set(traits) for w in wanted)
               for traits in (each["traits"] for pool in offer["pools"]
                              for each in pool["entries"]))


def try_pairs(results, lib, space, count, seed):
    """Both answers have to be the same for each of many pairs."""
    rng, judge = random.Random(seed), Judge(lib)
    wrong = accepted = tried = 0
    while tried < count:
        # The traits of a small fleet, for a query to choose from.
        targets, offers, known = [], [], set()
        while len(targets) < 8:
            text = json.dumps(target_of(rng), separators=(",", ":"))
            try:
                offers.append(lib.traits([text], space))
            except Failure as err:
                raise Failure(f"{err}: {text}") from err
            targets.append(text)
            known.update(offers[-1]["traits"])
        known = sorted(known)
        for _ in range(25):
            self = self_of(rng)
            source = json.dumps({"abi": 1, "scope": "device", "gen": 1,
                                 "self": self, "compatible": []})
            query = lib.request([source], space, known)
            for text, offer in zip(targets, offers):
                can = lib.accepts(source, judge.relax(text, ("when",)))
                found = would_find(query, offer)
                if can != found:
                    wrong += 1
                    print(f"  {source} into {text}: judge {can}, traits {found}: "
                          f"{query}")
                accepted += can
                tried += 1
        lib.forget()
    results.add(not wrong and accepted > count // 200,
                f"random documents: {tried} pairs, {accepted} of them compatible, "
                f"{wrong} seen otherwise by traits")
