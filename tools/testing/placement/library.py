# SPDX-License-Identifier: GPL-2.0
"""libmdevcompat, for Python."""
import ctypes
import json

ERROR_SIZE = 512
INCOMPATIBLE = 1
RULES, PROFILES = 0, 1


class Error(ctypes.Structure):
    """struct mdevcompat_error"""
    _fields_ = [("status", ctypes.c_int), ("text", ctypes.c_char * ERROR_SIZE)]


class Failure(Exception):
    """What the library said."""


class Library:
    """Takes documents as texts. What it has once seen it remembers."""

    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        pointer, size, text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
        error = ctypes.POINTER(Error)
        for name, result, arguments in (
                ("parse", pointer, [text, size, text, error]),
                ("check", pointer, [pointer, pointer, error]),
                ("outcome", ctypes.c_int, [pointer]),
                ("free", None, [pointer]),
                ("verdict_free", None, [pointer]),
                ("traits", pointer, [pointer, size, text, error]),
                ("request", pointer, [pointer, size, text, ctypes.c_int, pointer,
                                      size, error])):
            function = getattr(self.lib, f"mdevcompat_{name}")
            function.restype, function.argtypes = result, arguments
        self.libc = ctypes.CDLL(None)
        self.libc.free.argtypes = [pointer]
        self.documents = {}
        self.verdicts = {}
        self.known = ([], None)

    def forget(self):
        """What was remembered: it will not be asked for again."""
        for handle in self.documents.values():
            self.lib.mdevcompat_free(handle)
        self.documents.clear()
        self.verdicts.clear()

    def document(self, text):
        if text not in self.documents:
            error = Error()
            data = text.encode()
            handle = self.lib.mdevcompat_parse(data, len(data), b"document", error)
            if not handle:
                raise Failure(f"{error.text.decode()}: {text}")
            self.documents[text] = handle
        return self.documents[text]

    def accepts(self, source, target):
        """Is the verdict on two documents anything but "incompatible"?"""
        key = (source, target)
        if key not in self.verdicts:
            error = Error()
            verdict = self.lib.mdevcompat_check(self.document(source),
                                                self.document(target), error)
            if not verdict:
                raise Failure(error.text.decode())
            self.verdicts[key] = self.lib.mdevcompat_outcome(verdict) != INCOMPATIBLE
            self.lib.mdevcompat_verdict_free(verdict)
        return self.verdicts[key]

    def pointers(self, texts):
        handles = [self.document(text) for text in texts]
        return (ctypes.c_void_p * len(handles))(*handles)

    def taken(self, pointer, error):
        """The string that was returned."""
        if not pointer:
            raise Failure(error.text.decode())
        text = ctypes.string_at(pointer).decode()
        self.libc.free(pointer)
        return text

    def traits(self, targets, space):
        error = Error()
        return json.loads(self.taken(self.lib.mdevcompat_traits(
            self.pointers(targets), len(targets), space.encode(), error), error))

    def request(self, sources, space, known, mapping=RULES):
        error = Error()
        if self.known[0] is not known:
            self.known = (known, (ctypes.c_char_p * len(known))(
                *(name.encode() for name in known)))
        return self.taken(self.lib.mdevcompat_request(
            self.pointers(sources), len(sources), space.encode(), mapping,
            self.known[1], len(known), error), error)
