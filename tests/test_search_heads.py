"""Heads of pieces are those of brute force, and after an edit what a new index would have."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.search import edit, heads, pieces
from broadsheet.search.documents import Document
from broadsheet.search.folding import fold, words
from broadsheet.search.heads import Collector, hash_of, number_of_files, read_heads
from broadsheet.search.index import update
from broadsheet.search.layout import BEST, K1, WEIGHTS
from broadsheet.search.pieces import OFTEN, Pieces, pieces_of, read_pieces, write_pieces
from broadsheet.search.state import SEGMENT, read_state
from broadsheet.search.terms import batches

PHRASES = [
    "区人民政府",
    "低空经济",
    "政府服务",
    "2024年",
    "5G网",
    "ab.c",
    "𠮷野家",
    "加装电梯",
    "人人人人",
]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces from some dozen documents on."""
    monkeypatch.setattr(pieces, "MANY", 60)
    monkeypatch.setattr(pieces, "SAMPLE", 40)
    monkeypatch.setattr(pieces, "LONGEST", 6)


def text(chosen: random.Random) -> str:
    parts = chosen.choices([*PHRASES, "，", "的", "甲乙丙", ""], k=chosen.randint(1, 9))
    return "".join(parts)


def document(number: int, seed: int) -> Document:
    chosen = random.Random(seed)
    return Document(
        f"case-{number}",
        text(chosen),
        (text(chosen), text(chosen)),
        (text(chosen),),
        (),
        (("背景", (text(chosen), text(chosen), text(chosen))),),
        "economy",
    )


def documents(count: int, seed: int = 1) -> list[Document]:
    return [document(n, seed * 1000 + n) for n in range(count)]


def units(piece: str) -> str:
    """The text of a piece, which has one character a unit."""
    return piece.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def times(zone: tuple[str, ...], piece: str) -> int:
    """How often words of the zone have the piece, overlaps too, unit by unit."""
    wide = piece.encode("utf-16-be", "surrogatepass")
    found = [word.encode("utf-16-be") for one in zone for word in words(fold(one))]
    return sum(word[at : at + len(wide)] == wide for word in found for at in range(0, len(word), 2))


def by_brute_force(piece: str, held: dict[int, Document]) -> tuple[int, tuple[int, ...]]:
    """The total, and the best documents."""
    scores = {}
    for slot, one in held.items():
        counts = [times(zone, piece) for zone in one.zones]
        if any(counts):
            parts = (w * n * (K1 + 1) / (n + K1) for w, n in zip(WEIGHTS, counts, strict=False))
            scores[slot] = round(sum(parts), 8)
    ranked = sorted(scores, key=lambda slot: (-scores[slot], slot))
    return len(scores), tuple(ranked[:BEST])


def held_in(folder: Path, wanted: list[Document]) -> dict[int, Document]:
    state = read_state(folder)
    assert state is not None
    by_id = {one.id: one for one in wanted}
    return {slot: by_id[id_] for slot, (id_, _, _) in state.slots.items()}


def heads_in(folder: Path) -> dict[int, heads.Head]:
    state = read_state(folder)
    assert state is not None
    found: dict[int, heads.Head] = {}
    names = [path.name for path in folder.glob(f"{SEGMENT}.h.*")]
    for n in range(len(names)):
        inside = read_heads((folder / f"{SEGMENT}.h.{n:x}").read_bytes(), state.layout)
        assert all(value % len(names) == n for value in inside)
        found |= inside
    return found


def test_heads_are_those_of_brute_force(tmp_path: Path) -> None:
    wanted = documents(130)
    update(tmp_path, wanted)
    held = held_in(tmp_path, wanted)
    kept = read_pieces((tmp_path / f"{SEGMENT}.pieces").read_bytes())
    found = heads_in(tmp_path)
    assert {*map(len, kept.texts)} == {3, 4, 5, 6} and len(found) == len(kept.texts) > 50
    sample = dict(list(held.items())[:40])
    assert kept.reach == [*sample][-1]
    totals = []
    for piece in kept.texts:
        head = found[hash_of(piece)]
        assert (head.total, head.best) == by_brute_force(piece, held)
        assert by_brute_force(piece, sample)[0] >= OFTEN
        totals.append(head.total)
    assert max(totals) > BEST > min(totals)  # both kinds


def test_every_piece_that_many_documents_have_is_one() -> None:
    wanted = documents(40)
    every = {
        word[start:end]
        for one in wanted
        for zone in one.zones
        for part in zone
        for word in words(fold(part))
        for start in range(len(word))
        for end in range(start + 3, min(len(word), start + 6) + 1)
        if word.isascii() or "𠮷" not in word
    }
    often = {piece for piece in every if by_brute_force(piece, dict(enumerate(wanted)))[0] >= OFTEN}
    found = pieces_of((n, one.zones) for n, one in enumerate(wanted))
    assert often and often <= {*found.texts}
    assert [*found.texts] == sorted(found.texts, key=lambda one: (len(one), one))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edited_index_is_a_new_one(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Also where documents of the sample change, and where there are too few, or enough again."""
    folder = tmp_path_factory.mktemp("index")
    count = data.draw(st.sampled_from([59, 60, 80, 110]))
    wanted = {one.id: one for one in documents(count, data.draw(st.integers(1, 5)))}
    update(folder, [*wanted.values()])
    for _ in range(data.draw(st.integers(1, 4))):
        for n in data.draw(st.lists(st.integers(0, 120), min_size=1, max_size=6)):
            if f"case-{n}" in wanted and data.draw(st.booleans()):
                del wanted[f"case-{n}"]
            else:
                wanted[f"case-{n}"] = document(n, data.draw(st.integers(0, 10**6)))
        update(folder, [*wanted.values()])
        clean = tmp_path_factory.mktemp("clean")
        update(clean, [*wanted.values()])
        assert tree(folder) == tree(clean)


def test_an_edit_writes_only_the_heads_that_it_touches(tmp_path: Path) -> None:
    wanted = documents(200)
    update(tmp_path, wanted)
    before = tree(tmp_path)
    reach = read_pieces(before[f"{SEGMENT}.pieces"]).reach
    slots = {one.id: slot for slot, one in held_in(tmp_path, wanted).items()}
    number, one = next(
        (n, one)
        for n, one in enumerate(wanted)
        if slots[one.id] > reach and "加装" not in str(one.zones)
    )
    sections = (*one.sections, ("", ("加装电梯。",)))
    wanted[number] = replace(one, sections=sections)
    update(tmp_path, wanted)
    after = tree(tmp_path)
    changed = {name for name in after if after[name] != before.get(name) and ".h." in name}
    files = len([name for name in after if ".h." in name])
    texts = ["加装电", "装电梯", "加装电梯"]
    assert changed == {f"{SEGMENT}.h.{hash_of(piece) % files:x}" for piece in texts}


def test_many_changed_pieces_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = documents(90)
    update(tmp_path, wanted)
    monkeypatch.setattr(edit, "_MANY_PIECES", 0)
    monkeypatch.setattr(heads, "renew", None)  # must not be called
    wanted[3] = document(3, 77)
    done = update(tmp_path, wanted)
    assert done.changed == 90


@given(seed=st.integers(0, 1000), part=st.integers(1, 40), later=st.sampled_from([1, 50, 10**6]))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_may_come_in_any_size(
    monkeypatch: pytest.MonkeyPatch, seed: int, part: int, later: int
) -> None:
    wanted = [(n, one.zones) for n, one in enumerate(documents(80, seed))]
    known = pieces_of(wanted)

    def collected(size: int) -> dict[int, heads.Head]:
        collector = Collector(known)
        for start in range(0, len(wanted), size):
            for texts in batches(wanted[start : start + size]):
                collector.add(*known.found_in(texts))
        return collector.heads

    whole = collected(80)
    monkeypatch.setattr(heads, "_LATER", later)
    assert collected(part) == whole and whole


def test_pieces_are_kept_unit_by_unit() -> None:
    some = Pieces(("甲乙丙", "\ud842\udfb7野", "\udfb7野家", "\ud842\udfb7野家"), 7)
    again = read_pieces(write_pieces(some))
    assert again == some and again.reach == 7
    assert number_of_files(some) == 1 and number_of_files(Pieces()) == 0


def test_without_many_documents_there_are_none(tmp_path: Path) -> None:
    update(tmp_path, documents(59))
    assert not [*tmp_path.glob("*.h.*")] and not (tmp_path / f"{SEGMENT}.pieces").exists()
