"""The shipped content says what the seed documents say, and nothing else.

The seeds are parsed here, independently of the package, one small parser per form. Facts (titles,
names, units, numbers, grades, published figures) must carry over exactly; sentences must not. Text
is compared after NFKC folding and without blanks, because the seeds mix half- and full-width
punctuation and break titles over lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CONTENT = ROOT / "content"
SEEDS = ROOT.parent / "shared" / "seeds"

if not SEEDS.is_dir():
    pytest.skip(
        f"the seed documents are not beside the repository ({SEEDS})", allow_module_level=True
    )

COPY_LIMIT = 24  # characters: a shared run this long is a copied sentence, not a proper name
BODY_LENGTH = range(250, 701)  # Han characters


# --- text ---------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Return `text` NFKC-folded and without any blank."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def fold_all(texts: list[str]) -> list[str]:
    return [fold(text) for text in texts]


def numbers_in(text: str) -> list[str]:
    """Return the Arabic numbers of `text` (`33`, `11.73`, `92.9%`), list ordinals left out."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?m)^[ \t]*[0-9]+[.)](?=\s)", "", text)
    return re.findall(r"[0-9]+(?:\.[0-9]+)?%?", text)


def titles_in(text: str) -> list[str]:
    return re.findall(r"《[^《》]*》", fold(text))


def bare(text: str) -> str:
    """Return only the Han characters, letters and digits of `text` outside 《…》 and “…”."""
    text = re.sub(r"《[^《》]*》", "", fold(text))
    text = re.sub(r"“[^“”]*”", "", text)
    return "".join(char for char in text if char.isalnum())


def longest_shared_run(text: str, source: str, at_least: int) -> str:
    """Return the longest run that both texts have, or '' when none has `at_least` characters."""
    longest = ""
    for start in range(len(text) - at_least + 1):
        end = start + max(at_least, len(longest) + 1)
        while end <= len(text) and text[start:end] in source:
            longest = text[start:end]
            end += 1
    return longest


def han_number(text: str) -> int:
    """Return the value of a Chinese numeral below one hundred, such as 一, 十五 or 二十三."""
    digits = "零一二三四五六七八九"
    tens, ten, ones = text.rpartition("十")
    high = (digits.index(tens) if tens else 1) if ten else 0
    return high * 10 + (digits.index(ones) if ones else 0)


# --- the seeds ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seed:
    """What one piece of a seed states; an empty value means that the seed does not say."""

    text: str
    title: str
    number: str = ""
    proposers: tuple[str, ...] = ()
    speaker: str = ""
    supervisors: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    ratings: tuple[tuple[int, str], ...] = ()


@cache
def seed_text(prefix: str) -> str:
    (path,) = SEEDS.glob(f"{prefix}_*.txt")
    return path.read_text(encoding="utf-8")


def slices(text: str, opening: str) -> list[str]:
    """Cut `text` before every line that matches `opening`; what precedes the first is left out."""
    starts = [match.start() for match in re.finditer(opening, text, re.MULTILINE)]
    return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def first(pattern: str, text: str) -> str:
    """Return the first group of `pattern` in `text`, or '' when the text has no such thing."""
    match = re.search(pattern, text, re.MULTILINE)
    return match[1].strip() if match else ""


def names(pattern: str, text: str) -> tuple[str, ...]:
    found = first(pattern, text)
    return tuple(found.split("、")) if found else ()


def parse_yuhang(text: str) -> list[Seed]:
    return [
        Seed(
            text=part,
            title=first(r"^### (.+)$", part),
            proposers=names(r"^提案人[:：](.+)$", part),
            hosts=names(r"^\*\*主办单位[:：]\*\*(.+)$", part),
            ratings=tuple(
                (han_number(which), grade)
                for which, grade in re.findall(r"第(.)轮分类评价[:：]\*\*([A-D]\d?)", part)
            ),
        )
        for part in slices(text, r"^### ")
    ]


def parse_xiaoshan(text: str) -> list[Seed]:
    return [
        Seed(
            text=part,
            title=first(r"^《(.+)》$", part),
            number=first(r"^第(\d+)号提案$", part),
            proposers=names(r"^提案者[:：](.+)$", part),
            supervisors=names(r"^督办领导[:：](.+)$", part),
            hosts=names(r"^主办单位[:：](.+)$", part),
            ratings=((1, first(r"^办理类别[:：](.+)类$", part)),),
        )
        for part in slices(text, r"^第\d+号提案$")
    ]


def parse_bulletin(text: str) -> list[Seed]:
    articles = text[: text.index("\n送：")]  # the distribution list is no part of the last article
    return [
        Seed(text=part, title=part.partition("\n")[0]) for part in slices(articles, r"^..区[:：]")
    ]


def parse_references(text: str) -> list[Seed]:
    return [
        Seed(text=part, title=first(r"\n+(.+)\n", part))
        for part in slices(text, r"^提案参考.[:：]$")
    ]


def parse_speeches(text: str) -> list[Seed]:
    return [
        Seed(
            text=part,
            title=first(r"^## (.+)$", part),
            proposers=names(r"^提案人[:：](.+)$", part),
            speaker=first(r"^发言人[:：](.+)$", part),
        )
        for part in slices(text, r"^## ")
    ]


@dataclass(frozen=True)
class Form:
    prefix: str
    parse: Callable[[str], list[Seed]]
    pieces: int


FORMS = {
    "yuhang-2024": Form("000", parse_yuhang, 12),
    "xiaoshan-15-3": Form("001", parse_xiaoshan, 7),
    "hangzhou-npc-2025-6": Form("002", parse_bulletin, 7),
    "qiantang-reference": Form("003", parse_references, 2),
    "qiantang-1-1": Form("004", parse_speeches, 6),
}


@cache
def seeds(folder: str) -> list[Seed]:
    return FORMS[folder].parse(seed_text(FORMS[folder].prefix))


# --- the content --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Document:
    path: Path
    meta: dict[str, Any]
    body: str

    @property
    def words(self) -> str:
        """Everything that a reader of the piece sees and that we wrote ourselves."""
        return "\n\n".join([self.meta.get("summary", ""), self.meta.get("intro", ""), self.body])


def read(path: Path) -> Document:
    """Read front matter (every scalar stays the string that was typed) and body."""
    opening, front, body = re.split(r"(?m)^---\n", path.read_text(encoding="utf-8"), maxsplit=2)
    assert opening == "", f"{path}: front matter does not start on the first line"
    return Document(path, yaml.load(front, Loader=yaml.BaseLoader), body)


def case_paths(folder: str) -> list[Path]:
    return sorted(path for path in (CONTENT / folder).glob("*.md") if path.name != "index.md")


def index(folder: str) -> Document:
    return read(CONTENT / folder / "index.md")


def names_of(entries: list[str | dict[str, str]]) -> list[str]:
    """Return the names of people or bodies written as `name` or as `{name: …, type: …}`."""
    return [entry if isinstance(entry, str) else entry["name"] for entry in entries]


@dataclass(frozen=True)
class Pair:
    """One piece as the seed has it and as the content has it."""

    folder: str
    seed: Seed
    case: Document


@pytest.fixture(
    params=[(folder, n) for folder, form in FORMS.items() for n in range(form.pieces)],
    ids=lambda param: f"{param[0]}-piece-{param[1] + 1:02d}",
)
def pair(request: pytest.FixtureRequest) -> Pair:
    folder, position = request.param
    paths = case_paths(folder)
    assert position < len(paths), f"content/{folder} has no piece {position + 1}"
    return Pair(folder, seeds(folder)[position], read(paths[position]))


each_publication = pytest.mark.parametrize("folder", FORMS)


# --- every piece --------------------------------------------------------------------------------


def test_title(pair: Pair) -> None:
    assert fold(pair.case.meta["title"]) == fold(pair.seed.title)


def test_number(pair: Pair) -> None:
    assert pair.case.meta.get("number", "") == pair.seed.number


def test_proposers(pair: Pair) -> None:
    assert fold_all(names_of(pair.case.meta.get("proposers", []))) == fold_all(
        list(pair.seed.proposers)
    )


def test_speaker(pair: Pair) -> None:
    assert fold(pair.case.meta.get("speaker", "")) == fold(pair.seed.speaker)


def test_supervisors(pair: Pair) -> None:
    assert fold_all(names_of(pair.case.meta.get("supervisors", []))) == fold_all(
        list(pair.seed.supervisors)
    )


def test_hosts(pair: Pair) -> None:
    assert fold_all(names_of(pair.case.meta.get("hosts", []))) == fold_all(list(pair.seed.hosts))


def test_ratings(pair: Pair) -> None:
    ratings = [(int(r["round"]), r["grade"]) for r in pair.case.meta.get("ratings", [])]
    assert ratings == list(pair.seed.ratings)


def test_numbers_come_from_the_seed(pair: Pair) -> None:
    known = numbers_in(pair.seed.text)
    invented = [number for number in numbers_in(pair.case.words) if number not in known]
    assert not invented, f"{pair.case.path.name}: not in the seed: {invented}"


def test_document_titles_come_from_the_seed(pair: Pair) -> None:
    source = fold(seed_text(FORMS[pair.folder].prefix))
    unknown = [title for title in titles_in(pair.case.words) if title not in source]
    assert not unknown, f"{pair.case.path.name}: not in the seed: {unknown}"


def test_no_sentence_is_copied(pair: Pair) -> None:
    source = bare(seed_text(FORMS[pair.folder].prefix))
    run = longest_shared_run(bare(pair.case.words), source, COPY_LIMIT)
    assert not run, f"{pair.case.path.name}: {len(run)} characters copied: {run}"


def test_length(pair: Pair) -> None:
    length = len(re.findall(r"[\u3400-\u4dbf\u4e00-\u9fff]", pair.case.body))
    assert length in BODY_LENGTH, f"{pair.case.path.name}: {length} Han characters"


# --- every publication --------------------------------------------------------------------------


@each_publication
def test_number_of_pieces(folder: str) -> None:
    assert len(seeds(folder)) == FORMS[folder].pieces, "the seed is not read as it was"
    assert len(case_paths(folder)) == FORMS[folder].pieces


@each_publication
def test_session(folder: str) -> None:
    text = seed_text(FORMS[folder].prefix)
    held = re.search(r"区政协([一二三四五六七八九十]+)届([一二三四五六七八九十]+)次会议", text)
    stated = {"term": str(han_number(held[1])), "meeting": str(han_number(held[2]))} if held else {}
    assert index(folder).meta.get("session", {}) == stated


@each_publication
def test_numbers_of_a_publication_come_from_its_seed(folder: str) -> None:
    counted = str(FORMS[folder].pieces)  # how many were collected is a fact of our own
    known = [*numbers_in(seed_text(FORMS[folder].prefix)), counted]
    publication = index(folder)
    figures = [
        figure["value"] + figure.get("unit", "") for figure in publication.meta.get("figures", [])
    ]
    written = numbers_in("\n\n".join([publication.words, *figures]))
    assert not [number for number in written if number not in known]


@each_publication
def test_words_of_a_publication_are_our_own(folder: str) -> None:
    source = seed_text(FORMS[folder].prefix)
    words = index(folder).words
    # The masthead of a bulletin has no 《》 of its own, hence the names inside them.
    assert not [name for name in titles_in(words) if name.strip("《》") not in fold(source)]
    assert not longest_shared_run(bare(words), bare(source), COPY_LIMIT)


# What a figure counts, by a word of its label, and where the seed states it.
FIGURES = [
    pytest.param("yuhang-2024", "意见建议", r"意见建议(\d+)件次", id="yuhang-opinions"),
    pytest.param("yuhang-2024", "立案", r"共立案提案(\d+)件", id="yuhang-filed"),
    pytest.param("yuhang-2024", "满意", r"满意率为([\d.]+%)", id="yuhang-satisfied"),
    pytest.param("xiaoshan-15-3", "意见建议", r"意见建议(\d+)件", id="xiaoshan-opinions"),
    pytest.param("xiaoshan-15-3", "立案", r"共立案(\d+)件", id="xiaoshan-filed"),
    pytest.param("xiaoshan-15-3", "来信", r"其余(\d+)件作为来信", id="xiaoshan-letters"),
    pytest.param("xiaoshan-15-3", "立案率", r"立案率为([\d.]+%)", id="xiaoshan-rate"),
    pytest.param("xiaoshan-15-3", "最终", r"最终立案(\d+)件", id="xiaoshan-final"),
]


@pytest.mark.parametrize(("folder", "word", "pattern"), FIGURES)
def test_published_figure(folder: str, word: str, pattern: str) -> None:
    stated = first(pattern, seed_text(FORMS[folder].prefix))
    assert stated, "the seed is not read as it was"
    labels = [
        figure["label"]
        for figure in index(folder).meta.get("figures", [])
        if stated in numbers_in(figure["value"] + figure.get("unit", ""))
    ]
    assert any(word in label for label in labels), f"no figure {stated} about {word}: {labels}"


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [("yuhang-2024", r"遴选了(\d+)个提案"), ("xiaoshan-15-3", r"现将(\d+)件重点提案")],
    ids=["yuhang-2024", "xiaoshan-15-3"],
)
def test_declared_total(folder: str, pattern: str) -> None:
    stated = first(pattern, seed_text(FORMS[folder].prefix))
    assert stated, "the seed is not read as it was"
    assert index(folder).meta.get("declared_total") == stated


def test_bulletin_issue_editor_and_date() -> None:
    folder = "hangzhou-npc-2025-6"
    seed = fold(seed_text("002"))
    publication = index(folder)
    printed = fold(publication.path.read_text(encoding="utf-8"))
    for pattern in (r"(第\d+期)", r"(总第\d+期)", r"\)(\w+研究室)编"):
        stated = first(pattern, seed)
        assert stated, "the seed is not read as it was"
        assert stated in printed
    year, month, day = re.findall(r"(\d{4})年(\d+)月(\d+)日", seed)[0]
    stated_date = f"{year}-{int(month):02d}-{int(day):02d}"
    assert publication.meta["source"]["date"] == stated_date
    assert [read(path).meta.get("date") for path in case_paths(folder)] == [stated_date] * 7


def test_reporters() -> None:
    line = first(r"^■记者 (.+)$", seed_text("004"))
    reporters = [name for name in line.split() if name != "通讯员"]
    assert len(reporters) == 3, "the seed is not read as it was"
    printed = fold(index("qiantang-1-1").path.read_text(encoding="utf-8"))
    assert [name for name in reporters if name not in printed] == []
