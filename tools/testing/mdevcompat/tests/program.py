# SPDX-License-Identifier: GPL-2.0
"""Running mdevcompat, and documents to run it on."""
import copy
import json
import os
import subprocess

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "../../../.."))
OUT = os.environ.get("OUT", os.path.join(TOP, "build/mdevcompat-tests"))
PROGRAM = os.path.join(OUT, "asan/mdevcompat")
EXAMPLES = os.path.join(TOP, "tools/testing/unit/examples")

COMPATIBLE, INCOMPATIBLE, AFTER_CONFIG, UNREADABLE, USAGE = 0, 1, 3, 4, 64


def run(*args, stdin=b"", cwd=EXAMPLES, sysfs=None, binary=False):
    """Returns exit code, standard output, standard error."""
    env = dict(os.environ, LC_ALL="C")
    env.pop("MDEVCOMPAT_SYSFS", None)
    if sysfs:
        env["MDEVCOMPAT_SYSFS"] = sysfs
    done = subprocess.run([PROGRAM, *args], input=stdin, cwd=cwd, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    if binary:
        return done.returncode, done.stdout, done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def example(name):
    with open(os.path.join(EXAMPLES, name + ".json"), encoding="ascii") as file:
        return json.load(file)


DEVICE = {
    "abi": 1, "scope": "device", "gen": 1,
    "self": {"model": "test/one", "device_api": "vfio-pci",
             "mdev_type": "one-1", "version": "1.2.0", "profile": "p1",
             "capacity": 4, "features": ["a", "b"], "params": {"n": 2}},
    "profiles": {"default": "p1", "accepts": ["p1"]},
    "compatible": [{"params": {"n": {"min": 1, "max": 4}}}],
}


def device(**changes):
    """A document; its self is given the changes."""
    document = copy.deepcopy(DEVICE)
    document["self"].update(changes)
    return document


def write(path, document):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        json.dump(document, file, separators=(",", ":"))
        file.write("\n")
