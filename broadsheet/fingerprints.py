"""Fingerprints: pages that follow from the same have the same, and need not be rendered again.

A page is a pure function of its context, and a context that is made later one of its inputs. So a
fingerprint is a digest of these, value by value. A record that has a `digest` is told by that; any
other is looked at once, however many pages it is part of.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

from broadsheet.views import Later, Page

_SHORT = 64  # bytes that are as good as a digest of them


def digest_of(value: Any) -> bytes:
    """A digest of records, and of whatever they are made of."""
    return hashlib.blake2b(Fingerprints().bytes_of(value), digest_size=16).digest()


class Fingerprints:
    """For the pages of one plan: what is shared between them is digested once."""

    def __init__(self) -> None:
        # by id; the record is kept, so that no other gets its id
        self._known: dict[int, tuple[Any, bytes]] = {}

    def of(self, page: Page) -> bytes:
        given = page.given
        made = (given.make.__qualname__, given.inputs) if isinstance(given, Later) else given
        parts = (page.address, page.template, page.listed, made)
        return hashlib.blake2b(self.bytes_of(parts), digest_size=16).digest()

    def bytes_of(self, value: Any) -> bytes:
        kind = type(value)
        if kind is str:
            data = value.encode("utf-8", "surrogatepass")
            return b"s%d:%b" % (len(data), data)
        if kind is tuple or kind is list:
            return b"(%b)" % b"".join([self.bytes_of(one) for one in value])
        if kind is frozenset or kind is set:
            return b"(%b)" % b"".join(sorted([self.bytes_of(one) for one in value]))
        if kind is dict:
            return b"{%b}" % b"".join(
                [self.bytes_of(one) for pair in value.items() for one in pair]
            )
        if value is None or kind in (bool, int, float, bytes):
            return b"%a;" % (value,)
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, self._record(value)
        return known[1]

    def _record(self, value: Any) -> bytes:
        kind: Any = type(value)
        if is_dataclass(value):
            digest = getattr(value, "digest", None)
            if isinstance(digest, bytes) and digest:
                return digest
            data = b"".join([self.bytes_of(getattr(value, name)) for name in _names(kind)])
        elif isinstance(value, tuple):  # with names
            data = self.bytes_of(tuple(value))
        else:  # a model, a date
            data = repr(value).encode("utf-8", "surrogatepass")
        data = b"%b(%b)" % (kind.__name__.encode(), data)
        return data if len(data) < _SHORT else hashlib.blake2b(data, digest_size=16).digest()


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
