"""Every file of the index gives back what it was made of, and says so where it cannot."""

from __future__ import annotations

import itertools
import json
import random
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet.search import coding
from broadsheet.search.coding import (
    NAMED,
    DamagedError,
    encode,
    encode_names,
    rice_bits,
    rice_codes,
)
from broadsheet.search.decoding import Cursor, Shard, occurrences_of
from broadsheet.search.documents import FACETS, Document
from broadsheet.search.facets import pack_facets, unpack_facet
from broadsheet.search.fragments import Packer
from broadsheet.search.layout import (
    BEST,
    DOCUMENT_BITS,
    FEW,
    SOUND,
    ZONES,
    Layout,
    has_places,
    layout_for,
    mix,
    mix_one,
    number,
    term_of,
    text_of,
    unmix,
)

Held = dict[tuple[int, int], dict[int, list[int]]]  # by mixed term and zone: places by document

UNITS = st.sampled_from([*"ab甲乙丙", "\ud842", "\udfb7"])
SYMBOLS = st.sampled_from(["\uf000", "\uf123", "\uf558"])
HOMES = st.one_of(  # a term and a zone
    st.tuples(UNITS, st.integers(0, SOUND - 1)),
    st.tuples(st.tuples(UNITS, UNITS).map("".join), st.integers(0, SOUND - 1)),
    st.tuples(st.text("a.0", min_size=3, max_size=3), st.integers(0, SOUND - 1)),
    st.tuples(st.tuples(SYMBOLS, SYMBOLS).map("".join), st.just(SOUND)),
)


def is_placed(text: str, zone: int) -> bool:
    return zone != SOUND and len(text.encode("utf-16-be", "surrogatepass")) > 2


def postings_of(held: Held) -> Counter[int]:
    """How many each term has in all zones."""
    counts = Counter[int]()
    for (term, _), documents in held.items():
        counts[term] += len(documents)
    return counts


@st.composite
def holdings(draw: st.DrawFn) -> tuple[Layout, Held]:
    """A layout, and lists for it: many short ones, some around FEW and above."""
    space, bits = draw(st.integers(FEW + 4, 200)), draw(st.integers(2, 9))
    lengths = st.sampled_from([1, 1, 2, 3, FEW - 1, FEW, FEW + 1, FEW + 3, space])
    lists = draw(st.lists(st.tuples(HOMES, lengths), max_size=25))
    chosen = draw(st.randoms(use_true_random=False))
    held: Held = {}
    for (text, zone), length in lists:
        documents = sorted(chosen.sample(range(space), min(length, space)))
        held[mix_one(term_of(text)), zone] = {
            document: sorted(
                chosen.sample(range(chosen.choice((9, 300))), chosen.choice((1, 1, 2, 9)))
            )
            if is_placed(text, zone)
            else [0]
            for document in documents
        }
    return Layout(space, bits), held


def encoded(layout: Layout, held: Held) -> dict[str, bytes]:
    """The files of every shard."""
    rows = sorted(
        ((term << 3 | zone) << DOCUMENT_BITS | document, place)
        for (term, zone), documents in held.items()
        for document, places in documents.items()
        for place in places
    )
    keys = np.array([key for key, _ in rows], np.uint64)
    places = np.array([place for _, place in rows], np.uint32)
    files = list(encode(keys, places, layout, range(layout.shards)))
    assert len({name for name, _ in files}) == len(files)
    return dict(files)


def reader(files: dict[str, bytes]) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(name)
        return files[name]

    return read


def decoded(layout: Layout, files: dict[str, bytes]) -> Held:
    """What a reader finds; of a list without places, numbers in their stead."""
    held: Held = {}
    for shard in range(layout.shards):
        for term, zone, postings in Shard(shard, layout, reader(files)).with_places():
            assert layout.shard_of(term) == shard
            places = postings.places
            if places is None:
                runs = [range(times) for times in postings.times.tolist()]
            else:
                runs = np.split(places, np.cumsum(postings.times)[:-1])  # type: ignore[assignment]
            held[term, zone] = {
                document: [int(place) for place in run]
                for document, run in zip(postings.documents.tolist(), runs, strict=True)
            }
    return held


def as_kept(held: Held) -> Held:
    """Places of lists that have none to keep are numbers."""
    kept, postings = {}, postings_of(held)
    for (term, zone), documents in held.items():
        keeps = is_placed(text_of(unmix(term)), zone) and postings[term] > FEW
        kept[term, zone] = {
            document: places if keeps else list(range(len(places)))
            for document, places in documents.items()
        }
    return kept


# -- postings -------------------------------------------------------------------------------------


@settings(max_examples=100)
@given(made=holdings(), limit=st.sampled_from([coding.OWN_FILE, 60, 15, 0]))
def test_postings_come_back(
    monkeypatch: pytest.MonkeyPatch, made: tuple[Layout, Held], limit: int
) -> None:
    layout, held = made
    with monkeypatch.context() as patch:
        patch.setattr(coding, "OWN_FILE", limit)
        files = encoded(layout, held)
    assert decoded(layout, files) == as_kept(held)
    assert {name for name in files if name[0] == "t"} == {
        f"t.{shard:x}" for shard in range(layout.shards)
    }
    own = {f"b.{term:x}" for term, postings in postings_of(held).items() if postings > FEW}
    assert {name for name in files if name[0] == "b"} <= own
    assert limit or own <= files.keys()


@given(made=holdings())
def test_occurrences_come_back_sorted(made: tuple[Layout, Held]) -> None:
    layout, held = made
    files, postings = encoded(layout, held), postings_of(held)
    rows = set()
    for shard in range(layout.shards):
        keys, places, unknown = occurrences_of(Shard(shard, layout, reader(files)))
        assert np.all(keys[1:] >= keys[:-1])
        rows |= set(zip(keys.tolist(), itertools.repeat(0), strict=False))
        for key, place, lost in zip(keys.tolist(), places.tolist(), unknown.tolist(), strict=True):
            term, zone, document = (
                key >> 32,
                key >> DOCUMENT_BITS & 7,
                key & (1 << DOCUMENT_BITS) - 1,
            )
            documents = held[term, zone]
            assert lost == (is_placed(text_of(unmix(term)), zone) and postings[term] <= FEW)
            assert lost or place in documents[document]
    assert len(rows) == sum(map(len, held.values()))


@given(made=holdings(), data=st.data())
def test_shards_can_be_written_apart(made: tuple[Layout, Held], data: st.DataObject) -> None:
    layout, held = made
    whole = encoded(layout, held)
    shards = sorted(data.draw(st.sets(st.integers(0, layout.shards - 1), max_size=6)))
    some = {home: held[home] for home in held if layout.shard_of(home[0]) in shards}
    rows = sorted(
        ((term << 3 | zone) << DOCUMENT_BITS | document, place)
        for (term, zone), documents in some.items()
        for document, places in documents.items()
        for place in places
    )
    keys = np.array([key for key, _ in rows], np.uint64)
    places = np.array([place for _, place in rows], np.uint32)
    files = dict(encode(keys, places, layout, shards))
    assert {name for name in files if name[0] == "t"} == {f"t.{shard:x}" for shard in shards}
    assert files.items() <= whole.items()


def one_list(length: int, times: int = 1) -> tuple[Layout, Held, int]:
    mixed = mix_one(term_of("甲乙"))
    places = [n * n for n in range(times)]
    return Layout(4000, 4), {(mixed, 4): dict.fromkeys(range(5, 5 + length), places)}, mixed


@pytest.mark.parametrize("length", [1, FEW - 1, FEW, FEW + 1, 63, 64, 65, 300])
@pytest.mark.parametrize("times", [1, 2, 70])
def test_lists_of_every_length(length: int, times: int) -> None:
    layout, held, _ = one_list(length, times)
    files = encoded(layout, held)
    assert decoded(layout, files) == as_kept(held)
    assert {name[0] for name in files} <= {"t", "b"}


def test_a_long_list_has_a_file_of_its_own() -> None:
    layout, held, mixed = one_list(2000, 20)
    neighbour = next(m for n in range(1, 10**6) if layout.shard_of(m := mix_one(n << 16 | 9)) == layout.shard_of(mixed))  # fmt: skip
    held[neighbour, 0] = {document: [1, 5] for document in range(30)}
    files = encoded(layout, held)
    assert f"b.{mixed:x}" in files
    assert not [name for name in files if f"{neighbour:x}" in name]
    assert len(files[f"t.{layout.shard_of(mixed):x}"]) < 300
    asked: list[str] = []
    shard = Shard(layout.shard_of(mixed), layout, lambda name: (asked.append(name), files[name])[1])
    assert shard.places(neighbour, 0) is not None
    assert {name[0] for name in asked} == {"t"}  # nobody else has to load it
    assert decoded(layout, files) == held


def test_the_head_of_a_long_list_has_the_best_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those with the pair in their title, then those that have it more often, then by number."""
    monkeypatch.setattr(coding, "OWN_FILE", 60)
    mixed = mix_one(term_of("甲乙"))
    body = {document: list(range(1 + document % 3)) for document in range(0, 200, 2)}
    layout, held = Layout(300, 4), {(mixed, 0): {7: [0], 5: [0]}, (mixed, 4): body}
    shard = Shard(layout.shard_of(mixed), layout, reader(encoded(layout, held)))
    often = sorted(body, key=lambda document: (-len(body[document]), document))
    entry = shard.entries[mixed]
    assert entry.total == 102
    assert entry.best == (5, 7, *often[: BEST - 2])


def test_a_pair_alone_loads_no_places() -> None:
    layout, held, mixed = one_list(50, 3)
    files, asked = encoded(layout, held), []
    shard = Shard(layout.shard_of(mixed), layout, lambda name: (asked.append(name), files[name])[1])
    assert shard.postings(mixed)[4].times.tolist() == [3] * 50
    assert shard.postings(mixed ^ 1) == {} and shard.places(mixed, 0) is None
    assert len(asked) == 1


def test_an_empty_shard_is_the_epoch_and_a_zero() -> None:
    layout = Layout(20, 4)
    files = encoded(layout, {})
    assert set(files.values()) == {layout.epoch + b"\0\0"} and len(files) == 16
    assert decoded(layout, files) == {}


def test_the_lists_of_another_term_are_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "OWN_FILE", 60)
    layout, held, mixed = one_list(40, 5)
    other = mix_one(term_of("乙丙"))
    held[other, 4] = held[mixed, 4]
    files = encoded(layout, held)
    files[f"b.{mixed:x}"] = files[f"b.{other:x}"]
    with pytest.raises(DamagedError):
        Shard(layout.shard_of(mixed), layout, reader(files)).postings(mixed)


@given(terms=st.sets(st.integers(0, (1 << 32) - 1), max_size=60))
@example(terms={0})
@example(terms={(1 << 32) - 1})
@example(terms={0, (1 << 32) - 1})
def test_names_of_own_files_come_back(terms: set[int]) -> None:
    layout = Layout(20, 4)
    cursor = Cursor(encode_names(sorted(terms), layout), layout.epoch)
    count = cursor.one(16)
    assert count == len(terms)
    k = int(rice_bits(np.array([max(1, count)]), np.array([1 << 32]))[0])
    steps = cursor.rice(count, k)
    assert (np.cumsum(steps + 1) - 1).tolist() == sorted(terms)


def test_of_many_names_the_first_are_told() -> None:
    """Texts of gigabytes have more; a reader who does not know of them asks their shards first."""
    layout = Layout(20, 4)
    assert encode_names(range(70_000), layout) == encode_names(range(NAMED), layout)


# -- damage ---------------------------------------------------------------------------------------


def read_all(layout: Layout, files: dict[str, bytes]) -> None:
    """Read whatever can be read; damage may be told, nothing else may go wrong."""
    for shard in range(layout.shards):
        try:
            occurrences_of(Shard(shard, layout, reader(files)))
        except (DamagedError, FileNotFoundError):
            continue


@settings(max_examples=100)
@given(made=holdings(), limit=st.sampled_from([16_384, 60]), data=st.data())
def test_damaged_bytes_are_told_or_harmless(
    monkeypatch: pytest.MonkeyPatch, made: tuple[Layout, Held], limit: int, data: st.DataObject
) -> None:
    layout, held = made
    with monkeypatch.context() as patch:
        patch.setattr(coding, "OWN_FILE", limit)
        files = encoded(layout, held)
    names = sorted(name for name, content in files.items() if len(content) > 6)
    if not names:
        return
    name = data.draw(st.sampled_from(names))
    content = bytearray(files[name])
    kind = data.draw(st.sampled_from(["flip", "cut", "noise", "zeros", "more", "gone"]))
    at = data.draw(st.integers(4, len(content) - 1))
    if kind == "flip":
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    elif kind == "noise":
        content[at:] = data.draw(st.binary(max_size=60))
    elif kind == "zeros":
        content[at:] = bytes(len(content) - at)
    elif kind == "more":
        content += data.draw(st.binary(max_size=20))
    else:
        del content[at:]
    files[name] = bytes(content)
    if kind == "gone":
        del files[name]
    read_all(layout, files)


@pytest.mark.parametrize("size", range(8))
def test_a_cut_shard_is_damaged(size: int) -> None:
    layout, held, mixed = one_list(3)
    files = encoded(layout, held)
    name = f"t.{layout.shard_of(mixed):x}"
    files[name] = files[name][:size]
    with pytest.raises(DamagedError):
        Shard(layout.shard_of(mixed), layout, reader(files))


def test_every_cut_of_every_kind_of_file_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    layout, held, mixed = one_list(40, 5)
    shard = layout.shard_of(mixed)
    for limit in (16_384, 10):
        monkeypatch.setattr(coding, "OWN_FILE", limit)
        files = encoded(layout, held)
        for name in [name for name, content in files.items() if len(content) > 6]:
            for size in range(len(files[name]) - 1):  # the last byte may be filled up
                cut = {**files, name: files[name][:size]}
                with pytest.raises(DamagedError):
                    occurrences_of(Shard(shard, layout, reader(cut)))


def test_a_document_beyond_the_last_is_damage() -> None:
    _, held, mixed = one_list(3)
    small = Layout(6, 4)  # and the list goes on to 7
    with pytest.raises(DamagedError):
        Shard(small.shard_of(mixed), small, reader(encoded(small, held)))


@pytest.mark.parametrize("other", [Layout(4001, 4), Layout(4000, 5)])
def test_a_file_of_another_layout_is_refused(other: Layout) -> None:
    layout, held, mixed = one_list(40)
    files = encoded(layout, held)
    shard = layout.shard_of(mixed)
    with pytest.raises(DamagedError):
        Shard(shard, other, reader(files))


@settings(max_examples=200)
@given(noise=st.binary(max_size=120))
@example(b"\xff" * 100)
@example(bytes(100))
@example(b"\xff\xff" + bytes(90) + b"\1")
def test_noise_is_no_shard(noise: bytes) -> None:
    layout = Layout(100, 4)
    files = {"t.00003": layout.epoch + noise}
    try:
        occurrences_of(Shard(3, layout, reader(files)))
    except (DamagedError, FileNotFoundError):
        return


# -- numbers --------------------------------------------------------------------------------------


@given(groups=st.lists(st.lists(st.integers(0, 5000), min_size=1, max_size=90, unique=True), max_size=5),
       space=st.integers(1, 10_000))  # fmt: skip
def test_rice_codes_come_back(groups: list[list[int]], space: int) -> None:
    groups = [sorted(group) for group in groups]
    counts = np.array([len(group) for group in groups], np.int64)
    k = rice_bits(counts, np.full(len(counts), space))
    values = np.array([value for group in groups for value in group], np.int64)
    cursor = Cursor(b"head" + rice_codes(values, counts, k), b"head")
    for group, width in zip(groups, k.tolist(), strict=True):
        assert (np.cumsum(cursor.rice(len(group), width) + 1) - 1).tolist() == group


@given(values=st.lists(st.integers(1, 1 << 40), max_size=80))
@example([1, 2, 3, 4, (1 << 40) - 1, 1 << 40])
def test_gamma_codes_come_back(values: list[int]) -> None:
    widths = [2 * value.bit_length() - 1 for value in values]
    starts = [32 + before for before in [0, *itertools.accumulate(widths)]]
    bits = coding._Bits(coding._file_starts(np.array([starts[-1]])))
    if values:
        coding._write_gamma(bits, np.array(starts[:-1]), np.array(values, np.int64))
    (data,) = bits.files(b"head")
    cursor = Cursor(data, b"head")
    assert [cursor.gamma() for _ in values] == values and cursor.at == starts[-1]


@given(count=st.integers(1, 10_000), total=st.integers(0, 1 << 30))
def test_the_width_of_a_rice_code_is_told_alike(count: int, total: int) -> None:
    from broadsheet.search.decoding import _rice_width

    (k,) = rice_bits(np.array([count]), np.array([total])).tolist()
    assert k == _rice_width(count, total)


@pytest.mark.parametrize("call", [lambda c: c.one(9), lambda c: c.gamma(), lambda c: c.unary(9),
                                  lambda c: c.unary(99), lambda c: c.rice(2, 7), lambda c: c.rice(99, 7)])  # fmt: skip
@pytest.mark.parametrize("rest", [b"", b"\0", b"\1"])
def test_a_cursor_does_not_read_beyond_the_end(
    call: Callable[[Cursor], object], rest: bytes
) -> None:
    with pytest.raises(DamagedError):
        call(Cursor(b"head" + rest, b"head"))


@pytest.mark.parametrize("data", [b"", b"hea", b"heat", b"xhead"])
def test_a_cursor_looks_at_the_epoch(data: bytes) -> None:
    with pytest.raises(DamagedError):
        Cursor(data, b"head")


# -- terms ----------------------------------------------------------------------------------------


@given(values=st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=50))
def test_mixing_can_be_undone(values: list[int]) -> None:
    mixed = mix(np.array(values, np.uint32)).tolist()
    assert [unmix(one) for one in mixed] == values == [unmix(mix_one(one)) for one in values]
    assert mix(np.array([unmix(one) for one in values], np.uint32)).tolist() == values


def test_terms_spread_evenly() -> None:
    common = [0x4E00 + n * 7 for n in range(300)]
    terms = np.array([a << 16 | b for a in common for b in common], np.uint32)
    shards = np.bincount(mix(terms) >> np.uint32(24), minlength=256)
    assert 0.7 * shards.mean() < shards.min() and shards.max() < 1.3 * shards.mean()


@given(
    text=st.one_of(
        st.text("\x01aZ甲\uffff\uf000", min_size=1, max_size=2),
        st.sampled_from(["𠮷", "\ud842", "\udfb7a"]),
        st.text("\x01.09az\x7f", min_size=3, max_size=3),
    )
)
def test_a_term_is_one_or_two_units_or_three_of_ascii(text: str) -> None:
    assert text_of(term_of(text)) == text
    several = len(text.encode("utf-16-be", "surrogatepass")) > 2
    for zone in range(len(ZONES)):
        kept = has_places(np.array([mix_one(term_of(text))], np.uint32), np.array([zone], np.uint8))
        assert kept.tolist() == [several and zone != SOUND]


# -- layout ---------------------------------------------------------------------------------------


def test_a_layout_has_room_and_shards_of_some_size() -> None:
    before = Layout(0, 0)
    for count in [*range(400), *range(400, 200_000, 997), 1_000_000]:
        layout = layout_for(count, count * 500)
        assert count * 10 <= layout.space * 9 and layout.space < max(10, count * 1.26)
        assert layout.space >= before.space and layout.bits >= before.bits
        rest = layout.space
        for prime in (2, 3, 5, 7, 11, 13):
            while rest % prime == 0:
                rest //= prime
        assert rest == 1  # else the steps of `number` would not come by every slot
        before = layout
    assert before.bits < 20 and layout_for(0, 0).space > 0


def test_no_two_layouts_share_an_epoch() -> None:
    epochs = {Layout(space, bits).epoch for space in range(8, 300) for bits in range(4, 16)}
    assert len(epochs) == 292 * 12 and all(len(epoch) == 4 for epoch in epochs)


IDS = st.sets(st.text("abc-12", min_size=1, max_size=5), max_size=60)


@given(ids=IDS, data=st.data())
def test_numbers_do_not_depend_on_the_order(ids: set[str], data: st.DataObject) -> None:
    space = layout_for(len(ids), 0).space
    numbers = number(sorted(ids), space)
    assert numbers.keys() == ids
    assert len(set(numbers.values())) == len(ids)
    assert all(0 <= slot < space for slot in numbers.values())
    assert number(data.draw(st.permutations(sorted(ids))), space) == numbers


def test_one_more_document_leaves_nearly_all_where_they_were() -> None:
    ids = [f"yuhang-2024-{n:03d}" for n in range(900)]
    moved = []
    for count in (100, 500, 700, 850, 899):  # the fuller, the more
        for extra in range(20):
            before = number(ids[:count], 1024)
            after = number([*ids[:count], f"new-{extra}"], 1024)
            moved.append(sum(before[id_] != after[id_] for id_ in before))
    assert sum(moved) / len(moved) < 3 and max(moved) < 40
    assert moved[:20].count(0) >= 15


# -- fragments ------------------------------------------------------------------------------------

TEXT = st.text(max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
DOCUMENTS = st.builds(
    Document, TEXT, TEXT, TEXTS, TEXTS, TEXTS, st.lists(st.tuples(TEXT, TEXTS), max_size=3).map(tuple),
    TEXT, TEXTS, TEXT, TEXT,
)  # fmt: skip


@given(document=DOCUMENTS, others=st.lists(DOCUMENTS, max_size=3))
def test_a_fragment_comes_back(document: Document, others: list[Document]) -> None:
    packer = Packer.of(enumerate(others), len(others))
    assert Packer.read(packer.file).unpack(packer.pack(document)) == document


def test_every_character_comes_back_from_a_fragment() -> None:
    bmp = "".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)
    far = "".join(chr(code) for code in range(0x10000, 0x110000, 251))
    document = Document("a", bmp, (far,), (bmp[::-1],), ("\ud800", "x\udfffy"), facts=('"\\\b\f',))
    packer = Packer.of([(0, document)], 1)
    assert packer.unpack(packer.pack(document)) == document


def test_browsers_read_the_same_characters() -> None:
    """`gbk` is `gb18030` there; what the two encodings have in common must mean the same."""
    for code in range(0x80, 0x10000):
        try:
            data = chr(code).encode("gbk")
        except UnicodeEncodeError:
            continue
        assert data.decode("gb18030") == chr(code), hex(code)


def test_a_fragment_is_json_that_any_reader_can_read() -> None:
    document = Document("a", "題㐀😀\n", ("王芳",), facts=("\ue000",), theme="economy")
    packer = Packer.of([(0, document), (3, Document("b", "題㐀😀\n"))], 2)
    both = packer.file[4:] + packer.pack(document)[4:]  # as browsers inflate them
    raw = zlib.decompress(both, -zlib.MAX_WBITS).rpartition(b"\n")[2]
    fields = json.loads(raw.decode("gbk"))
    assert fields[:10] == ["a", "題㐀😀\n", ["王芳"], [], [], [], "economy", ["\ue000"], "", ""]
    assert fields[10:] == ["題题"]  # what a browser is to take for the same
    assert "題".encode("gbk") in raw and b"\\u3400" in raw and b"\\ud83d\\ude00" in raw


@settings(max_examples=200)
@given(document=DOCUMENTS, data=st.data())
def test_a_damaged_fragment_is_told_or_harmless(document: Document, data: st.DataObject) -> None:
    packer = Packer.of([(0, document)], 1)
    content = bytearray(packer.pack(document))
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[at:]
    try:
        assert isinstance(packer.unpack(bytes(content)), Document)
    except DamagedError:
        return


def deflated(value: object) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(json.dumps(value).encode()) + compressor.flush()


@pytest.mark.parametrize("value", [None, 1, {}, [], [1] * 10, ["a"] * 9, ["a", "b", 1, 2, 3, 4, 5, 6, 7, 8],
                                   ["a", "b", [], [], [], ["x"], "", [], "", ""]])  # fmt: skip
def test_json_of_another_shape_is_no_fragment(value: object) -> None:
    with pytest.raises(DamagedError):
        Packer().unpack(Packer().sign + deflated(value))


def test_a_fragment_is_not_read_behind_another_preset() -> None:
    document = Document("a", "关于低空经济的建议")
    one, other = Packer.of([(0, document)], 1), Packer()
    with pytest.raises(DamagedError):
        other.unpack(one.pack(document))
    with pytest.raises(DamagedError):
        Packer.read(one.sign + other.file[4:])
    with pytest.raises(DamagedError):
        Packer.read(one.file[:-9])


def test_a_preset_has_an_end() -> None:
    many = [Document(f"a-{n}", "关于" + "建议" * 300) for n in range(50)]
    short, long = (
        len(Packer.of(enumerate(many), total).preset.decode("gbk")) for total in (50, 20_000)
    )
    assert short == 2_501 and long == 10_001
    pages = [Packer.of(enumerate(many[:number]), 50) for number in (5, 6, 7)]
    assert pages[1] == pages[2] == Packer.of(enumerate(many), 50)  # who comes later changes nothing


# -- facets ---------------------------------------------------------------------------------------

VALUES = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=3, unique=True).map(
    tuple
)
FILTERS = st.tuples(*[VALUES] * len(FACETS))


@given(filters=st.lists(FILTERS, max_size=12), data=st.data())
def test_facets_come_back(
    filters: list[tuple[tuple[tuple[str, str], ...], ...]], data: st.DataObject
) -> None:
    layout = Layout(40, 4)
    slots = data.draw(st.permutations(range(40)))[: len(filters)]
    documents = [
        (slot, Document("a", "", filters=some)) for slot, some in zip(slots, filters, strict=True)
    ]
    files = dict(pack_facets(documents, layout))
    assert files == dict(pack_facets(documents[::-1], layout))
    assert files.keys() == {f"f.{name}" for name in FACETS}
    for n, name in enumerate(FACETS):
        facet = unpack_facet(files[f"f.{name}"], layout)
        values = {value for some in filters for value in some[n]}
        assert list(facet) == sorted(values, reverse=name == "year")
        for value, found in facet.items():
            assert found.tolist() == sorted(s for s, d in documents if value in d.filters[n])


def a_facet() -> tuple[Layout, bytes]:
    chosen = random.Random(1)
    layout = Layout(300, 4)
    document = Document("a", "")
    documents = [
        (slot, replace(document, filters=(((f"v{chosen.randrange(9)}", "甲"),), *[()] * 6)))
        for slot in range(0, 300, 2)
    ]
    return layout, dict(pack_facets(documents, layout))["f.theme"]


def test_every_cut_of_a_facet_is_damage() -> None:
    layout, data = a_facet()
    for size in range(len(data) - 1):
        with pytest.raises(DamagedError):
            unpack_facet(data[:size], layout)
    with pytest.raises(DamagedError):
        unpack_facet(data, Layout(301, 4))


def test_every_flipped_bit_of_a_facet_is_told_or_harmless() -> None:
    layout, data = a_facet()
    told = 0
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            unpack_facet(bytes(flipped), layout)
        except DamagedError:
            told += 1
    assert told > 100


@pytest.mark.parametrize(
    "listed", [b"1", b"[1]", b"[[1]]", b'[["a","b","c","d"]]', b'[["a","b",3,99]]', b"[null]"]
)
def test_a_list_of_another_shape_is_no_facet(listed: bytes) -> None:
    layout = Layout(40, 4)
    data = layout.epoch + len(listed).to_bytes(4, "big") + listed + b"\xff" * 40
    with pytest.raises(DamagedError):
        unpack_facet(data, layout)
