"""Groups: pages that follow from the same, and are made only when somebody wants them.

A group has a *key*: a digest of all that its pages may look at. It may be coarser than need be (a
key with the digest of the whole frame in it is another one after any change of site.yaml): then the
pages are made, and their own fingerprints tell whether they are what they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from broadsheet.fingerprints import Fingerprints, digest_of
from broadsheet.memory import Told
from broadsheet.read import Source
from broadsheet.views import Page

Filled = tuple[str, ...]  # an attribute's text for each link of a source
Sections = Mapping[bytes, tuple[bytes, ...]]  # the keys of their groups, by key
Place = tuple[str, bool]  # an address, and whether it stands in the sitemap


def key_of(name: str, *digests: bytes) -> bytes:
    """The key of a group of this name; the digests all have one length."""
    return hashlib.blake2b(name.encode() + b"\0" + b"".join(digests), digest_size=16).digest()


class Group:
    """Pages that follow from the same. `make` is given the links of the `source`, filled in."""

    __slots__ = ("_make", "_pages", "_places", "key", "source", "told")

    def __init__(
        self,
        key: bytes,
        make: Callable[[Filled], Iterable[Page]],
        source: Source | None = None,
        places: tuple[Place, ...] | None = None,
    ) -> None:
        self.key, self.source, self._make, self._places = key, source, make, places
        self._pages: tuple[Page, ...] | None = None
        self.told: Told | None = None  # of its pages, by an earlier build

    @property
    def pages(self) -> tuple[Page, ...]:
        if self._pages is None:
            self._pages = tuple(self._make(()))
        return self._pages

    @property
    def places(self) -> tuple[Place, ...]:
        if self._places is None:
            if self.told is not None:
                self._places = tuple((address, listed) for address, listed, _ in self.told)
            else:
                self._places = tuple((page.address, page.listed) for page in self.pages)
        return self._places

    def filled(self, links: Filled) -> Group:
        """With other links than it had: its pages are where they were, and are other ones."""
        make = self._make
        key = key_of("filled", self.key, digest_of(links))
        return Group(key, lambda _: make(links), self.source, self.places)

    def remember(self, told: Mapping[bytes, Told], earlier: Mapping[bytes, Group]) -> Group:
        """Take over what an earlier build was told, or an earlier plan has made, of this key."""
        self.told = told.get(self.key)
        if same := earlier.get(self.key):
            self._pages, self._places = same._pages, same._places
        return self

    def tell(self, prints: Fingerprints) -> Told:
        """What a later build needs to know of it."""
        if self.told is None:
            self.told = tuple((page.address, page.listed, prints.of(page)) for page in self.pages)
        return self.told


class Section:
    """Many groups that all follow from the same; which ones, is found out where that is another."""

    def __init__(self, key: bytes, find: Callable[[], Iterable[Group]]) -> None:
        self.key, self._find = key, find
        self._found: dict[bytes, Group] = {}

    def groups(self, known: Sections) -> list[Group]:
        """Its groups, whose keys may be `known`."""
        keys = known.get(self.key)
        if keys is None:
            return list(self._all().values())
        return [Group(key, partial(self._pages, key)) for key in keys]

    def _all(self) -> dict[bytes, Group]:
        if not self._found:
            self._found = {group.key: group for group in self._find()}
        return self._found

    def _pages(self, key: bytes, _: Filled) -> tuple[Page, ...]:
        return self._all()[key].pages


class Pages(Mapping[str, Page]):
    """The pages of many groups by address; of two at one address, the later one."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._groups = {address: group for group in groups for address, _ in group.places}

    def __getitem__(self, address: str) -> Page:
        pages = self._groups[address].pages
        return next(page for page in reversed(pages) if page.address == address)

    def __contains__(self, address: object) -> bool:
        return address in self._groups

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def file(self, address: str) -> str:
        """The file below the content folder whose body a page shows; empty where there is none."""
        group = self._groups.get(address)
        return group.source.file if group and group.source else ""
