# SPDX-License-Identifier: GPL-2.0
"""The threads of a process, as the kernel sees them."""

import os

FILES = ("comm", "stat", "wchan", "syscall", "stack")


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().rstrip()
    except OSError as error:
        return error.strerror


def describe(pid):
    """Lines: of each thread its name, state and times, and its kernel stack,
    which is that of its last sleep if it is running."""
    folder = f"/proc/{pid}/task"
    try:
        tasks = sorted(os.listdir(folder), key=int)
    except OSError as error:
        return [f"{folder}: {error.strerror}\n"]
    return [f"== {task} {name}\n{_read(os.path.join(folder, task, name))}\n"
            for task in tasks for name in FILES]
