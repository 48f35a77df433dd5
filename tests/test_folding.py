"""What makes a query and a text alike, and how a query is understood."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import Path
from random import Random

import opencc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broadsheet.search import folding
from broadsheet.search.decoding import Cursor
from broadsheet.search.folding import fold, fold_alone, simplified, words
from broadsheet.search.query import locate, understand
from broadsheet.search.terms import units_of


def is_word_character(character: str) -> bool:
    return character == "." or character > "\uffff" or unicodedata.category(character)[0] in "LMN"


# characters that act on each other, or that an encoding treats as special
PIECES = st.sampled_from(
    ["a", "B", "甲", "醫", "云", "é", "e", "\u0301", "\u0323", "\u3099", "\u309a", "カ", "ｶ", "ﾞ", "ﾟ", "ᄒ", "ᅡ",
     "ᆫ", "하", "ㅎ", "ﾡ", "Σ", "ς", "σ", "İ", "ß", "ﬁ", "㈱", "№", "½", "…", "\u200b", "\ufeff", "\ufe0f", "\u00ad",
     "\U000e0100", "😀", "𠮷", "𪚥", "𝐀", "𝟗", "\U0001d15e", "\U0002f800", "\ue000", "\U00100000", "\x1e", "\x1f", "\0",
     "\n", ".", "．", "-", "，", "Å", "ẛ", "̣", "क", "़", "क़", "ｱ", "１", "Ｇ", "　", "\u0345", "ᾳ", "裏", "\uf900", "\u0130"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=30).map("".join))


# -- folding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＩ", "ai"),
        ("Wi-Fi", "wi-fi"),
        ("醫療", "医疗"),
        ("臺灣雲計算", "台湾云计算"),
        ("５Ｇ", "5g"),
        ("１４４８６．５９", "14486.59"),
        ("ｶﾞ", "ガ"),
        ("e\u0301", "é"),
        ("하", "하"),
        ("ﬁ", "fi"),
        ("㎡", "m2"),
        ("①", "1"),
        ("Straße", "straße"),
        ("低\u200b空", "低空"),
        ("co\u00adop", "coop"),
        ("\ufeff甲", "甲"),
        ("葛\U000e0100", "葛"),
        ("a\u200b\u0301", "á"),
        ("甲…乙", "甲 乙"),
        ("3‥5⋯7", "3 5 7"),
        ("5...7", "5...7"),
        ("甲😀乙", "甲😀乙"),
        ("ᅟ甲ㅤ\u202e乙\u2066\U000e0041\U0001d173", "甲乙"),  # what nobody sees
        ("𝐀", "a"),
        ("𠮷", "𠮷"),
        ("", ""),
    ],
)
def test_a_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_table_of_simplified_characters_is_that_of_opencc() -> None:
    """`python tests/test_folding.py` writes it anew."""
    assert (Path(folding.__file__).parent / "traditional.txt").read_text("utf-8") == made_anew()


def made_anew() -> str:
    """The file as OpenCC's data makes it now: each character for which it has another one.

    Characters that NFKC replaces are left out, as nobody would ever ask for them.
    """
    converter = opencc.OpenCC("t2s")
    pairs = []
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x110000)):
        character = chr(code)
        simple = converter.convert(character)
        # what folding yields is never folded again: a query may hold it, and a text too
        twice = converter.convert(simple) != simple
        if simple != character and unicodedata.normalize("NFKC", character) == character:
            pairs += [] if twice else [character + simple]
    lines = [" ".join(pairs[n : n + 24]) for n in range(0, len(pairs), 24)]
    return "\n".join([*HEAD, *lines, ""])


HEAD = (
    "# Traditional characters and their simplified form: TSCharacters of OpenCC (Apache-2.0), one pair a word.",
    "# Made and checked by tests/test_folding.py with the package opencc; sorted by code point.",
)


def test_no_folded_character_is_folded_again() -> None:
    assert not {ord(simple) for simple in simplified().values()} & simplified().keys()
    assert (
        fold("苧") == "苎" and fold("薴") == "薴"
    )  # OpenCC makes 苧 of it, which is one of its own


@given(text=TEXTS)
def test_what_stands_apart_is_folded_apart(text: str) -> None:
    assert fold(f"甲\n{text}\n乙").split("\n", 1)[0] == "甲"
    assert fold(f"{text}\n乙") == f"{fold(text)}\n乙"


@settings(max_examples=400)
@given(text=TEXTS)
@example("ΟΔΟΣ")
@example("각")
@example("Å\u0323")
def test_units_are_those_of_the_folded_text(text: str) -> None:
    assert units_of(text).tolist() == utf16(fold(text))


def test_units_of_every_character_are_those_of_the_folded_text() -> None:
    alone = [chr(code) for code in range(0x10000) if fold_alone(code) is not None]
    assert len(alone) > 55_000
    for seed in range(3):  # neighbours change nothing, whoever they are
        Random(seed).shuffle(alone)
        text = "".join(alone)
        assert units_of(text).tolist() == utf16(fold(text))
    for start in (0x300, 0x900, 0x1100, 0x11A8, 0xAC00, 0xD7B0, 0x20000, 0x2F800, 0x1D400, 0xFFE00):
        text = "".join(chr(code) for code in range(start, start + 600) if not surrogate(code))
        assert units_of(text).tolist() == utf16(fold(text))


def surrogate(code: int) -> bool:
    return 0xD800 <= code < 0xE000


def utf16(text: str) -> list[int]:
    data = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def test_browsers_get_the_same_table_in_blocks() -> None:
    blocks = folding.simplified_blocks()
    assert set(blocks) == set(map(str, range(65)))
    found = {}
    for name, data in blocks.items():
        if not data:
            continue
        cursor = Cursor(data, bytes(4))
        steps = cursor.rice(cursor.one(18), cursor.one(18)) + 1
        codes = (int(name) * 1024 - 1 + steps.cumsum()).tolist()
        assert all(min(code // 1024, 64) == int(name) for code in codes)
        found |= {code: chr(cursor.one(18)) for code in codes}
        assert cursor.at > (len(data) - 1) * 8
    assert found == simplified() and len(found) > 3000
    assert sum(map(len, blocks.values())) < 12_000  # a good part of a small index


# -- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("低空经济，人工智能", ["低空经济", "人工智能"]),
        ("投入14486.59万元", ["投入14486.59万元"]),
        ("5g", ["5g"]),
        ("a_b-c/d·e", ["a", "b", "c", "d", "e"]),
        ("第〇条 ⅷ", ["第〇条", "ⅷ"]),
        ("甲\x1e乙\x1f丙\n丁\t戊", ["甲", "乙", "丙", "丁", "戊"]),
        ("𠮷野家😀", ["𠮷野家😀"]),
        ("क्षि", ["क्षि"]),  # marks belong to their letters
        ("《》「」、。", []),
        ("...", ["..."]),
    ],
)
def test_words_stand_between_blanks_and_punctuation(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(text=TEXTS.map(fold))
def test_words_are_runs_of_word_characters(text: str) -> None:
    runs = re.split(r"\n", "".join(c if is_word_character(c) else "\n" for c in text))
    assert words(text) == [run for run in runs if run]


def test_word_characters_are_letters_marks_numbers_and_the_full_stop() -> None:
    for code in range(0x10000):
        wanted = unicodedata.category(chr(code))[0] in "LMN" or chr(code) == "."
        assert is_word_character(chr(code)) == wanted, hex(code)
    for code in (0x10000, 0x1F600, 0x20000, 0x2A6D6, 0x40000, 0x10FFFF):
        assert is_word_character(chr(code))  # a browser sees but halves of these


# -- queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        ("", "", ""),
        ("  　\n", "", ""),
        ("，。-－−", "", ""),
        ("低空", "低空", ""),
        ("低空 养老　托育", "低空 养老 托育", ""),
        ("低空，养老", "低空 养老", ""),
        ("養老 ＡＩ", "养老 ai", ""),
        ("养老 養老", "养老", ""),
        ('"低空 经济" 养老', "低空 经济 养老", ""),
        ("“低空”养老", "低空 养老", ""),
        ('"低空', "低空", ""),
        ('"" 低空', "低空", ""),
        ("-养老 低空", "低空", "养老"),
        ("－养老 −托育 低空", "低空", "养老 托育"),
        ("低空 -“养老 服务” 城市", "低空 城市", "养老 服务"),
        ('-"养老 服务', "", "养老 服务"),
        ("低空 - 养老", "低空 养老", ""),
        ("2019-2020", "2019 2020", ""),
        ("wi-fi －5g", "wi fi", "5g"),
        ("--养老", "", "养老"),
        ("14486.59", "14486.59", ""),
        ("养老 -养老", "养老", "养老"),
        ("余杭…萧山", "余杭 萧山", ""),
    ],
)
def test_a_query_is_understood(query: str, wanted: str, unwanted: str) -> None:
    found = understand(query)
    assert (found.wanted, found.unwanted) == (tuple(wanted.split()), tuple(unwanted.split()))


@given(query=st.one_of(TEXTS, st.text(' "“”-－−a甲.', max_size=20)))
def test_any_query_is_words(query: str) -> None:
    found = understand(query)
    for word in (*found.wanted, *found.unwanted):
        assert words(word) == [word]
        assert len(word) <= 18 * len(query)
    assert len({*found.wanted}) == len(found.wanted)


@given(texts=st.lists(TEXTS.filter(lambda text: not set(text) & set('"“”-－−')), max_size=4))
def test_a_query_of_plain_words_wants_all_of_them(texts: list[str]) -> None:
    found = understand(" ".join(texts))
    tokens = " ".join(texts).replace("\ufeff", " ").split()  # a blank in browsers
    folded = [word for token in tokens for word in words(fold(token))]
    assert found.wanted == tuple(dict.fromkeys(folded)) and not found.unwanted


# -- where words stand ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sought", "marked"),
    [
        ("推进低空经济", "低空", ["低空"]),
        ("低空、低空", "低空", ["低空", "低空"]),
        ("醫療養老", "医疗", ["醫療"]),
        ("ＡＩ与ai", "ai", ["ＡＩ", "ai"]),
        ("甲甲甲甲", "甲甲", ["甲甲甲甲"]),
        ("低空经济", "低空 空经", ["低空经"]),
        ("㈱公司㎡", "m2", ["㎡"]),
        ("ﬁt", "i", ["ﬁ"]),  # no half characters
        ("cafe\u0301s", "é", ["e\u0301"]),
        ("低\u200b空", "低空", ["低\u200b空"]),
        ("𠮷野家", "野家", ["野家"]),
        ("😀低空😀", "低空", ["低空"]),
        ("甲", "乙", []),
        ("", "甲", []),
        ("ｶﾞｽ", "ガス", ["ｶﾞｽ"]),
        ("한국", "한국", ["한국"]),
        ("नमस्ते", "मस्ते", ["मस्ते"]),
    ],
)  # fmt: skip
def test_places_in_the_text_as_it_is_written(text: str, sought: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in locate(text, sought.split())] == marked


@given(text=TEXTS, data=st.data())
def test_ranges_hold_the_words_and_do_not_overlap(text: str, data: st.DataObject) -> None:
    found = words(fold(text))
    sought = data.draw(st.lists(st.sampled_from(found), max_size=3)) if found else []
    ranges = locate(text, sought)
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert all(one[1] < other[0] for one, other in pairwise(ranges))
    for start, end in ranges:
        assert any(word in fold(text[start:end]) for word in sought)
    for word in sought:  # what was found is marked somewhere
        if "ς" not in word:  # Σ by itself is σ: a browser's marks cannot know the end of a word
            assert any(word in fold(text[start:end]) for start, end in ranges), word


if __name__ == "__main__":
    (Path(folding.__file__).parent / "traditional.txt").write_text(made_anew(), "utf-8")
