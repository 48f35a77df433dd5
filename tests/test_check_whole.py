"""Check, over all cases: likeness, names, units, totals, what awaits review, what is accepted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from helpers import NOW, ROOT, case, checked, make_site, problems, publication

from broadsheet.check import check, read_words
from broadsheet.check.similar import hardly_differ, letters, nearly_the_same
from broadsheet.diagnostics import Diagnostic
from broadsheet.read import read
from broadsheet.settings import Options

SEEDS = ROOT.parent / "shared" / "seeds"
LONG = (
    "完善产业链条，支持它和现代服务业深度融合；设立行业协会和产业联盟，加强跨界融合，加强区校合作，"
    "促进产教融合，鼓励企业开放场景。"
)


def told(root: Path, code: str, **files: str) -> list[Diagnostic]:
    """Findings of one code; `files` by name without folder and ending, in the publication p."""
    written = {
        f"content/{'' if name in ('wordlist', 'units', 'people') else 'p/'}{name}"
        f"{'.yaml' if name in ('wordlist', 'units', 'people') else '.md'}": text
        for name, text in files.items()
    }
    return [one for one in checked(make_site(root, written)) if one.code == code]


def cases(key: str, *values: Any, **rest: Any) -> dict[str, str]:
    """A case for each value of one field."""
    return {
        f"c{n}": case(f"c{n}", body=f"第{n}段。\n", **{"title": TITLES[n], **rest, key: value})
        for n, value in enumerate(values)
    }


TITLES = ["关于保护古树名木的建议", "关于夜间公交延时的建议", "让乡村书屋真正用起来", "内涝预警"]


# -- B811 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("关于推进老旧小区加装电梯的建议", "关于推进老旧小区加装电梯的建议"),
        ("关于推进“老旧小区”加装电梯的建议", "关于推进老旧小区 加装电梯的建议"),
        ("关于推进老旧小区加装电梯的建议", "关于进一步加快老旧小区加装电梯工作的建议"),
        ("关于推进老旧小区加装电梯的建议", "关于推进老旧小区加装电锑的建议"),
        ("关于推进老旧小区加装电梯的建议", "老旧小区加装电梯的若干意见"),
        ("关于推进老旧小区加装电梯的建议", "关于推进老旧小区加装的电梯的建议"),
    ],
)
def test_titles_that_are_alike(tmp_path: Path, one: str, other: str) -> None:
    (only,) = told(tmp_path, "B811", **cases("title", one, other))
    assert only.file.endswith("p/c1.md")
    assert only.line == 4
    assert "p/c0.md:4" in only.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("关于老旧小区加装电梯的建议", "关于老旧小区增设车位的建议"),
        ("2023年重点提案办理情况的通报", "2024年重点提案办理情况的通报"),
        ("对第0245号提案的答复", "对第0246号提案的答复"),
        ("关于加强小学体育教育师资的建议", "关于加强中学体育教育师资的建议"),
        ("关于城东片区停车难的建议", "关于城西片区停车难的建议"),
        ("内涝", "内涝"[::-1]),
        ("关于老人食堂的建议", "关于老人公寓的建议"),
    ],
)
def test_titles_that_are_two(tmp_path: Path, one: str, other: str) -> None:
    assert not told(tmp_path, "B811", **cases("title", one, other))


def test_a_reply_has_the_title_of_what_it_answers(tmp_path: Path) -> None:
    title = "关于推进老旧小区加装电梯的建议"
    one = case("a", title=title)
    two = case("b", title=title, kind="reply")
    assert not told(tmp_path, "B811", a=one, b=two)


def test_regions_are_not_compared(tmp_path: Path) -> None:
    title = "关于推进老旧小区加装电梯的建议"
    files = {
        "content/p/index.md": publication(region="云栖区"),
        "content/p/a.md": case("a", title=title),
        "content/q/index.md": publication(region="东湖区"),
        "content/q/b.md": case("b", title=title),
    }
    assert not checked(make_site(tmp_path, files))
    files["content/q/index.md"] = publication(region="云栖区")
    assert [one.code for one in checked(make_site(tmp_path, files))] == ["B811"]


@pytest.mark.parametrize("one", ["甲乙丙丁戊己庚辛", "甲乙丙丁戊己庚辛壬癸"])
def test_hardly_differ(one: str) -> None:
    assert hardly_differ(one, one[:4] + "木" + one[4:])
    assert hardly_differ(one[:4] + "草木" + one[4:], one)
    assert hardly_differ(one, one[:4] + "木" + one[5:])
    assert not hardly_differ(one, one[:4] + "花草木" + one[4:])
    assert not hardly_differ(one, one[:2] + "木" + one[3:5] + "木" + one[6:])
    assert not hardly_differ(one, one[:4] + "三" + one[5:])


# -- B812 -----------------------------------------------------------------------------------------


def test_paragraphs_that_are_alike(tmp_path: Path) -> None:
    body = f"1. 引导产业。{LONG}\n\n2. 支持创业。{LONG}\n"
    (only,) = told(tmp_path, "B812", a=case("a", body=body))
    assert (only.line, only.column) == (12, 4)
    assert "第 10 行" in only.message
    two = told(
        tmp_path / "2", "B812",
        a=case("a", body=f"{LONG}\n", title=TITLES[0]),
        b=case("b", body=f"先说一句别的话。{LONG}再说一句。\n", title=TITLES[1]),
        c=case("c", body=LONG.replace("；", ";").replace("区校", "**区校**") + "\n", title=TITLES[2]),
    )  # fmt: skip
    assert [Path(one.file).name for one in two] == ["b.md", "c.md"]
    assert "a.md:10" in two[1].message


def test_paragraphs_that_are_two(tmp_path: Path) -> None:
    half = LONG[:35]
    other = (
        "给初创企业提供场地和辅导，请有经验的企业家结对帮助，第一年免去租金，成果优先在本区试用。"
    )
    bodies = [f"{LONG}\n\n{half}{other}\n", f"{other}\n\n```\n{LONG}\n```\n"]
    assert not told(
        tmp_path, "B812",
        a=case("a", body=bodies[0], title=TITLES[0]),
        b=case("b", body=bodies[1].replace("场地", "厂房和资金").replace("结对帮助", "出主意")
               .replace("免去租金", "减半收租"), title=TITLES[1]),
    )  # fmt: skip


def test_how_letters_begin_and_end_is_no_likeness(tmp_path: Path) -> None:
    ends = (
        "您在区政协十二届四次会议上提出的提案收悉，我局高度重视，专门组织力量认真研究办理，现将有关情况答复如下：\n\n",
        "\n\n感谢您对我区工作的关心和支持，欢迎您今后继续提出宝贵的意见建议，也欢迎您随时监督我们的工作。\n",
    )
    one, two = (case(id_, ends[0] + text + ends[1], title=title) for id_, text, title in
                (("a", "一段。", TITLES[0]), ("b", "另一段。", TITLES[1])))  # fmt: skip
    assert not told(tmp_path, "B812", a=one, b=two)


def test_a_phrase_of_the_trade_makes_no_likeness() -> None:
    frame = "为进一步贯彻落实上级有关会议精神，结合本区实际，现提出如下建议"
    texts = [letters(frame + chr(0x4E00 + n) * 60) for n in range(40)]
    assert not list(nearly_the_same(texts))


def test_many_paragraphs_take_no_quadratic_time() -> None:
    texts = [
        "".join(chr(0x4E00 + (n * 7919 + k * k * 31) % 5000) for k in range(80))
        for n in range(3000)
    ]
    texts.append(texts[17][:70] + "甲")
    (pair,) = nearly_the_same(texts)
    assert (pair.first, pair.second, pair.shared) == (17, 3000, 70)


def seed(prefix: str) -> str:
    if not SEEDS.is_dir():
        pytest.skip("the source documents are not here")
    (path,) = SEEDS.glob(f"{prefix}*.txt")
    return path.read_text("utf-8")


def test_the_paragraph_that_a_seed_holds_twice_is_found(tmp_path: Path) -> None:
    body = seed("004").replace("\n# ", "\n## ")
    (only,) = told(tmp_path, "B812", a=case("a", body=body))
    assert only.excerpt.startswith("6. 支持创新突破")


# -- B813 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [("李树森", "李树淼"), ("叶建宏", "叶建红"), ("王芳", "王方"), ("沈国强", "沈国祥")],
)
def test_names_a_slip_apart(tmp_path: Path, one: str, other: str) -> None:
    files = cases("proposers", [one], [other], [one])
    (only,) = told(tmp_path, "B813", **files)
    assert only.file.endswith("c1.md")
    assert only.excerpt[only.column - 1 :].strip('"[]') == other
    assert f"“{one}”（" in only.message
    assert not told(tmp_path, "B813", people=f"entries:\n  - {{name: {other}}}\n", **files)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王芳", "王军"),
        ("李树森", "张树森"),
        ("李树森", "李国强"),
        ("欧阳山", "欧阳"),
        ("民进某区委会", "民建某区委会"),
    ],
)
def test_names_of_two_people(tmp_path: Path, one: str, other: str) -> None:
    assert not told(tmp_path, "B813", **cases("proposers", [one], [other]))


def test_two_who_sign_together_are_two(tmp_path: Path) -> None:
    assert not told(tmp_path, "B813", **cases("proposers", ["沈国强", "沈国祥", "刘洋", "刘阳"]))


def test_among_many_names_chance_makes_neighbours(tmp_path: Path) -> None:
    crowd = [
        f"{surname}{given}"
        for surname in "赵钱孙周吴郑冯陈"
        for given in ("一山", "石水", "木青", "子川", "文田", "小禾")
    ]
    files = cases("proposers", [*crowd, "沈国强"], ["沈国祥"], ["李树森"], ["李树淼"])
    (only,) = told(tmp_path, "B813", **files)
    assert "形近" in only.message


# -- B814, B815 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("区经信局", "区经济和信息化局"),
        ("区住建局", "区住房和城乡建设局"),
        ("区人社局", "区人力资源和社会保障局"),
        ("区卫健局", "区卫生健康局"),
        ("区发改局", "区发展和改革局"),
        ("区应急局", "区应急管理局"),
        ("区市场监管局", "区市场监督管理局"),
        ("区残联", "区残疾人联合会"),
        ("区政府办", "区政府办公室"),
        ("经信局", "区经信局"),
        ("区经信局", "云栖区经信局"),
        ("区经信局", "杭州市云栖区经济和信息化局"),
        ("区经信局", "区经信局（中小企业局）"),
    ],
)
def test_one_unit_under_two_names(tmp_path: Path, one: str, other: str) -> None:
    files = {"index": publication(region="云栖区"), **cases("hosts", [one], [other], [one])}
    (only,) = told(tmp_path, "B814", **files)
    assert only.file.endswith("c1.md")
    assert f"“{one}”（2 处）" in only.message
    merged = f"entries:\n  - {{name: {one}, region: 云栖区, aliases: [{other}]}}\n"
    assert not told(tmp_path, "B814", units=merged, **files)
    both = f"entries:\n  - {{name: {one}}}\n  - {{name: {other}}}\n"
    assert not told(tmp_path, "B814", units=both, **files)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("区教育局", "区体育局"),
        ("区水利局", "区林业水利局"),
        ("区农业局", "区农业农村局"),
        ("市经信局", "区经信局"),
        ("市经信局", "区经济和信息化局"),
        ("区教育局", "区教育考试院"),
        ("区委组织部", "区委统战部"),
        ("东山街道", "西溪街道"),
        ("区工会", "区总工会"),
        ("区人大", "区人大常委会"),
    ],
)
def test_two_units(tmp_path: Path, one: str, other: str) -> None:
    assert not told(tmp_path, "B814", **cases("hosts", [one], [other]))


def test_a_unit_that_was_typed_wrong(tmp_path: Path) -> None:
    files = cases("hosts", ["区农业农村局"], ["区农业农衬局"], ["区成管局"], ["区城管局"])
    assert ["同音" in one.message for one in told(tmp_path, "B814", **files)] == [True]
    assert not told(
        tmp_path / "b",
        "B814",
        **cases("hosts", ["区教育局"], ["区体育局"], ["区人武部"], ["区人社局"]),
    )


def test_units_of_two_regions_are_two(tmp_path: Path) -> None:
    files = {
        "content/p/index.md": publication(region="云栖区"),
        "content/p/a.md": case("a", title=TITLES[0], hosts=["区经信局"]),
        "content/q/index.md": publication(region="东湖区"),
        "content/q/b.md": case("b", title=TITLES[1], hosts=["区经济和信息化局"]),
    }
    assert not checked(make_site(tmp_path, files))


def test_units_that_are_none(tmp_path: Path) -> None:
    files = cases("hosts", ["李石"], ["区科技局", "东山街道", "第一人民医院", "区供销社"], ["王芳"])
    assert [
        "李石" in one.message or "王芳" in one.message for one in told(tmp_path, "B815", **files)
    ] == [True, True]
    assert (
        len(
            told(
                tmp_path,
                "B815",
                wordlist="units: [李石, 王芳, 区科技局, 东山街道, 第一人民医院]",
                **files,
            )
        )
        == 1
    )


def test_units_that_nobody_knows(tmp_path: Path) -> None:
    files = cases("hosts", ["区科技局"], ["区科委局"], ["区教育局"])
    units = "entries:\n  - {name: 区教育局, aliases: [区教委]}\n"
    (only,) = told(tmp_path, "B815", wordlist="units: [区科技局]", units=units, **files)
    assert only.hint == "是不是“区科技局”？"


# -- B821, B822, B831, B832 -----------------------------------------------------------------------


def test_declared_totals(tmp_path: Path) -> None:
    files = cases("draft", True, False)
    (only,) = told(tmp_path, "B821", index=publication(declared_total=100), **files)
    assert (only.line, only.message) == (3, "原文说共100件，这里收录了2件")
    (more,) = told(tmp_path, "B821", index=publication(declared_total=1), **files)
    assert "收重" in more.hint
    assert not told(tmp_path, "B821", index=publication(declared_total=2), **files)
    files["c9"] = "没有前置信息"  # what cannot be read may be one of them
    assert not told(tmp_path, "B821", index=publication(declared_total=3), **files)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("全年立案248件，其中A类120件、B类100件、C类38件。", "258件"),
        ("全年立案248件，其中A类120件、B类100件，其余8件。", "228件"),
        ("共收到意见142条，其中152条已答复。", "多于总数"),
        ("共立案100件：A类50件，B类30件，C类30件。", "110件"),
        ("收到意见建议380件。立案353件，其余37件作为来信处理。", "380 − 353 = 27"),
        ("立案353件，其中4件并案处理为2件，最终立案352件。", "353 − 4 + 2 = 351"),
        ("经审查立案353件，将4件并为2件，实际立案350件。", "353 − 4 + 2 = 351"),
        ("共立案353件，并案4件为2件，最终352件。", "353 − 4 + 2 = 351"),
        ("立案353件，并案4件，最终立案348件。", "不会是348件"),
        ("甲占57.58%，乙占34.24%，丙占18.18%。", "110%"),
        ("甲，占比66.7%；乙，占比27.8%；丙，占比9.1%。", "103.6%"),
        ("满意率为105%。", "超过了100%"),
        ("收到提案380件，经审查立案353件，立案率为94.9%。", "353 ÷ 380 = 92.9%"),
        ("新增泊位1200个，其中路外500个、路内300个、其余500个。", "1300"),
        ("| 类别 | 件数 |\n|---|---|\n| A | 10件 |\n| B | 20件 |\n| 合计 | 31件 |", "加起来是 30"),
    ],
)
def test_sums_that_do_not_add_up(tmp_path: Path, body: str, said: str) -> None:
    (only,) = told(tmp_path, "B822", a=case(body=body + "\n"))
    assert said in only.message


@pytest.mark.parametrize(
    "body",
    [
        "全年立案248件，其中A类120件、B类100件、C类28件。",
        "全年立案248件，其中A类120件、B类100件。",
        "全年立案248件，其中A类120件、B类100件，其余28件。",
        "意见建议380件。经审查立案353件，立案率92.9%，其余27件作来信；有4件分属相同主题，并案为2件，最终立案351件。",
        "共立案353件,其余27件作为来信处理,立案率为92.9%,其中有4件提案并案处理为2件,最终立案351件。",
        "立案353件，并案4件，最终立案351件。",
        "收到提案380件，经审查立案353件，立案率为92.9%，办结率100%。",
        "收到提案380件，联名100件，立案353件，立案率为97.2%。",
        "33家企业，比上年仅增加6家，其中2家国家级、13家省级、30家市级。",
        "甲占57.58%，乙占24.24%，丙占18.18%；从平台看，丁占66.7%，戊占27.8%。",
        "甲占全市的60%，乙占全省的50%，丙占全国的40%。",
        "增长率为120%，同比增长105%，甲占33.3%、乙占33.3%、丙占33.4%。",
        "男性占60%、女性占40%、35岁以下占30%。",
        "收到建议300件，其中代表建议180件，政协提案120件，重点督办30件。",
        "活动93场，收到意见142条，其中121条已答复。",
        "2023年12月签约326个，其中省级2个、市级4个。",
        "| 类别 | 件数 |\n|---|---|\n| A | 10件 |\n| B | 20件 |\n| 合计 | 30件 |",
        "| 类别 | 件数 |\n|---|---|\n| A | 10件 |\n| B | 20件 |\n| 平均 | 31件 |",
        "`共立案100件：A类50件，B类60件。`",
    ],
)
def test_sums_that_agree_or_are_none(tmp_path: Path, body: str) -> None:
    assert not told(tmp_path, "B822", a=case(body=body + "\n"))


def figures(**values: str) -> str:
    units = {"立案率": "%", "满意率": "%"}
    listed = [{"label": k, "value": v, "unit": units.get(k, "件")} for k, v in values.items()]
    return publication(figures=listed)


def test_published_figures(tmp_path: Path) -> None:
    sound = {"意见建议": "380", "立案": "353", "来信处理": "27", "立案率": "92.9",
             "并案处理的提案": "4", "并案后": "2", "最终立案": "351"}  # fmt: skip
    assert not told(tmp_path, "B822", a=case(), index=figures(**sound))
    for label, wrong, said in (
        ("最终立案", "352", "353 − 4 + 2 = 351"),
        ("来信处理", "28", "353 + 28 = 381"),
        ("立案率", "94.9", "92.9%"),
    ):
        (only,) = told(tmp_path, "B822", a=case(), index=figures(**{**sound, label: wrong}))
        assert said in only.message
        assert only.line == 3
    assert told(tmp_path, "B822", a=case(), index=figures(满意率="101"))
    assert told(tmp_path, "B822", a=case(), index=figures(甲="10", 乙="20", 合计="31"))
    assert not told(tmp_path, "B822", a=case(), index=figures(甲="10", 乙="约20", 合计="31"))


def test_each_doubt_of_the_importer_is_listed(tmp_path: Path) -> None:
    doubts = ["提案人的姓名看不清", {"field": "number", "why": "有两个"}]
    found = told(tmp_path, "B831", a=case(needs_review=doubts))
    assert [one.message for one in found] == [
        "待核对：提案人的姓名看不清",
        "待核对：number，有两个",
    ]
    assert [one.column for one in found] == [16, 29]


def test_what_is_accepted_is_not_told_again(tmp_path: Path) -> None:
    files = {"a": case(body="甲,乙。\n"), "index": publication(declared_total=100)}
    accepted = (
        "accepted:\n"
        "  - {code: B802, file: p/a.md, text: '甲,乙', reason: 原文如此}\n"
        "  - {code: B821, text: 共100件, reason: 只收一栏}\n"
        "  - {code: B803, file: p/a.md, reason: 已经改好}\n"
    )
    assert not told(tmp_path, "B802", wordlist=accepted, **files)
    (unused,) = checked(tmp_path)
    assert (unused.code, unused.line, unused.column) == ("B832", 4, 5)
    assert unused.file.endswith("wordlist.yaml")


# -- the word list --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("word: []\n", "B301", 1),
        ("words:\n  - {wrong: 甲}\n", "B302", 2),
        ("words:\n  - {wrong: 甲, right: 甲}\n", "B303", 2),
        ("phrases:\n  - 新质\n", "B303", 2),
        ("accepted:\n  - {code: B301, file: a, reason: 不要}\n", "B303", 2),
        ("accepted:\n  - {code: B802, reason: 不要}\n", "B303", 2),
        ("words:\n\t- a\n", "B204", 2),
        ("people:\n  - {name: 周舟, posts: 区长}\n", "B301", 2),
        ("words:\n  - &a {wrong: 甲, right: 乙}\n", "B206", 2),
        ("words: " + "[" * 900 + "]" * 900 + "\n", "B207", 0),
    ],
)
def test_a_faulty_word_list_is_told_with_its_line(
    tmp_path: Path, text: str, code: str, line: int
) -> None:
    found = checked(make_site(tmp_path, {"content/p/a.md": case(), "content/wordlist.yaml": text}))
    assert (code, line) in [(one.code, one.line) for one in found]
    assert all(one.file.endswith("wordlist.yaml") for one in found)
    assert not problems(tmp_path)  # a build has no use for it


def test_a_long_word_list_is_read(tmp_path: Path) -> None:
    entries = "".join(f"  - {{wrong: 错词第{n}号, right: 对词第{n}号}}\n" for n in range(3000))
    make_site(tmp_path, {"content/p/a.md": case(), "content/wordlist.yaml": "words:\n" + entries})
    words, wrong = read_words(tmp_path / "content")
    assert not wrong
    assert len(words.words) == 3000


def test_words_may_be_pairs(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/wordlist.yaml": "words: {座落: 坐落}\n"})
    (word,) = read_words(tmp_path / "content")[0].words
    assert (word.wrong, word.right) == ("座落", "坐落")


# -- the whole ------------------------------------------------------------------------------------


def test_it_says_what_a_build_says_and_more(tmp_path: Path) -> None:
    files = {
        "content/p/a.md": case("a", body="[甲](b.md)\n\n乙,丙。\n"),
        "content/p/c.md": case("a", title=TITLES[1], body="# 甲\n"),
    }
    make_site(tmp_path, files)
    built = set(problems(tmp_path))
    assert {"B401", "B501", "B505"} <= {one.code for one in built}
    assert {one.code for one in set(checked(tmp_path)) - built} == {"B802"}
    assert built <= set(checked(tmp_path))


def test_drafts_and_embargoed_cases_are_checked_too(tmp_path: Path) -> None:
    files = {
        "content/p/a.md": case("a"),
        "content/p/b.md": case("b", title=TITLES[1], draft=True, body="[甲](nirgends.md)\n"),
        "content/p/c.md": case("c", title=TITLES[2], publish_at="2099-01-01", body="乙,丙。\n"),
    }
    make_site(tmp_path, files)
    assert not problems(tmp_path)
    found = checked(tmp_path)
    assert [(Path(one.file).name, one.code) for one in found] == [
        ("b.md", "B501"),
        ("c.md", "B802"),
    ]


def test_it_writes_nothing(tmp_path: Path) -> None:
    make_site(tmp_path, {"content/p/a.md": case(body="甲,乙。 \n")})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert checked(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_the_shipped_content_has_only_what_its_sources_have() -> None:
    content = read(ROOT / "content")
    words, wrong = read_words(ROOT / "content")
    assert not wrong
    found = check(content, words, Options(now=NOW)).diagnostics
    assert [(one.code, re.sub("^.*content/", "", one.file)) for one in found] == [
        ("B822", "qiantang-reference/01-zhuanjingtexin.md"),  # 66.7 + 27.8 + 9.1, as printed
        ("B821", "yuhang-2024/index.md"),  # 12 of 100
    ]
