"""The five seed documents and the ten samples come out with every field right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import test_content_facts as facts
from helpers import ROOT, command, prose

from broadsheet.manuscripts.intake import Intake, Request, take_in
from broadsheet.manuscripts.outcomes import Outcome
from broadsheet.manuscripts.records import FOLDER

SEEDS = ROOT.parent / "shared" / "seeds"
SAMPLES = ROOT.parent / "shared" / "samples"
KINDS = {
    "yuhang-2024": "case", "xiaoshan-15-3": "key", "hangzhou-npc-2025-6": "bulletin",
    "qiantang-reference": "reference", "qiantang-1-1": "speech",
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    root: Path
    intake: Intake

    def outcome(self, folder: str) -> Outcome:
        return self.intake.outcomes[list(facts.FORMS).index(folder)]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    root = tmp_path_factory.mktemp("seeds")
    files = tuple(next(SEEDS.glob(f"{form.prefix}_*.txt")) for form in facts.FORMS.values())
    return Imported(root, take_in(Request(files, root / "content")))


def solid(text: str) -> str:
    """Letters, digits and Han characters alone."""
    return "".join(sign for sign in facts.fold(text) if sign.isalnum())


each = pytest.mark.parametrize("folder", facts.FORMS)


@each
def test_every_field_is_right(seeds: Imported, folder: str) -> None:
    cases = seeds.outcome(folder).cases
    stated = facts.seeds(folder)
    assert len(cases) == len(stated) == facts.FORMS[folder].pieces
    for case, seed, shipped in zip(cases, stated, facts.case_paths(folder), strict=True):
        fields = case.written.fields
        known = facts.read(shipped).meta
        assert fields["kind"] == KINDS[folder]
        assert fields["title"] == known["title"], "pauses kept, residue gone"
        assert facts.fold(fields["title"]) == facts.fold(seed.title)
        assert fields.get("number", "") == seed.number
        assert fields.get("proposers", []) == known.get("proposers", [])
        assert fields.get("speaker", "") == seed.speaker
        assert [one["name"] for one in fields.get("supervisors", [])] == list(seed.supervisors)
        assert fields.get("hosts", []) == list(seed.hosts)
        ratings = [(int(one["round"]), one["grade"]) for one in fields.get("ratings", [])]
        assert ratings == list(seed.ratings)
        assert fields.get("date") == known.get("date")
        empty = {"co_hosts", "proposers_more", "reply", "satisfaction", "merged_numbers", "source"}
        assert not empty & fields.keys()


SECTIONS = {
    "yuhang-2024": ["背景", "建议", "办理答复"], "xiaoshan-15-3": ["背景", "建议", "办理答复"],
    "hangzhou-npc-2025-6": [""], "qiantang-reference": ["背景", "建议"], "qiantang-1-1": ["观点", "建议"],
}  # fmt: skip


@each
def test_every_sentence_is_there(seeds: Imported, folder: str) -> None:
    """Each piece has its sections, and in them all words of the source that are in no field."""
    for case, seed in zip(seeds.outcome(folder).cases, facts.seeds(folder), strict=True):
        assert list(case.written.sections) == SECTIONS[folder]
        words = solid("".join(case.written.sections.values()))
        for sentence in re.findall(r"[^\s。；:：]{12,}[。；]", re.sub(r"\*\*", "", seed.text)):
            if not re.search(r"\n|提案人|《", sentence):
                assert solid(sentence) in words, sentence


@each
def test_residue_in_titles_is_flagged_and_pauses_are_not(seeds: Imported, folder: str) -> None:
    for case, seed in zip(seeds.outcome(folder).cases, facts.seeds(folder), strict=True):
        flagged = "title" in [one["field"] for one in case.written.fields["needs_review"]]
        solid = re.sub(r"\s+", " ", seed.title).replace("　", " ")
        assert flagged == (case.written.fields["title"].count(" ") < solid.count(" "))


def test_residue_is_quoted(seeds: Imported) -> None:
    (why,) = [
        one["why"]
        for one in seeds.outcome("yuhang-2024").cases[7].written.fields["needs_review"]
        if one["field"] == "title"
    ]
    assert "余杭区 低空" in why


def test_thirty_one_sentences_are_put_together(seeds: Imported) -> None:
    joins = {name: seeds.outcome(name).understood.account.joins for name in facts.FORMS}
    assert {name: len(found) for name, found in joins.items()} == {
        "yuhang-2024": 0, "xiaoshan-15-3": 11, "hangzhou-npc-2025-6": 8, "qiantang-reference": 4, "qiantang-1-1": 8,
    }  # fmt: skip
    over = [join for join in joins["qiantang-1-1"] if join.over]
    assert len(over) == 4, "names that stood in the middle of a sentence"


def test_a_number_at_the_beginning_of_a_line_is_no_item(seeds: Imported) -> None:
    body = "".join(seeds.outcome("qiantang-reference").cases[0].written.sections.values())
    assert "占比7.46%。作为" in body


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [
        ("yuhang-2024", {"region": "余杭区", "organ": "cppcc", "session": {"term": "12", "meeting": "4"}, "year": "2024", "declared_total": "100"}),
        ("xiaoshan-15-3", {"region": "萧山区", "organ": "cppcc", "session": {"term": "15", "meeting": "3"}, "declared_total": "7"}),
        ("hangzhou-npc-2025-6", {"region": "杭州市", "organ": "npc", "year": "2025", "source": {"name": "杭州市人大常委会研究室", "date": "2025-08-29"}}),
        ("qiantang-reference", {"region": "钱塘区", "organ": "cppcc", "title": "钱塘区提案参考"}),
        ("qiantang-1-1", {"region": "钱塘区", "organ": "cppcc", "session": {"term": "1", "meeting": "1"}}),
    ],
)  # fmt: skip
def test_the_publication(seeds: Imported, folder: str, wanted: dict[str, Any]) -> None:
    page = facts.read(seeds.root / "content" / seeds.outcome(folder).page_file)
    assert {key: page.meta.get(key) for key in wanted} == wanted
    assert {"session", "year", "declared_total"} & page.meta.keys() == {
        "session",
        "year",
        "declared_total",
    } & wanted.keys()
    if folder == "hangzhou-npc-2025-6":
        assert "第6期" in page.meta["title"] and "总第712期" in page.meta["title"]
    if folder == "qiantang-1-1":
        assert all(name in page.body for name in ("王妍", "张华颖", "程颢超"))


def test_figures_are_as_published(seeds: Imported) -> None:
    for param in facts.FIGURES:
        folder, word, pattern = (str(value) for value in param.values)
        stated = facts.first(pattern, facts.seed_text(facts.FORMS[folder].prefix))
        page = facts.read(seeds.root / "content" / seeds.outcome(folder).page_file)
        labels = [
            f["label"] for f in page.meta["figures"] if stated in f["value"] + f.get("unit", "")
        ]
        assert any(word in label for label in labels), (stated, word)


def test_the_pages_are_built_without_a_warning_and_show_the_text(seeds: Imported) -> None:
    (seeds.root / "content/site.yaml").write_text("base_url: https://example.org/\n")
    done = command("build", "--root", seeds.root)
    assert (done.returncode, done.stderr) == (0, "")
    for folder in facts.FORMS:
        for case in seeds.outcome(folder).cases:
            shown = solid(prose(seeds.root, f"/cases/{case.id}/").text)
            for text in case.written.sections.values():
                for paragraph in text.split("\n\n"):
                    assert solid(re.sub(r"^(\d+\.|###) ", "", paragraph)) in shown


def test_again_changes_nothing(seeds: Imported) -> None:
    before = {p: p.read_bytes() for p in (seeds.root / "content").rglob("*") if p.is_file()}
    files = tuple(next(SEEDS.glob(f"{form.prefix}_*.txt")) for form in facts.FORMS.values())
    again = take_in(Request(files, seeds.root / "content"))
    assert not again.files and not again.diagnostics
    assert {p: p.read_bytes() for p in (seeds.root / "content").rglob("*") if p.is_file()} == before


def test_reports_stand_beside_the_record(seeds: Imported) -> None:
    names = [p.name for p in (seeds.root / "content" / FOLDER).rglob("*")]
    assert sum(name.endswith(".import-report.txt") for name in names) == 5
    assert sum(name.endswith(".import-report.json") for name in names) == 5


SAMPLE_FIELDS: dict[str, dict[str, Any]] = {
    "01": {"title": "关于对政协子洲县第十届委员会第二次会议第14号提案的复函", "number": "14", "proposers": ["崔银雷"], "hosts": ["子洲县交通运输局"],
           "ratings": [{"round": "1", "grade": "B"}], "reply": {"no": "子交函〔2023〕34号", "date": "2023-10-16", "unit": "子洲县交通运输局", "signer": "马文忠"}},
    "04": {"title": "对沙河市第九届人民代表大会第三次会议第31号建议的答复", "number": "31", "proposers": ["纪占斌"], "proposers_more": "2", "hosts": ["交通局"],
           "ratings": [{"round": "1", "grade": "C"}], "reply": {"no": "建议字:〔2023〕8号", "date": "2023-07-18", "signer": "刘民华"}},
    "08": {"title": "潼关县民政局关于对政协十届三次会议第52号提案的答复", "number": "52", "proposers": ["马青", "周丽"], "hosts": ["潼关县民政局"],
           "reply": {"no": "潼民发【2024】275号", "date": "2024-06-27", "unit": "潼关县民政局", "signer": "杨宏亮"}},
    "09": {"title": "对市政协十届五次会议第110号提案的答复", "number": "110", "proposers": ["陈磊", "卢晓辉", "李洪涛", "张天翼", "陈文晓"],
           "hosts": ["舞钢市住房和城乡建设局"], "ratings": [{"round": "1", "grade": "C"}], "reply": {"no": "舞建提字〔2021〕19号", "date": "2021-07-20", "signer": "付建喜"}},
    "14": {"title": "关于青年路与海新街交叉口交通信号灯的安装问题的建议", "number": "闭08", "proposers": ["崔明礼"], "hosts": ["抚顺市公安局"],
           "ratings": [{"round": "1", "grade": "A1"}], "reply": {"no": "建议主办[2023]闭08号", "date": "2023-06-08", "unit": "抚顺市公安局", "signer": "马伟"}},
    "17": {"title": "关于对县政协第十五届五次会议第64号提案的答复", "number": "64", "proposers": ["李班马才"], "hosts": ["舟曲县教育局"],
           "reply": {"date": "2021-04-06", "unit": "舟曲县教育局"}},
    "18": {"title": "对政协文山州十三届一次会议第172号提案的答复", "number": "172", "proposers": ["曹芝萓"], "proposers_more": "3", "hosts": ["文山州教育体育局"],
           "ratings": [{"round": "1", "grade": "A"}], "reply": {"no": "文教体函〔2022〕80号", "date": "2022-07-05", "unit": "文山州教育体育局"}},
    "19": {"title": "对县政协十届三次会议来信号提案的答复", "proposers": ["戴治"], "hosts": ["湘阴县教育局"],
           "ratings": [{"round": "1", "grade": "B"}], "reply": {"no": "湘教提复字〔2019〕来信号", "date": "2019-04-20", "unit": "湘阴县教育局"}},
    "30": {"title": "关于政协十三届全国委员会第四次会议第0867号（资源环境类086号）提案答复的函", "number": "0867", "proposers": ["黄莉新"], "proposers_more": "24",
           "hosts": ["生态环境部"], "co_hosts": ["国家发展改革委", "财政部", "自然资源部", "水利部", "农业农村部", "国家林草局"]},
    "36": {"title": "市政协开展重点提案督办活动", "number": "0342", "proposers": ["周民", "田泽", "许小平"], "hosts": ["市规划局"], "co_hosts": ["市建设局"],
           "supervisors": [{"name": "许春元", "post": "市政协提案委主任"}, {"name": "李传奇", "post": "委工委主任"}]},
}  # fmt: skip
ASKED = (
    "title",
    "number",
    "proposers",
    "proposers_more",
    "hosts",
    "co_hosts",
    "ratings",
    "reply",
    "supervisors",
)


@pytest.mark.parametrize("number", SAMPLE_FIELDS)
def test_sample(number: str, tmp_path: Path) -> None:
    (path,) = SAMPLES.glob(f"{number}_*.txt")
    intake = take_in(Request((path,), tmp_path / "content"))
    (outcome,) = intake.outcomes
    (case,) = outcome.cases
    fields = case.written.fields
    assert {key: fields[key] for key in ASKED if key in fields} == SAMPLE_FIELDS[number]
    assert fields["kind"] == ("key" if number == "36" else "reply")
    assert fields["source"]["url"].startswith("http")
    body = "".join(case.written.sections.values())
    assert not re.search("0000000|联系人|上一条|下一条|关闭窗口|字号|分享到|抄送|首页|打印", body)
    account = outcome.understood.account
    assert (
        account.source
        == account.placed + account.dropped
        == sum(len(line) for line in path.read_text("utf-8").split("\n"))
    )
