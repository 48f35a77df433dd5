"""The newspaper's own words: B806 words, B807 posts of leaders, B808 phrases that stay whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from broadsheet.check.findings import Finding
from broadsheet.check.punctuation import HAN
from broadsheet.check.source import Passage, Source
from broadsheet.models import SHORTEST_PHRASE, Leader, Word, WordList

_RANKS = "副|代|代理|常务副|第一|执行"
_POSTS = (
    "书记|主席|区长|市长|县长|省长|镇长|乡长|局长|厅长|部长|主任|秘书长|委员长|会长|院长"
    "|检察长|校长|常委"
)
_POST = re.compile(f"(?:{_RANKS})*(?:{_POSTS})")
_FORMER = re.compile(r"(?:原|前|时任|历任|曾任|前任|离任)[^，。；：、]{0,15}$")
_BETWEEN = re.compile("[、，,和兼 \u3000]*$")
_KEPT = re.compile(f"[{HAN}0-9A-Za-z]")


def wording(source: Source, words: WordList, region: str) -> Iterator[Finding]:
    """What one file of a publication from `region` says otherwise than the word list."""
    present = [word for word in words.words if word.wrong in source.text]
    leaders = [
        leader
        for leader in words.people
        if leader.name in source.text and leader.region in (None, region)
    ]
    signs = set(source.text)
    phrases = [
        phrase
        for phrase in words.phrases
        if len(set(bare := _bare(phrase)) - signs) < 2  # one character may be missing
        and _may_hold(source.text, bare)
    ]
    for passage in source.passages:
        for word in present:
            yield from _word(source, passage, word, words.phrases)
        for name in dict.fromkeys(leader.name for leader in leaders):
            same = [leader for leader in leaders if leader.name == name]
            yield from _post(source, passage, name, same)
        if passage.role != "name":
            for phrase in phrases:
                yield from _phrase(source, passage, phrase)
    yield from _supervisors(source, leaders)


# -- words ----------------------------------------------------------------------------------------


def _word(
    source: Source, passage: Passage, word: Word, phrases: Sequence[str]
) -> Iterator[Finding]:
    text = passage.words
    if word.wrong not in text:
        return
    kept = [
        found.span()
        for whole in (word.right, *phrases)
        if word.wrong in whole  # 余杭 is no fault where it is the beginning of 余杭区
        for found in re.finditer(re.escape(whole), text)
    ]
    for found in re.finditer(re.escape(word.wrong), text):
        if any(start <= found.start() and found.end() <= end for start, end in kept):
            continue
        message = f"词表里不用“{word.wrong}”"
        hint = f"改成“{word.right}”" + (f"（{word.note}）" if word.note else "")
        yield Finding(source.told("B806", passage.start + found.start(), message, hint))


# -- posts ----------------------------------------------------------------------------------------


def _known(leaders: Sequence[Leader]) -> set[str]:
    posts = [post for leader in leaders for post in leader.post]
    return {found for post in posts for found in _POST.findall(post)}


def _post(
    source: Source, passage: Passage, name: str, leaders: Sequence[Leader]
) -> Iterator[Finding]:
    """A post straight before or behind a name, which is none of those that the list knows."""
    text, known = passage.words, _known(leaders)
    if name not in text or not known:
        return
    for found in re.finditer(re.escape(name), text):
        before = _BETWEEN.sub("", text[: found.start()])
        said = re.search(f"{_POST.pattern}$", before) or _POST.match(text, found.end())
        if said is None or said[0] in known:
            continue
        if said.end() <= found.start() and _FORMER.search(before[: said.start()]):
            continue
        yield _mismatch(source, passage.start + found.start(), name, said[0], leaders)


def _supervisors(source: Source, leaders: Sequence[Leader]) -> Iterator[Finding]:
    """`{name: …, post: …}` of front matter."""
    values = {passage.path: passage for passage in source.passages if passage.path}
    for path, passage in values.items():
        post = values.get((*path[:-1], "post")) if path[-1] == "name" else None
        same = [leader for leader in leaders if leader.name == passage.words.strip("\0")]
        if not post or not same:
            continue
        said = set(_POST.findall(post.words))
        if said - _known(same) and _known(same) and not _FORMER.match(post.words.strip("\0")):
            text = post.words.strip("\0")
            yield _mismatch(source, post.start, same[0].name, text, same)


def _mismatch(
    source: Source, offset: int, name: str, said: str, leaders: Sequence[Leader]
) -> Finding:
    posts = "、".join(dict.fromkeys(post for leader in leaders for post in leader.post))
    message = f"{name}的职务写的是“{said}”，词表里是“{posts}”"
    hint = "核对后改过来；职务有变动就改词表，写的是过去的职务就在前面加上“时任”"
    return Finding(source.told("B807", offset, message, hint))


# -- phrases --------------------------------------------------------------------------------------


@lru_cache(4096)
def _bare(phrase: str) -> str:
    return "".join(_KEPT.findall(phrase))


def _phrase(source: Source, passage: Passage, phrase: str) -> Iterator[Finding]:
    """Places that are nearly the phrase: split by a mark, out of order, or a character apart."""
    text, bare = passage.words, _bare(phrase)
    if len(bare) < SHORTEST_PHRASE or not _may_hold(text, bare):
        return
    whole = [found.span() for found in re.finditer(re.escape(phrase), text)]
    places = [found.start() for found in _KEPT.finditer(text)]
    letters = "".join(text[place] for place in places)
    exact = {n for n, place in enumerate(places) if any(a <= place < b for a, b in whole)}
    taken: set[int] = set()
    for start, end, why in _near(letters, bare):
        span = set(range(start, end))
        if span & exact or span & taken:
            continue
        written = text[places[start] : places[end - 1] + 1]
        if re.search("[。！？\0\n]", written) or _is_list_of_others(written, why):
            continue
        taken |= span
        shown = written.replace("\1", "")
        message = f"“{shown}”和固定提法“{phrase}”{why}"
        hint = f"提法要完整、一字不差：改成“{phrase}”；说的若是另一回事，就不用改"
        yield Finding(source.told("B808", passage.start + places[start], message, hint))


def _is_list_of_others(written: str, why: str) -> bool:
    """A mark between two words, where the characters differ too, joins what does not belong."""
    return why != "之间多了标点或空格" and bool(re.search("[，。；：、！？ ]", written))


def _may_hold(text: str, bare: str) -> bool:
    """Whether half of the phrase stands in the text, or all of it in pairs of characters."""
    half = len(bare) // 2
    return bare[:half] in text or bare[half:] in text or _in_pairs(text, bare)


def _in_pairs(text: str, bare: str) -> bool:
    return all(bare[n : n + 2] in text for n in range(0, len(bare), 2))


def _near(letters: str, bare: str) -> Iterator[tuple[int, int, str]]:
    """Start, end, and in what way it differs."""
    length = len(bare)
    for found in re.finditer(re.escape(bare), letters):
        yield found.start(), found.end(), "之间多了标点或空格"
    counted = sorted(bare)
    for start in range(len(letters) - length + 1) if _in_pairs(letters, bare) else ():
        window = letters[start : start + length]
        if window != bare and window[0] in bare and sorted(window) == counted:
            yield start, start + length, "次序不同"
    if length <= SHORTEST_PHRASE:
        return  # 四位一体 and 五位一体 are two phrases
    half = length // 2
    for piece, shift in ((bare[:half], 0), (bare[half:], half)):
        for found in re.finditer(re.escape(piece), letters):
            for size in (length, length - 1, length + 1):
                # the other piece may be shorter or longer, before or behind this one
                start = found.start() - shift if shift == 0 else found.end() - size
                if start >= 0 and start + size <= len(letters):
                    window = letters[start : start + size]
                    if window != bare and _one_apart(window, bare):
                        yield start, start + size, "差一个字"


def _one_apart(one: str, other: str) -> bool:
    """Whether a single character put in, left out or exchanged makes one of the other."""
    if len(one) > len(other):
        one, other = other, one
    head = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[head + (len(one) == len(other)) :] == other[head + 1 :]
