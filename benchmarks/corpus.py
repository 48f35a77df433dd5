"""Write a folder of invented cases, for benchmarks that need more than the shipped content.

    python benchmarks/corpus.py DIR --cases 1000 [--seed 1] [--format broadsheet]

The folder is content as the generator reads it: site.yaml and publications of at most 1,000 cases,
with bodies of about 850 characters. The same seed gives the same bytes whatever the machine, the
Python version or the hash seed, and a smaller corpus is the beginning of a larger one.

What an index costs hangs on how many documents share what, so that is held against real text: the
34 cases of content/, and 45 pieces of the source documents cut to 900 characters. Of all pairs of
characters that 34 documents have, each document counted for itself, these shares stand in more than
10, 20 and 50 % of them, and of all triples in more than 10 and 20 %; generated documents are drawn
from 10,000 and cut to the lengths of the real ones (489 and 452 characters on average):

    content    0.29 0.16 0.03   0.08 0.03      sources    0.30 0.18 0.03   0.09 0.04
    generated  0.32 0.17 0.03   0.07 0.02      generated  0.31 0.16 0.02   0.07 0.02

The first 4,000, 8,000 and 16,000 pairs of the sources have 2,377, 4,221 and 7,190 different ones,
those of generated documents 2,263, 3,968 and 6,756.
"""

from __future__ import annotations

import argparse
import re
import sys
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import words

PUBLICATION_SIZE = 1000  # cases
SHORTEST, LONGEST = 530, 950  # characters of a body, before a list that some responses add
NAMES = 3000  # different names in all
MEMBERS = 400  # names of one region; neighbouring regions share some, as they do in life
SITE = "title: 提案选登（测试语料）\nbase_url: https://example.org/\npublisher: 测试语料编辑部\n"


class Dice:
    """Random choices made of `Random.random` alone, the one method that Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def chance(self, share: float) -> bool:
        return self._random() < share

    def below(self, limit: int) -> int:
        """Return an integer from 0 to `limit` - 1, all equally likely."""
        return int(self._random() * limit)

    def small(self, limit: int) -> int:
        """Return an integer from 0 to `limit` - 1, small ones much more often than large ones."""
        share = self._random()
        return int(share * share * share * limit)  # no `**`: pow() differs between C libraries

    def pick(self, items: list[str], flatness: int = 8) -> str:
        """Return an item, the k-th with a weight of 1 / (k + flatness), as words are in a text."""
        weights = zipf(len(items), flatness)
        return items[bisect(weights, self._random() * weights[-1])]

    def several(self, items: list[str], count: int, flatness: int = 8) -> list[str]:
        """Return up to `count` different items."""
        return list(dict.fromkeys(self.pick(items, flatness) for _ in range(count)))


@cache
def zipf(length: int, flatness: int) -> list[float]:
    """Return the running sums of the weights of `length` items."""
    return list(accumulate(1 / (rank + flatness) for rank in range(1, length + 1)))


@cache
def parts(pattern: str) -> tuple[str, list[tuple[str, str]]]:
    """Split a pattern into its beginning and pairs of a slot and the literal text after it."""
    text, *rest = re.split(r"\{(\w+)\}", pattern)
    return text, list(zip(rest[::2], rest[1::2], strict=True))


@dataclass(frozen=True)
class Publication:
    id: str
    region: str
    year: int
    members: list[str]  # who makes proposals there

    @classmethod
    def numbered(cls, number: int, names: list[str]) -> Publication:
        """Return publication `number` (from 1): every region once, then a year before."""
        years, position = divmod(number - 1, len(words.REGIONS))
        year = 2024 - years - position % 5
        first = position * NAMES // len(words.REGIONS)
        members = (names + names)[first : first + MEMBERS]
        return cls(f"pub-{number:04d}", words.REGIONS[position], year, members)

    def index(self) -> str:
        """Return the text of index.md; a term of the session has five meetings, one a year."""
        term, meeting = 15 + (self.year - 2021) // 5, (self.year - 2021) % 5 + 1
        return (
            f"---\ntitle: {self.region}政协第{term}届第{meeting}次会议提案选\n"
            f"region: {self.region}\norgan: cppcc\n"
            f"session: {{term: {term}, meeting: {meeting}}}\nyear: {self.year}\n---\n"
        )


class Writer:
    """Fills patterns with the words of one field, region and year.

    It keeps to some words of each list, as an author does: else all documents would be alike.
    """

    def __init__(self, dice: Dice, publication: Publication, domain: words.Domain) -> None:
        self.dice = dice
        self.publication = publication
        self.domain = domain
        self.slots = words.SLOTS | domain.slots
        for slot, count in words.OWN.items():
            self.slots[slot] = dice.several(self.slots[slot], count)
        self.slots |= {"person": publication.members, "region": [publication.region]}

    def number(self, slot: str) -> str:
        """Return a number for one of the slots in words.NUMBERS and words.YEARS, as text."""
        if slot in words.YEARS:
            return str(self.publication.year + words.YEARS[slot])
        low, high, places = words.NUMBERS[slot]
        whole, rest = divmod(low + self.dice.small(high - low), 10**places)
        return f"{whole}.{rest:0{places}d}".rstrip("0") if rest else str(whole)

    def fill(self, pattern: str) -> str:
        """Return `pattern` with all its slots filled; what fills a slot may have slots itself."""
        text, rest = parts(pattern)
        for slot, literal in rest:
            if slot in self.slots:
                choice = self.dice.pick(self.slots[slot])
                while text.endswith(choice) or literal.startswith(choice):  # 服务服务 is no word
                    choice = self.dice.pick(self.slots[slot])
                text += (self.fill(choice) if "{" in choice else choice) + literal
            else:
                text += self.number(slot) + literal
        return text

    def sentences(self, patterns: list[str], length: int) -> str:
        """Return different sentences that have about `length` characters together."""
        text, used = "", {""}
        while len(text) < length - 9:  # half a sentence: it ends on average as much beyond
            pattern = self.dice.pick(patterns)
            if pattern not in used or len(used) > len(patterns) // 2:
                used.add(pattern)
                text += self.fill(pattern)
        return text

    def paragraphs(self, patterns: list[str], length: int) -> str:
        """Return two paragraphs that have about `length` characters together."""
        return "\n\n".join(self.sentences(patterns, length // 2) for _ in range(2))

    def items(self, patterns: list[str], length: int, marker: str) -> str:
        """Return a list of up to four items with bold leads, about `length` characters in all."""
        leads = self.dice.several(words.LEADS, 2 + self.dice.below(3))
        each = length // len(leads)
        heads = [f"{marker.format(n)} **{lead}**：" for n, lead in enumerate(leads, 1)]
        return "\n".join(head + self.sentences(patterns, each) for head in heads)

    def body(self) -> str:
        share = (SHORTEST + self.dice.below(LONGEST - SHORTEST)) // 3
        background = self.paragraphs(words.BACKGROUND, share)
        advice = self.items(words.SUGGESTION, share, "{}.")
        if self.dice.chance(0.4):
            advice = self.paragraphs(words.SUGGESTION, share)
        response = self.paragraphs(words.RESPONSE, share)
        if self.dice.chance(0.25):
            response += "\n\n" + self.items(words.RESPONSE, share // 2, "-")
        return f"## 背景\n\n{background}\n\n## 建议\n\n{advice}\n\n## 办理答复\n\n{response}\n"

    def proposers(self) -> list[str]:
        """Return a body, or one to four people, as YAML."""
        if self.dice.chance(0.15):
            name, kind = words.COLLECTIVES[self.dice.below(len(words.COLLECTIVES))]
            return [f"{{name: {name.format(region=self.publication.region)}, type: {kind}}}"]
        count = 1 if self.dice.chance(0.7) else 2 + self.dice.below(3)
        return self.dice.several(self.publication.members, count, flatness=40)

    def case(self, position: int, title: str) -> str:
        """Return the text of a case file. No word of the vocabulary needs quotes in YAML."""
        dice, publication, domain = self.dice, self.publication, self.domain
        supervised = dice.chance(0.04)
        proposers = self.proposers()
        grades = [dice.pick(["A", "B", "C", "D"], flatness=0)]
        if grades[0] != "A" and dice.chance(0.7):
            grades.append(dice.pick(["A", "B"], flatness=0))
        ratings = [f"{{round: {n}, grade: {grade}}}" for n, grade in enumerate(grades, 1)]
        keywords = self.slots["t"][:3] + self.slots["n"][:2]
        front = [
            f"id: {publication.id}-{position:04d}",
            f"kind: {'key' if supervised else 'case'}",
            f"title: {title}",
            f"theme: {domain.theme}",
            f'number: "{position:04d}"',
            f"proposers: [{', '.join(proposers)}]",
            f"hosts: [{', '.join(dice.several(domain.units, 1 + dice.small(3)))}]",
            f"ratings: [{', '.join(ratings)}]",
            f"keywords: [{', '.join(keywords)}]",
            f"date: {publication.year}-{3 + dice.below(9):02d}-{1 + dice.below(28):02d}",
        ]
        if dice.chance(0.3):
            front.append(f"co_hosts: [{', '.join(dice.several(words.UNITS, 1 + dice.below(3)))}]")
        if supervised:
            name, post = dice.pick(publication.members), dice.pick(words.POSTS)
            front.append(f"supervisors: [{{name: {name}, post: {post}}}]")
        return "\n".join(["---", *front, "---", "", self.body()])


def make_names(dice: Dice) -> list[str]:
    """Return NAMES different names of people."""
    names: dict[str, None] = {}  # no set: a set's order depends on the hash seed
    while len(names) < NAMES:
        given = dice.pick(words.GIVEN, 30) + (dice.pick(words.GIVEN, 30) * dice.chance(0.8))
        names[dice.pick(words.SURNAMES) + given] = None
    return list(names)


def write_corpus(folder: Path, cases: int, seed: int = 1) -> None:
    """Write `cases` cases with different titles into `folder`, which must be new or empty.

    Raises FileExistsError when it holds something: a mixture of two corpora would measure neither.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    (folder / "site.yaml").write_bytes(SITE.encode())
    dice = Dice(seed)
    names = make_names(dice)
    titles: set[str] = set()
    for number in range(cases):
        batch, position = number // PUBLICATION_SIZE + 1, number % PUBLICATION_SIZE + 1
        if position == 1:
            publication = Publication.numbered(batch, names)
            home = folder / publication.id
            home.mkdir()
            (home / "index.md").write_bytes(publication.index().encode())
        writer = Writer(dice, publication, words.DOMAINS[dice.below(len(words.DOMAINS))])
        while (title := writer.fill(dice.pick(words.TITLES))) in titles:
            pass
        titles.add(title)
        path = home / f"{position:04d}-{writer.domain.id}.md"
        path.write_bytes(writer.case(position, title).encode())  # bytes: line ends stay \n anywhere


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a folder of invented cases.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--cases", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same bytes (default: 1)")
    parser.add_argument("--format", choices=["broadsheet"], default="broadsheet")
    arguments = parser.parse_args()
    try:
        write_corpus(arguments.folder, arguments.cases, arguments.seed)
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
