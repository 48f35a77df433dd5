"""Places are exact: a word is found by its chain of pairs where it stands, and nowhere else."""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT

from broadsheet.search import terms
from broadsheet.search.folding import fold, words
from broadsheet.search.layout import BODY, DOCUMENT_BITS, SOUND, mix_one, term_of, text_of, unmix
from broadsheet.search.sounds import GRAM, _readings, gram, grams, sounds
from broadsheet.search.terms import occurrences

Zones = tuple[tuple[str, ...], ...]
Found = dict[tuple[int, int, int], list[int]]  # places by mixed term, zone, slot


def table(documents: list[tuple[int, Zones]]) -> Found:
    """What `occurrences` has to say."""
    keys, places = occurrences(documents)
    assert keys.dtype == np.uint64 and np.all(keys[1:] >= keys[:-1])
    found: Found = defaultdict(list)
    for key, place in zip(keys.tolist(), places.tolist(), strict=True):
        slot = key & ((1 << DOCUMENT_BITS) - 1)
        found[key >> 32, key >> DOCUMENT_BITS & 7, slot].append(place)
    assert all(one < other for some in found.values() for one, other in pairwise(some))
    return found


def units(text: str) -> list[bytes]:
    data = text.encode("utf-16-be", "surrogatepass")
    return [data[at : at + 2] for at in range(0, len(data), 2)]


def chained(found: Found, zone: int, slot: int, word: str) -> int:
    """How often a word is found in a zone of a document by the places of its pairs."""
    letters = units(word)
    if len(letters) == 1:
        return len(found.get((mix_one(term_of(word)), zone, slot), ()))
    ends: set[int] = set()
    before = None
    for pair in pairwise(letters):
        here = found.get((mix_one(int.from_bytes(pair[0] + pair[1], "big")), zone, slot), [])
        steps = (1,) if pair == before else (0, 1)
        ends = {p for p in here if before is None or any(p - step in ends for step in steps)}
        before = pair
    return len(ends)


def contained(texts: tuple[str, ...], word: str) -> int:
    """How often the word really stands there."""
    sought = units(word)
    runs = [units(run) for text in texts for run in words(fold(text))]
    return sum(
        run[at : at + len(sought)] == sought
        for run in runs
        for at in range(len(run) - len(sought) + 1)
    )


def assert_exact(documents: list[tuple[int, Zones]], sought: list[str]) -> None:
    found = table(documents)
    for (slot, zones), word in product(documents, sought):
        for zone, texts in enumerate(zones):
            count = contained(texts, word)
            if len(units(word)) == 1:
                count = min(count, 1)  # characters have no places
            assert chained(found, zone, slot, word) == count, (texts, word)


def pieces(zones: Zones, longest: int = 8) -> list[str]:
    """Substrings of what stands there."""
    runs = {run for texts in zones for text in texts for run in words(fold(text))}
    chosen = random.Random(len(runs))
    found = []
    for run in sorted(runs):
        for _ in range(12):
            start = chosen.randrange(len(run))
            found.append(run[start : start + chosen.randint(2, longest)])
    return sorted(set(found))


def by_the_rules(text: str) -> dict[str, list[int]]:
    """The places of the pairs of a text, one pair after the other as `terms._places` tells them."""
    pairs = [text[n : n + 2] for n in range(len(text) - 1)]
    places: dict[int, int] = {}
    last = 0
    for n, (a, b) in enumerate(pairs):
        if not (a.isalnum() and b.isalnum()):
            continue
        earlier = [(places[m], pairs[m], m) for m in places]
        floors = [last]
        floors += [place + 1 for place, pair, _ in earlier if pair[0] == b]
        floors += [place + 1 for place, pair, _ in earlier if pair[1] == b]
        floors += [place + 2 for place, pair, m in earlier if pair[1] == a and m != n - 1]
        last = places[n] = max(floors)
    found: dict[str, list[int]] = defaultdict(list)
    for n, place in places.items():
        found[pairs[n]].append(place)
    return found


@given(texts=st.lists(st.text("甲乙丙丁戊，", max_size=40), min_size=5, max_size=5))
@example(["甲甲甲甲", "甲乙甲乙甲", "甲乙乙甲甲", "", "乙甲甲乙甲乙乙"])
def test_places_are_the_smallest_that_the_rules_allow_in_each_field(texts: list[str]) -> None:
    found = table([(2, tuple((text,) for text in texts))])
    told = {
        key: places for key, places in found.items() if unmix(key[0]) & 0xFFFF and key[1] <= BODY
    }
    wanted = {
        (mix_one(term_of(pair)), zone, 2): places
        for zone, text in enumerate(texts)
        for pair, places in by_the_rules(text).items()
    }
    assert told == wanted


def zones_of(alphabet: str, size: int = 40) -> st.SearchStrategy[Zones]:
    text = st.text(alphabet, max_size=size)
    field = st.lists(text, max_size=2).map(tuple)
    return st.tuples(text.map(lambda title: (title,)), field, field, field, field)


def all_words(alphabet: str, longest: int) -> list[str]:
    return ["".join(some) for n in range(1, longest + 1) for some in product(alphabet, repeat=n)]


AB, ABC = all_words("ab", 5), all_words("甲乙丙", 3) + all_words("甲乙", 5)


def assert_exact_texts(texts: list[str], sought: list[str]) -> None:
    """Each text as a document of its own."""
    found = table([(slot, ((), (), (), (), (text,))) for slot, text in enumerate(texts)])
    for slot, text in enumerate(texts):
        for word in sought:
            if len(word) > 1:
                assert chained(found, BODY, slot, word) == contained((text,), word), (text, word)


def test_every_short_text() -> None:
    assert_exact_texts(["".join(some) for some in product("ab，", repeat=6)], all_words("ab", 4))
    assert_exact_texts(["".join(some) for some in product("abc，", repeat=5)], all_words("abc", 3))


@pytest.mark.parametrize("alphabet", ["ab，", "aab，", "abc，", "abbcc，"])
def test_many_longer_texts(alphabet: str) -> None:
    chosen = random.Random(5)
    texts = ["".join(chosen.choices(alphabet, k=chosen.randint(7, 40))) for _ in range(250)]
    assert_exact_texts(texts, [*all_words("ab", 4), "ababa", "aaaaa", "abbab", "abcab", "ccbb"])


@given(text=st.text("ab", max_size=60))
@example("a" * 50)
@example("ab" * 30)
@example("aab" * 20)
@example("abba" * 15)
def test_two_letters(text: str) -> None:
    assert_exact([(3, ((text,), (), (), (), ()))], AB)


@given(zones=zones_of("甲乙丙，"))
def test_three_characters_with_gaps_and_zones(zones: Zones) -> None:
    assert_exact([(0, zones)], ABC)


@given(zones=zones_of("aB1.２甲醫 \n\x1e\x1f，𠮷😀é\u0301"))
def test_pieces_of_all_kinds_of_text(zones: Zones) -> None:
    assert_exact([(5, zones)], [*pieces(zones), *all_words("a1甲", 2), "𠮷", "a1.2"])


def some_documents(count: int, size: int, seed: int = 1) -> list[tuple[int, Zones]]:
    """Documents of very different lengths, some empty, in slots out of order."""
    chosen = random.Random(seed)

    def text(longest: int) -> str:
        return "".join(chosen.choices("甲乙丙丁，", k=int(longest * chosen.random() ** 3)))

    slots = chosen.sample(range(count * 2), count)
    return [
        (slot, ((text(30),), (text(6), text(6)), (text(9),), (), (text(size), text(size))))
        for slot in slots
    ]


def test_many_documents_are_found_apart() -> None:
    documents = some_documents(1100, 120)  # three batches
    found = table(documents)
    for slot, zones in documents[::9]:
        for word in ("甲乙", "甲甲甲", "乙丙丁", "丁甲乙丙", "丙丙丙丙"):
            for zone, texts in enumerate(zones):
                assert chained(found, zone, slot, word) == contained(texts, word)
    assert {slot for _, _, slot in found} <= {slot for slot, _ in documents}


def test_documents_do_not_change_each_other() -> None:
    documents = some_documents(700, 60)
    together = table(documents)
    for slot, zones in documents[::70]:
        alone = table([(slot, zones)])
        assert alone == {key: places for key, places in together.items() if key[2] == slot}
    assert table(documents[::-1]) == together


@pytest.mark.parametrize("alphabet", ["ab", "甲乙丙丁戊己庚辛", "0123456789."])
def test_a_long_text(alphabet: str) -> None:
    chosen = random.Random(7)
    zones: Zones = (("题",), (), (), (), tuple(
        "".join(chosen.choices(alphabet, k=4000)) for _ in range(3)
    ))  # fmt: skip
    sought = pieces(zones, 14) + ["".join(chosen.choices(alphabet, k=n)) for n in (3, 5, 7, 9)]
    assert_exact([(1, zones)], sought)


def test_a_text_with_nothing_but_one_character() -> None:
    zones: Zones = ((), (), (), (), ("啊" * 600,))
    assert_exact([(0, zones)], ["啊" * n for n in (1, 2, 3, 17, 599, 600, 601)])


def test_places_take_less_room_than_positions() -> None:
    chosen = random.Random(3)
    text = "".join(chosen.choices([chr(0x4E00 + n) for n in range(400)], k=1000))
    found = table([(0, ((), (), (), (), (text,)))])
    assert max(place for places in found.values() for place in places) < 300


def test_nothing_is_nothing() -> None:
    assert table([]) == {} and table([(0, ((), (), (), (), ()))]) == {}
    assert table([(0, (("，。",), ("",), (), (), ("\n",)))]) == {}


@given(st.lists(st.text("ek7.z甲𠮷，", max_size=9), min_size=1, max_size=4))
@example(["ek甲", "7.甲k"])
def test_terms_are_singles_pairs_and_triples_of_ascii(texts: list[str]) -> None:
    zones = ((), (), (), (), tuple(texts))
    keys, _ = occurrences([(0, zones)])
    found = {text_of(unmix(int(key) >> 32)) for key in keys}
    expected = set()
    for word in (word for text in texts for word in words(fold(text))):
        data = word.encode("utf-16-be")
        for at, size in product(range(0, len(data), 2), (2, 4, 6)):
            piece = data[at : at + size].decode("utf-16-be", "surrogatepass")
            if at + size <= len(data) and (size < 6 or (piece.isascii() and len(piece) == 3)):
                expected.add(piece)
    assert found == expected


def test_a_separator_in_a_text_does_not_shift_its_fields() -> None:
    zones: Zones = (("甲\x1e乙",), ("丙\x1f丁",), ("戊\x1e\x1e己",), (), ("庚\x1f",))
    found = table([(0, zones), (1, ((), (), (), (), ("辛",)))])
    zone_of = {
        text: zone
        for text in "甲乙丙丁戊己庚"
        for term, zone, slot in found
        if (term, slot) == (mix_one(term_of(text)), 0)
    }
    assert zone_of == dict(zip("甲乙丙丁戊己庚", (0, 0, 1, 1, 2, 2, 4), strict=True))
    assert (mix_one(term_of("辛")), BODY, 1) in found


# -- sounds ---------------------------------------------------------------------------------------


def sounds_of(*some: str) -> set[int]:
    codes = [code for word in some for code in (*map(ord, word), 0)]
    return set(sounds(np.array(codes, np.uint32))[0].tolist())


@cache
def readings(character: str) -> list[str]:
    """As pypinyin has them, two at most."""
    if character.isascii():
        return [character]
    found = pinyin(character, Style.NORMAL, heteronym=True, errors="ignore")
    return list(dict.fromkeys(found[0]))[:2] if found else ["?"]


def spelled(word: str) -> set[int]:
    """The sounds of a word as the module tells them, by trying every way to read it."""
    found = set()
    for n in range(len(word)):
        for some in product(*map(readings, word[n : n + GRAM])):
            letters = "".join(some)
            found |= {letters[at : at + GRAM] for at in range(len(some[0]))}
    found = {letters for letters in found if len(letters) == GRAM}
    longest = len(word) if len(word) in (2, 3) else GRAM
    for n in range(len(word) - longest + 1):
        firsts = product(*map(readings, word[n : n + longest]))
        found |= {"".join(one[0] for one in some) for some in firsts}
    return {term_of(gram(letters)) for letters in found if gram(letters)}


@given(some=st.lists(st.text("王行重长乐单区安儿a5.é嗯𠮷", min_size=1, max_size=9), max_size=4))
@example(["安", "安儿", "儿安儿", "a", "a5", "重长行乐"])
@example([])
def test_sounds_are_those_of_every_way_to_read_a_word(some: list[str]) -> None:
    assert sounds_of(*some) == set().union(*map(spelled, some))


def test_readings_are_those_of_pypinyin() -> None:
    characters = [chr(code) for code in (*range(0x80, 0xD800, 3), *PINYIN_DICT)]
    wrong = [one for one in characters if _readings(ord(one)) != tuple(readings(one))]
    assert not wrong


def test_a_sound_tells_of_the_word_where_it_begins() -> None:
    words_ = ["低空", "经济", "王", "安"]
    codes = np.array([code for word in words_ for code in (*map(ord, word), 0)], np.uint32)
    found, at = sounds(codes)
    for n, word in enumerate(words_):
        start = sum(len(one) + 1 for one in words_[:n])
        own = (at >= start) & (at < start + len(word))
        assert set(found[own].tolist()) == spelled(word)


@given(texts=st.lists(st.text("王芳重a，\x1f𠮷ａ醫", max_size=6), max_size=5))
def test_sounds_of_a_document_are_those_of_its_words(texts: list[str]) -> None:
    half = len(texts) // 2
    found = table([(0, ((), tuple(texts[:half]), tuple(texts[half:]), (), ("甲",)))])
    known = {term for term, zone, _ in found if zone == SOUND}
    runs = {word for text in texts for word in words(fold(text))}
    assert known == {mix_one(term) for word in runs for term in spelled(word)}


def heard(text: str, letters: str) -> bool:
    """Whether all terms of the letters are among the sounds of the text."""
    found = table([(0, ((text,), (), (), (), ()))])
    return all((mix_one(term_of(term)), SOUND, 0) in found for term in grams(letters) if term)


SPOKEN = [
    ("杭州", "hangzhou"), ("余杭区", "yuhangqu"), ("低空经济", "dikongjingji"), ("王芳", "wangfang"),
    ("西安", "xian"), ("女儿", "nver"), ("旅游", "lvyou"), ("重庆", "chongqing"), ("欧阳", "ouyang"),
    ("二维码", "erweima"), ("區科技局", "qukejiju"), ("5G基站", "5gjizhan"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "letters"), SPOKEN)
def test_pinyin_finds_a_word(text: str, letters: str) -> None:
    assert heard(text, letters) and heard(f"关于{text}的建议", letters)


@pytest.mark.parametrize(
    ("text", "letters", "found"),
    [
        ("王芳", "wf", True),
        ("李小明", "lxm", True),
        ("欧阳娜娜", "oynn", True),
        ("余杭区科技局", "yhqkjj", True),
        ("余杭区科技局", "hqkj", True),
        ("余杭区科技局", "yh", False),  # two initials are too few, unless they are all
        ("余杭区科技局", "yhkj", False),
        ("李小明", "lx", False),
        ("浙江5G办", "zj5gb", True),
        ("低空经济", "dkjj", True),
        ("低空经济", "dikongjingjj", False),
        ("低空经济", "ikongj", True),  # a piece of what is spoken is found like any other
        ("低空", "kongdi", False),
        ("低空，经济", "kongjing", False),  # a comma stands between
        ("长沙", "changsha", True),
        ("长沙", "zhangsha", True),  # another reading
    ],
)
def test_letters_find_a_name(text: str, letters: str, found: bool) -> None:
    assert heard(text, letters) == found


@given(text=st.text("王芳行重长乐单区低空经济儿安5a", min_size=1, max_size=9), data=st.data())
def test_any_piece_of_what_is_spoken_is_found(text: str, data: st.DataObject) -> None:
    spoken = "".join(sound[0] for sound in pinyin(list(text), Style.NORMAL))
    if len(spoken) >= GRAM:
        start = data.draw(st.integers(0, len(spoken) - GRAM))
        end = data.draw(st.integers(start + GRAM, len(spoken)))
        assert heard(text, spoken[start:end])


def test_only_titles_names_and_units_have_a_sound() -> None:
    zones: Zones = (("甲乙",), ("丙丁",), ("戊己",), ("庚辛",), ("壬癸",))
    found = table([(0, zones)])
    known = {term for term, zone, _ in found if zone == SOUND}
    for (text,), wanted in zip(zones, (True, True, True, False, False), strict=True):
        assert all((mix_one(term) in known) == wanted for term in sounds_of(text))
    assert all(places == [0] for (_, zone, _), places in found.items() if zone == SOUND)


@given(text=st.text("王行重长乐单a5é", min_size=1, max_size=6))
def test_a_sound_is_two_symbols_of_the_private_use_area(text: str) -> None:
    for term in sounds_of(text):
        symbols = text_of(term)
        assert len(symbols) == 2 and all("\uf000" <= symbol <= "\uf8ff" for symbol in symbols)


def test_terms_of_letters_are_told_apart() -> None:
    letters = ["ab", "abc", "abcd", "ba", "a5", "b5", "a", "aa", "aaa", "aaaa", "zzzz", "9999"]
    assert len({gram(some) for some in letters} - {""}) == len(letters)
    assert gram("a?b") == "" == gram("é") and grams("abcdef") == [
        gram("abcd"),
        gram("bcde"),
        gram("cdef"),
    ]


def test_batches_are_a_matter_of_speed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = some_documents(60, 40)
    whole = table(documents)
    monkeypatch.setattr(terms, "_BATCH", 8)
    assert table(documents) == whole
