"""The prebuilt index depends on the documents alone, whatever happened to its folder before."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import ROOT, changed, tree
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import LIMIT

from broadsheet import jobs
from broadsheet.search import coding, corpus, edit, fragments, index, layout, ranges
from broadsheet.search.decoding import Shard
from broadsheet.search.documents import FACETS, Document
from broadsheet.search.folding import simplified
from broadsheet.search.index import update
from broadsheet.search.layout import FEW, Layout, layout_for
from broadsheet.search.state import SEGMENT, address, measure, published_files, read_state
from broadsheet.search.terms import occurrences

Synonyms = tuple[tuple[str, ...], ...]
LETTERS = "甲乙丙丁戊"
THEMES = (("economy", "经济"), ("town", "城建"), ("health", "健康"))


def document(id: str, text: str, **fields: Any) -> Document:
    """A document whose every part is made of `text`."""
    theme = THEMES[len(text) % 3]
    filters = dict.fromkeys(FACETS, ()) | {
        "theme": (theme,),
        "year": ((str(2000 + len(text)),) * 2,),
    }
    return Document(
        id, text[:8], (text[2:5],), (text[3:7], "区科技局"), (text[:2],),
        (("背景", (text,)), ("", (text[::-1], text[4:]))), theme[0], ("行",),
        filters=tuple(filters[name] for name in FACETS), **fields,
    )  # fmt: skip


def some_documents(
    count: int, seed: int = 1, size: int = 12, letters: str = LETTERS
) -> list[Document]:
    chosen = random.Random(seed)
    return [
        document(f"case-{n}", "".join(chosen.choices(letters, k=chosen.randint(1, size))))
        for n in range(count)
    ]


HAN = "".join(chr(code) for code in range(0x4E00, 0x5500) if code not in simplified())


def many_shards(documents: int, postings: int) -> Layout:
    """A layout of so many shards as only a large index has otherwise."""
    return Layout(layout_for(documents, 0).space, max(4, (postings // 40).bit_length()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


def clean(folder: Path, documents: Sequence[Document], synonyms: Synonyms = ()) -> dict[str, bytes]:
    """What a folder holds in which nothing was before."""
    fresh = folder.parent / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    update(fresh, documents, synonyms)
    return tree(fresh)


def assert_clean(folder: Path, documents: Sequence[Document], synonyms: Synonyms = ()) -> None:
    expected = clean(folder, documents, synonyms)
    assert changed(expected, tree(folder)) == set()


def root_of(folder: Path) -> Any:
    return json.loads((folder / f"{SEGMENT}.root").read_bytes())


def inodes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


# -- new, and the same again ----------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, FEW + 1, 40])
def test_a_new_index(folder: Path, count: int) -> None:
    documents = some_documents(count)
    done = update(folder, documents)
    files = tree(folder)
    assert (done.documents, done.changed) == (count, count)
    assert done.written == len(files) - 2  # not counted: what Whoosh and the next update read
    root = root_of(folder)
    assert root["documents"] == count and root["space"] == layout_for(count, 0).space
    fragments = [name for name in files if name.startswith(f"{SEGMENT}.d.")]
    assert len(fragments) - 1 == count  # the other is the preset
    before = inodes(folder)
    again = update(folder, documents)
    assert (again.documents, again.changed, again.written) == (count, 0, 0)
    assert inodes(folder) == before and tree(folder) == files


def test_nothing_in_the_folder_depends_on_the_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = some_documents(20)
    update(folder, documents)
    monkeypatch.setattr("time.time", lambda: 1e9)
    monkeypatch.setattr("time.time_ns", lambda: 10**18)
    assert_clean(folder, documents)


def test_the_order_of_documents_does_not_matter(folder: Path) -> None:
    documents = some_documents(30)
    update(folder, documents)
    assert_clean(folder, documents[::-1])
    before = inodes(folder)
    assert update(folder, documents[10:] + documents[:10]).written == 0 and inodes(folder) == before


def test_hash_seeds_do_not_matter(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path\n"
        "from test_search_index import some_documents, update\n"
        "documents = some_documents(30)\n"
        "update(Path(sys.argv[1]), documents[:-1], (('甲', '乙'),))\n"
        "update(Path(sys.argv[1]), documents, (('甲', '乙'),))\n"
    )
    for seed in ("0", "1"):
        subprocess.run(
            [sys.executable, "-c", script, tmp_path / seed, ROOT, ROOT / "tests"],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, timeout=LIMIT,
        )  # fmt: skip
    update(tmp_path / "here", some_documents(30), (("甲", "乙"),))
    assert tree(tmp_path / "0") == tree(tmp_path / "1") == tree(tmp_path / "here")


def test_parts_and_files_on_the_way_do_not_matter(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = some_documents(50)
    expected = clean(folder, documents)
    monkeypatch.setattr(jobs, "PARTITION", 7)
    monkeypatch.setattr(ranges, "_RANGE", 5)
    assert clean(folder, documents) == expected
    monkeypatch.setattr(ranges, "_IN_MEMORY", 10)
    assert clean(folder, documents) == expected


# -- edits ----------------------------------------------------------------------------------------

TEXT = st.text(LETTERS[:3] + "，", min_size=1, max_size=14)
ONE = st.integers(0, 10**6)  # which document, of those there are
EDITS = st.one_of(
    st.tuples(st.just("text"), ONE, TEXT),
    st.tuples(st.just("title"), ONE, TEXT),
    st.tuples(st.just("theme"), ONE, st.sampled_from(THEMES)),
    st.tuples(st.just("date"), ONE, st.sampled_from(["", "2024-01-02"])),
    st.tuples(st.just("add"), ONE, TEXT),
    st.tuples(st.just("remove"), ONE, st.none()),
    st.tuples(st.just("rename"), ONE, st.integers(0, 99)),
    st.tuples(st.just("swap"), ONE, st.none()),
    st.tuples(st.just("synonyms"), ONE, st.lists(st.just(("甲", "乙")), max_size=2)),
)


def edited(documents: list[Document], edit: tuple[str, int, Any]) -> list[Document]:
    kind, which, value = edit
    if kind == "add":
        return [*documents, document(f"new-{which}", value)] if len(documents) < 50 else documents
    if not documents or kind == "synonyms":
        return documents
    at = which % len(documents)
    one, other = documents[at], documents[at - 1]
    if kind == "remove":
        return documents[:at] + documents[at + 1 :]
    if kind == "swap":  # two cases change ids
        documents = [d for d in documents if d not in (one, other)]
        return [
            *documents,
            replace(one, id=other.id),
            *([replace(other, id=one.id)] if one != other else []),
        ]
    one = {
        "text": lambda: document(one.id, value),
        "title": lambda: replace(one, title=value),
        "theme": lambda: replace(one, filters=((value,), *one.filters[1:])),
        "date": lambda: replace(one, date=value),
        "rename": lambda: replace(one, id=f"other-{value}-{at}"),
    }[kind]()
    return [*documents[:at], one, *documents[at + 1 :]]


@settings(max_examples=25)
@given(
    count=st.integers(9, 28),
    steps=st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=3),
    own_file=st.sampled_from([16_384, 70]),
    crowd=st.booleans(),
)
def test_edits_lead_to_the_very_files_of_a_new_index(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, count: int,
    steps: list[list[tuple[str, int, Any]]], own_file: int, crowd: bool,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("edits") / "index"
    documents, synonyms = some_documents(count, letters=LETTERS[:3]), ()
    with monkeypatch.context() as patch:
        patch.setattr(coding, "OWN_FILE", own_file)
        if crowd:
            patch.setattr(index, "layout_for", many_shards)
        update(folder, documents)
        for edits in steps:
            for edit in edits:
                documents = edited(documents, edit)
                if edit[0] == "synonyms":
                    synonyms = tuple(edit[2])
            update(folder, documents, synonyms)
            assert_clean(folder, documents, synonyms)
    shutil.rmtree(folder.parent)


@pytest.mark.parametrize("edit", [
    ("text", 3, "甲乙丙甲乙丙"), ("title", 3, "丙丙"), ("theme", 3, THEMES[0]), ("date", 3, "2024-01-02"),
    ("add", 3, "甲甲乙"), ("remove", 3, None), ("rename", 3, 7), ("swap", 3, None),
])  # fmt: skip
@pytest.mark.parametrize("own_file", [16_384, 70])
def test_an_edit_is_an_update(
    folder: Path, monkeypatch: pytest.MonkeyPatch, edit: tuple[str, int, Any], own_file: int
) -> None:
    monkeypatch.setattr(coding, "OWN_FILE", own_file)
    documents = some_documents(42, letters="甲乙丙")  # two more or less: the same space
    update(folder, documents)
    documents = edited(documents, edit)
    expected = clean(folder, documents)
    monkeypatch.setattr(index, "_build", None)  # must not be called
    before = inodes(folder)
    done = update(folder, documents)
    assert 0 < done.changed <= 8 and tree(folder) == expected
    after = inodes(folder)
    assert done.names in (None, {name for name, _ in before.items() ^ after.items()})
    state = read_state(folder)
    assert state and state.files == measure(folder)


@dataclass(frozen=True)
class Closed:
    """A document that may not be looked into."""

    id: str
    digest: str
    filter_digest: bytes
    filters: Any

    @property
    def document(self) -> Document:
        raise AssertionError(self.id)


def test_only_the_documents_that_have_changed_are_looked_into(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those that the preset is of, if one of them has changed."""
    monkeypatch.setattr(fragments, "_SHORT", 100)
    documents = some_documents(40)
    update(folder, documents)
    closed = [Closed(one.id, one.digest, one.filter_digest, None) for one in documents]
    update(folder, closed)
    news = edited(documents, ("title", 3, "甲乙丙甲乙丙"))
    expected = clean(folder, news)
    update(folder, [*closed[:3], news[3], *closed[4:]])
    assert tree(folder) == expected


def test_the_preset_follows_from_the_first_documents(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments, "_SHORT", 100)
    documents = some_documents(40)
    update(folder, documents)
    slots = json.loads((folder / f"{SEGMENT}.ids").read_bytes())
    first, last = (choose(slots, key=slots.get) for choose in (min, max))
    for id_, is_other in ((last, False), (first, True)):
        before = tree(folder)
        at = next(n for n, one in enumerate(documents) if one.id == id_)
        documents = edited(documents, ("title", at, "甲乙丙甲乙丙"))
        update(folder, documents)
        assert_clean(folder, documents)
        preset, root = f"{SEGMENT}.d.preset", f"{SEGMENT}.root"
        assert (tree(folder)[preset] != before[preset]) == is_other
        signs = [json.loads(found[root])["preset"] for found in (before, tree(folder))]
        assert (len(set(signs)) == 2) == is_other


@pytest.mark.parametrize("step", [1, -1])
def test_lists_get_and_lose_places_one_document_at_a_time(folder: Path, step: int) -> None:
    documents = [document(f"c{n}", "甲乙丙甲乙" + HAN[n] * (n % 3)) for n in range(FEW + 5)]
    counts = range(FEW - 2, FEW + 4)[::step]
    update(folder, documents[: counts[0]])
    for count in counts:
        update(folder, documents[:count])
        assert_clean(folder, documents[:count])


def shard_of(text: str) -> int:
    return Layout(0, 4).shard_of(layout.mix_one(layout.term_of(text)))


def test_an_index_grows_and_shrinks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (index, corpus, edit):
        monkeypatch.setattr(module, "layout_for", many_shards)
    documents = some_documents(90, size=30, letters=HAN[:300])
    seen = set()
    for count in (70, 74, 82, 90, 60, 20, 0, 2, 30):
        update(folder, documents[:count])
        assert_clean(folder, documents[:count])
        root = root_of(folder)
        seen.add((root["space"], root["bits"]))
    assert len({space for space, _ in seen}) > 4 and len({bits for _, bits in seen}) > 3


def test_an_edit_writes_the_files_of_touched_terms_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (index, corpus, edit):
        monkeypatch.setattr(module, "layout_for", many_shards)
    documents = some_documents(150, size=40, letters=HAN)
    update(folder, documents)
    before, old = inodes(folder), documents[70]
    title = old.title[:-1] + "新"
    documents[70] = replace(old, title=title)
    done = update(folder, documents)
    after = inodes(folder)
    new = {name.removeprefix(f"{SEGMENT}.") for name in after if after[name] != before.get(name)}
    layout_ = Layout(*(root_of(folder)[key] for key in ("space", "bits")))
    assert layout_.shards >= 128
    touched = {f"{shard:x}" for shard in touched_shards(old, documents[70], layout_)}
    shards = {name[2:] for name in new if name[:2] == "t."}
    assert shards <= touched and 0 < len(touched) < 30
    slot = json.loads((folder / f"{SEGMENT}.ids").read_bytes())[old.id]
    others = {name for name in new if name[:2] != "t."}
    uncounted = {"_MAIN_1.toc", "state.json"}
    assert others - uncounted == {f"d.{slot:x}", "root"}
    assert done.written == len(new - uncounted) and done.changed == 1


def touched_shards(one: Document, other: Document, layout_: Layout) -> set[int]:
    """Shards with a term that one document has in another way than the other."""
    found = []
    for each in (one, other):
        keys, _ = occurrences([(0, each.zones)])
        found.append(
            set(zip(*(part.tolist() for part in np.unique(keys, return_counts=True)), strict=True))
        )
    return {key >> (64 - layout_.bits) for key, _ in found[0] ^ found[1]}


def test_a_new_filter_touches_no_shard(folder: Path) -> None:
    documents = some_documents(40)
    update(folder, documents)
    before = inodes(folder)
    documents[5] = replace(
        documents[5], filters=(((("new", "新主题"),)), *documents[5].filters[1:])
    )
    update(folder, documents)
    after = inodes(folder)
    names = {name for name in after if after[name] != before[name] and name.startswith(SEGMENT)}
    assert names == {f"{SEGMENT}.f.theme", f"{SEGMENT}.root"}
    update(folder, documents, (("甲", "乙"),))
    last = inodes(folder)
    names = {name for name in last if last[name] != after[name] and name.startswith(SEGMENT)}
    assert names == {f"{SEGMENT}.root"}


def test_a_file_that_a_site_shares_is_never_changed(folder: Path, tmp_path: Path) -> None:
    documents = some_documents(20)
    update(folder, documents)
    (tmp_path / "site").mkdir()
    for _, name in published_files(os.listdir(folder)):
        os.link(folder / name, tmp_path / "site" / name)
    before = tree(tmp_path / "site")
    for count in (19, 5, 20):  # updates and new indexes
        update(folder, some_documents(count, seed=count))
    assert tree(tmp_path / "site") == before


def test_each_state_has_its_stamp(folder: Path) -> None:
    documents = some_documents(12)
    seen = set()
    for state in (
        documents,
        documents[:-1],
        [*documents[:-1], replace(documents[-1], date="2024")],
    ):
        for synonyms in ((), (("甲", "乙"),)):
            update(folder, state, synonyms)
            seen.add(root_of(folder)["stamp"])
    assert len(seen) == 6


# -- what was cut short ---------------------------------------------------------------------------


class Killed(BaseException):
    """As `kill -9`: nobody catches this."""


def dying(name: str, calls: int, error: BaseException) -> Callable[..., Any]:
    """A function of `os` that fails after some calls; of what is written, half arrives."""
    original, count = getattr(os, name), iter(range(calls))

    def call(*arguments: Any, **options: Any) -> Any:
        if next(count, None) is None:
            if name == "write":
                original(arguments[0], arguments[1][: len(arguments[1]) // 2])
            raise error
        return original(*arguments, **options)

    return call


def moments(total: int) -> Iterator[int]:
    """Some numbers of calls, the first and the last among them."""
    yield from sorted({*range(min(3, total)), *range(3, total, max(1, total // 6)), total - 1})


@pytest.mark.parametrize("name", ["write", "replace", "unlink"])
@pytest.mark.parametrize("error", [Killed(), OSError(errno.ENOSPC, "No space left on device")])
def test_an_update_that_was_cut_short_is_made_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    before = some_documents(42, letters="甲乙丙")
    after = [*before[2:-1], document("case-41", "丙乙甲丙丙"), document("new", "乙乙")]
    update(folder, before)
    pristine = folder.parent / "pristine"
    shutil.copytree(folder, pristine)
    calls: list[int] = []
    with monkeypatch.context() as patch:
        original = getattr(os, name)
        patch.setattr(os, name, lambda *a, **o: (calls.append(1), original(*a, **o))[1])
        update(folder, after)
    assert len(calls) > 1
    expected = clean(folder, after)
    assert tree(folder) == expected
    for count in moments(len(calls)):
        shutil.rmtree(folder)
        shutil.copytree(pristine, folder)
        with monkeypatch.context() as patch:
            patch.setattr(os, name, dying(name, count, error))
            with pytest.raises(type(error)):
                update(folder, after)
        assert not (folder / "state.json").exists() or tree(folder) == tree(pristine)
        update(folder, after)
        assert tree(folder) == expected, count


@pytest.mark.parametrize("count", [0, 1, 20, 40])
def test_a_new_index_that_was_cut_short_is_made_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    documents = some_documents(24)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", dying("write", count, Killed()))
        with pytest.raises(Killed):
            update(folder, documents)
    assert not (folder / "state.json").exists()
    update(folder, documents)
    assert_clean(folder, documents)


def test_a_write_that_takes_a_part_is_no_write(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up may take the first bytes and say so."""
    documents, original = some_documents(12), os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda fd, data: original(fd, data[: max(1, len(data) // 2)]))
        update(folder, documents)
    assert_clean(folder, documents)


# -- what is damaged ------------------------------------------------------------------------------


def _with(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda state: state | changes


STATES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another format": _with(format=99),
    "no list": _with(documents=None),
    "a list too short": lambda state: state | {"documents": state["documents"][1:]},
    "another shape": lambda state: state | {"documents": [1] * len(state["documents"])},
    "another stamp": _with(stamp=""),
    "another layout": lambda state: state | {"bits": state["bits"] + 1},
    "another digest": lambda state: state | {"documents": [["", 1], *state["documents"][1:]]},
    "a key less": lambda state: {key: state[key] for key in state if key != "space"},
    "a list": lambda state: [],
    "a word": lambda state: "x",
    "nothing": lambda state: None,
}


@pytest.mark.parametrize("kind", STATES)
@pytest.mark.parametrize("edit", [False, True])
def test_a_state_that_is_not_ours_is_no_state(folder: Path, kind: str, edit: bool) -> None:
    documents = some_documents(15)
    update(folder, documents)
    state = json.loads((folder / "state.json").read_bytes())
    (folder / "state.json").write_text(json.dumps(STATES[kind](state)))
    documents = documents[:-1] if edit else documents
    update(folder, documents)
    assert_clean(folder, documents)


@pytest.mark.parametrize("name", ["state.json", f"{SEGMENT}.ids"])
@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"{}", b"[]", None])
def test_a_state_that_cannot_be_read_is_no_state(
    folder: Path, name: str, data: bytes | None
) -> None:
    documents = some_documents(15)
    update(folder, documents)
    if data is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(data)
    update(folder, documents)
    assert_clean(folder, documents)


def damage(path: Path, kind: str) -> None:
    data = path.read_bytes()
    path.unlink()  # a new file, as an editor or a sync tool would make it
    if kind != "gone":
        path.write_bytes(data[: len(data) // 2] if kind == "cut" else b"")


@pytest.mark.parametrize("kind", ["cut", "gone"])
@pytest.mark.parametrize("part", ["t", "d", "d.preset", "f.theme", "root"])
def test_a_damaged_file_is_mended(folder: Path, part: str, kind: str) -> None:
    documents = some_documents(30, letters="甲乙丙")
    update(folder, documents)
    damage(min(folder.glob(f"{SEGMENT}.{part}*")), kind)
    update(folder, documents)
    assert_clean(folder, documents)


@pytest.mark.parametrize("kind", ["cut", "empty", "gone"])
@pytest.mark.parametrize("part", ["t", "d", "d.preset", "f.theme", "root"])
def test_a_damaged_file_that_an_edit_touches_is_mended(folder: Path, part: str, kind: str) -> None:
    documents = some_documents(30, letters="甲乙丙")
    update(folder, documents)
    slot = json.loads((folder / f"{SEGMENT}.ids").read_bytes())["case-7"]
    names = {
        "t": f"t.{shard_of('甲乙'):x}",
        "d": f"d.{slot:x}",
    }
    damage(folder / f"{SEGMENT}.{names.get(part, part)}", kind)
    documents[7] = document("case-7", documents[7].title + "甲乙甲乙")
    update(folder, documents)
    assert_clean(folder, documents)


def test_a_file_of_another_layout_is_mended(folder: Path) -> None:
    documents = some_documents(30)
    update(folder, documents)
    for path in folder.glob(f"{SEGMENT}.t.*"):
        path.write_bytes(b"othr" + path.read_bytes()[4:])
    documents[3] = document("case-3", "戊戊戊")
    update(folder, documents)
    assert_clean(folder, documents)


def test_an_index_of_another_format_is_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = some_documents(12)
    with monkeypatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("broadsheet.search.") and hasattr(module, "FORMAT"):
                patch.setattr(module, "FORMAT", 99)
        update(folder, documents)
    assert update(folder, documents).written > 12
    assert_clean(folder, documents)


def test_files_of_others_stay(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("别动")
    (folder / f"{SEGMENT}.t.99999").write_text("von früher")
    update(folder, some_documents(9))
    assert (folder / "notes.txt").read_text() == "别动"
    assert not (folder / f"{SEGMENT}.t.99999").exists()


def test_a_folder_that_is_a_file_is_an_error(folder: Path) -> None:
    folder.write_text("x")
    with pytest.raises(OSError, match="exists"):
        update(folder, some_documents(2))
    assert folder.read_text() == "x"


# -- what is published ----------------------------------------------------------------------------


def test_addresses_of_published_files(folder: Path) -> None:
    update(folder, some_documents(FEW + 9, letters="甲乙"), (("甲", "乙"),))
    found = dict(published_files(os.listdir(folder)))
    assert {"index.json", "d/preset.bin", "f/theme.bin", "t/0.bin"} <= found.keys()
    kinds = {name.partition("/")[0] for name in found}
    assert kinds == {"index.json", "b", "d", "f", "t"}
    assert len(found) == len(tree(folder)) - 3  # ids, the state, what Whoosh reads
    assert all((folder / name).is_file() for name in found.values())
    assert address("b.abcd") == "b/abcd.bin"


def test_what_is_published_stands_in_its_shard(folder: Path) -> None:
    documents = some_documents(30)
    update(folder, documents)
    found = {
        path: (folder / name).read_bytes() for path, name in published_files(os.listdir(folder))
    }
    root = json.loads(found["index.json"])
    layout_ = Layout(root["space"], root["bits"])
    ids = json.loads((folder / f"{SEGMENT}.ids").read_bytes())
    slots = {ids[d.id] for d in documents if "甲乙" in f"{d.title}\n{d.sections}"}
    mixed = layout.mix_one(layout.term_of("甲乙"))
    shard = Shard(layout_.shard_of(mixed), layout_, lambda name: found[address(name)])
    lists = shard.postings(mixed)
    assert {slot for some in lists.values() for slot in some.documents.tolist()} >= slots > set()
    assert root["epoch"] == int.from_bytes(layout_.epoch, "big") and root["facets"] == sum(
        len(data) for name, data in found.items() if name.startswith("f/")
    )
