"""Manuscripts of the five forms in other orders and other words than those of the seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from docx import Document

from broadsheet.manuscripts.contacts import find_contacts
from broadsheet.manuscripts.excerpt import Excerpt, Span
from broadsheet.manuscripts.intake import Intake, Request, take_in
from broadsheet.manuscripts.labels import classify
from broadsheet.manuscripts.lines import Line, Manuscript
from broadsheet.manuscripts.titles import read_title
from broadsheet.manuscripts.understand import understand
from broadsheet.manuscripts.values import read_date, read_grade, read_names
from broadsheet.markdown import read_body

CASE_PLAIN = """\
云栖区优秀提案选登

2025年,区政协十一届五次会议期间,共收到提案212件,立案198件,办结率100%,满意率98.5%。本报从中择优刊登提案4件。

民生保障类

一、关于增加社区食堂的提案
领衔委员：李小满（农工党）
附议人：周全、吴霜
牵头单位：云栖区民政局
会办单位：区财政局、区卫健局
办理结果：A

部分社区老人吃饭难,食堂数量少。

意见建议：
1、利用闲置用房建设食堂。
2、引入社会力量运营。

答复：
区民政局已建成食堂12家,日均
服务老人3200人次。下一步将推广
“中央厨房+配送”模式。
初评：B
复评：A

二、优化校园周边交通
提案者:民建云栖区委会
承办单位:公安云栖分局
类别:B类
上下学时段拥堵严重。
建议:增设接送专区,错峰放学。
回应:已在3所学校试点。联系电话:0571-88991234

城乡建设类

三、关于老旧小区加装电梯的提案
提案人:区工商联、赵钱孙
主办单位:区住建局
楼道狭窄,老人出行不便。
对策建议:简化审批流程。
办理情况:2024年加装86台。
评价等级:A1
"""

KEY_TITLE_FIRST = """\
# 政协重点提案督办情况

## 《关于推进农村污水治理的建议》
提案编号：0045
提案人：区政协城建委
督办领导：区政协副主席 何伟、区政协党组成员 罗娟
承办单位：区水务局
协办单位：区农业农村局
办理结果：(A)

【提案内容】
农村污水收集率低。建议如下：一是加快管
网建设；二是加强运维。

【办理情况】
完成管网12.6公里。

## 《关于发展夜间经济的建议》
提案编号：0102
提案人：孙悦、范冰等6位委员
督办领导：林涛
承办单位：区商务局
办理结果：(B)

【提案内容】
夜间消费场景不足。

【办理情况】
打造夜市3处,营业额1.2亿元。
"""

SPEECH_PLAIN = """\
凝心聚力建新城

——东湖区政协三届二次会议大会发言摘登

记者 张一 李二

加快数字经济发展 打造智慧东湖

发言人:刘洋
提案人:刘洋、陈晨

观点:
数字经济是新引擎。目前我区企业

上云率仅为31.

5%,差距明显。

建议:
1. 建设算力中心。
2. 培育数字人才,

支持高校开设课程。

完善医养结合 守护幸福晚年

发言人:致公党东湖区总支
观点:
老龄化加快。
建议:
扩大长护险覆盖。
"""

BULLETIN2 = """\
政协工作简报
第12期
区政协办公室编印                2024年5月8日

一、滨湖街道：搭建协商平台 解决停车难题

滨湖街道政协工作委员会围绕群众反映强烈的停车问题，组织委员开展协商，新增车位320个，受到居民好评。

二、高新园区:委员工作室进企业

高新园区委员工作室走进12家企业，收集问题36条，协调解决28条，其余正在推进，企业满意度达到96%。

报:市政协办公厅
发:各街道
"""

REF_SINGLE = """\
关于加强社区心理服务的提案

近年来,居民心理健康需求上升,但社区专业人员不足。

存在问题:
1. 人员少。全区仅有持证咨询师46人。
2. 经费缺。

建议:
一、设立社区心理服务站。
二、政府购买服务。
"""


def bring_in(root: Path, text: str) -> Intake:
    (root / "m.txt").write_text(text, "utf-8")
    return take_in(Request((root / "m.txt",), root / "content"))


def fields(intake: Intake) -> list[dict[str, Any]]:
    return [case.written.fields for case in intake.outcomes[0].cases]


def sections(intake: Intake) -> list[dict[str, str]]:
    return [case.written.sections for case in intake.outcomes[0].cases]


def test_a_showcase_without_marks(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, CASE_PLAIN)
    first, second, third = fields(intake)
    assert [one["kind"] for one in (first, second, third)] == ["case"] * 3
    assert first["title"] == "关于增加社区食堂的提案" and second["title"] == "优化校园周边交通"
    assert first["proposers"] == ["李小满", "周全", "吴霜"]
    assert first["hosts"] == ["云栖区民政局"] and first["co_hosts"] == ["区财政局", "区卫健局"]
    assert {"proposers", "ratings"} <= {one["field"] for one in first["needs_review"]}
    assert second["proposers"] == [{"name": "民建云栖区委会", "type": "party"}]
    assert second["ratings"] == [{"round": "1", "grade": "B"}]
    assert third["proposers"] == [{"name": "区工商联", "type": "organization"}, "赵钱孙"]
    assert third["ratings"] == [{"round": "1", "grade": "A1"}]
    one, two, _ = sections(intake)
    assert (
        list(one) == ["背景", "建议", "办理答复"]
        and one["背景"] == "部分社区老人吃饭难，食堂数量少。"
    )
    assert "日均服务老人3200人次。下一步将推广“中央厨房+配送”模式。" in one["办理答复"]
    assert two["办理答复"] == "已在3所学校试点。"
    dropped = {
        part.text: part.fate.reason
        for _, part in intake.outcomes[0].understood.account.dropped_parts()
    }
    assert dropped["民生保障类"] == dropped["城乡建设类"] == "栏目名，用来提议主题"
    page = (tmp_path / "content" / intake.outcomes[0].page_file).read_text("utf-8")
    assert (
        "declared_total: 4" in page
        and "session: {term: 11, meeting: 5}" in page
        and 'value: "98.5"' in page
    )


def test_supervised_proposals_with_the_title_first(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, KEY_TITLE_FIRST)
    first, second = fields(intake)
    assert first["kind"] == second["kind"] == "key"
    assert first["number"] == "0045" and second["number"] == "0102"
    assert first["supervisors"] == [
        {"name": "何伟", "post": "区政协副主席"},
        {"name": "罗娟", "post": "区政协党组成员"},
    ]
    assert first["proposers"] == [{"name": "区政协城建委", "type": "committee"}]
    assert second["proposers"] == ["孙悦", "范冰"] and second["proposers_more"] == "4"
    assert sections(intake)[0] == {
        "背景": "农村污水收集率低。", "建议": "建议如下：一是加快管网建设；二是加强运维。", "办理答复": "完成管网12.6公里。",
    }  # fmt: skip


def test_speeches_without_marks(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, SPEECH_PLAIN)
    first, second = fields(intake)
    assert first["title"] == "加快数字经济发展 打造智慧东湖"
    assert first["speaker"] == "刘洋" and first["proposers"] == ["刘洋", "陈晨"]
    assert second["kind"] == "speech" and second["proposers"] == [
        {"name": "致公党东湖区总支", "type": "party"}
    ]
    assert "proposers" in [one["field"] for one in second["needs_review"]]
    assert sections(intake)[0]["观点"].endswith("目前我区企业上云率仅为31.5%，差距明显。")


def test_another_bulletin(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, BULLETIN2)
    assert [one["title"] for one in fields(intake)] == [
        "滨湖街道：搭建协商平台 解决停车难题",
        "高新园区：委员工作室进企业",
    ]
    assert {one["date"] for one in fields(intake)} == {"2024-05-08"}
    page = (tmp_path / "content" / intake.outcomes[0].page_file).read_text("utf-8")
    assert "title: 政协工作简报第12期" in page and "name: 区政协办公室" in page


def test_one_proposal_to_learn_from(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, REF_SINGLE)
    assert [(one["kind"], one["title"]) for one in fields(intake)] == [
        ("reference", "关于加强社区心理服务的提案")
    ]
    (body,) = sections(intake)
    assert "### 存在问题\n\n1. 人员少。" in body["背景"] and body["建议"].startswith("一、设立")


def test_the_form_is_told_with_reasons(tmp_path: Path) -> None:
    (outcome,) = bring_in(tmp_path, KEY_TITLE_FIRST).outcomes
    assert outcome.understood.parsed.reasons[-1] == "有督办领导，是重点督办提案"
    assert "督办领导 2 处" in outcome.understood.parsed.reasons


# -- Word -------------------------------------------------------------------------------------------


def test_a_form_of_two_and_four_columns(tmp_path: Path) -> None:
    document = Document()
    table = document.add_table(rows=0, cols=4)
    for row in (
        ("提案编号", "0321", "届次", "三届二次"), ("案由", "关于加强犬类管理的提案", "", ""),
        ("提案人", "张一鸣", "界别", "经济界"), ("主办单位", "区公安分局", "会办单位", "区城管局"),
    ):  # fmt: skip
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    table = document.add_table(rows=0, cols=2)
    for row in (
        ("提案内容", "遛狗不牵绳现象多。建议：加强巡查。"),
        ("办理情况", "已开展专项整治4次。\n处罚32起。"),
    ):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(tmp_path / "a.docx"))
    intake = take_in(Request((tmp_path / "a.docx",), tmp_path / "content"))
    (case,) = fields(intake)
    assert {key: case[key] for key in ("title", "number", "proposers", "hosts", "co_hosts")} == {
        "title": "关于加强犬类管理的提案", "number": "0321", "proposers": ["张一鸣"],
        "hosts": ["区公安分局"], "co_hosts": ["区城管局"],
    }  # fmt: skip
    assert sections(intake) == [
        {
            "背景": "遛狗不牵绳现象多。",
            "建议": "建议：加强巡查。",
            "办理答复": "已开展专项整治4次。\n\n处罚32起。",
        }
    ]


def test_a_table_of_data_stays_a_table(tmp_path: Path) -> None:
    document = Document()
    document.add_heading("关于增设社区食堂的建议", 2)
    for text in ("提案人：李小满", "老人吃饭不便。", "主办单位：区民政局", "现有食堂如下。"):
        document.add_paragraph(text)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(
        [c for row in table.rows for c in row.cells], ("街道", "食堂|个", "东街", "3"), strict=True
    ):
        cell.text = text
    document.save(str(tmp_path / "a.docx"))
    intake = take_in(Request((tmp_path / "a.docx",), tmp_path / "content"))
    assert (
        sections(intake)[0]["办理答复"]
        == "现有食堂如下。\n\n| 街道 | 食堂\\|个 |\n|---|---|\n| 东街 | 3 |"
    )


# -- what the source said ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["# 井号开头。", "1) 括号。", "7. 第七条。", "- 短横。", "+ 加号。", "> 大于号。", "*星号*和_下划线_。", "[甲](http://a.b)。", "<b>标签</b>。", "a\\b。", "`代码`。", "~~删~~。", "[^1]注。", "&amp;实体。", "===", "甲 | 乙。"],
)  # fmt: skip
def test_marks_mean_what_they_meant(line: str, tmp_path: Path) -> None:
    lines = ("关于甲乙丙丁的建议", "第一段。", line, "最后一段。")
    manuscript = Manuscript(
        "a.docx", "word", tuple(Line(n, text) for n, text in enumerate(lines, 1))
    )
    (draft,) = understand(manuscript).parsed.drafts
    from broadsheet.manuscripts.body import render_section

    (blocks,) = draft.sections.values()
    body, problems = read_body(render_section(blocks, marked=False))
    assert not problems
    assert "".join(body.sections[0].paragraphs).replace(" ", "") == "".join(lines[1:]).replace(
        " ", ""
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("如有疑问请致电0571-88886666。", ["0571-88886666"]),
        ("联系人:张三,电话:13900001111", ["联系人:张三,电话:13900001111"]),
        ("邮箱 a.b@example.gov.cn", ["a.b@example.gov.cn"]),
        ("身份证号330106199001011234", ["身份证号330106199001011234"]),
        ("投资13800000000元", []), ("文号〔2023〕13800000000号", []), ("2023-10-16", []), ("电话为民服务中心", []),
        ("请拨打12345", []), ("共13800138000人次", []), ("面积0571-2000平方米", []), ("合同价1390000.1111万元", []),
    ],
)  # fmt: skip
def test_contact_details(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end, _ in find_contacts(text)] == found


@pytest.mark.parametrize(
    ("label", "field"),
    [("提 案 人", "proposers"), ("**领衔代表**", "proposers"), ("【主办单位】", "hosts"), ("牵头部门", "hosts"), ("协办单位", "co_hosts"), ("类 别", "rating"), ("提案办理第二轮分类评价", "rating"), ("意见建议", "建议"), ("办理工作成效", "办理答复"), ("为此建议", None), ("目前", None)],
)  # fmt: skip
def test_labels(label: str, field: str | None) -> None:
    known = classify(label)
    assert (known.field if known else None) == field


@pytest.mark.parametrize(
    ("text", "value"),
    [("Ａ类", "A"), ("(C)", "C"), ("A1", "A1"), ("【B】", "B"), ("提案", ""), ("E", ""), ("已解决", ""), ("AB", "")],
)  # fmt: skip
def test_grades(text: str, value: str) -> None:
    assert read_grade(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("二〇二三年十月十六日", "2023-10-16"), ("2023 年 7 月 1 日", "2023-07-01"), ("2021.7.20", "2021-07-20"), ("2023年13月1日", ""), ("2O23年1月1日", ""), ("2023年2月30日", ""), ("2019-11-29 08:22", "2019-11-29")],
)  # fmt: skip
def test_dates(text: str, value: str) -> None:
    assert read_date(text) == value


@pytest.mark.parametrize(
    ("text", "names", "more"),
    [("黄莉新等25位委员", ["黄莉新"], 24), ("王 芳、李　明", ["王芳", "李明"], 0), ("提案委员会", ["提案委员会"], 0), ("张三和李四委员", ["张三", "李四"], 0), ("阿依古丽·买买提", ["阿依古丽·买买提"], 0), ("甲乙、丙丁等十二人", ["甲乙", "丙丁"], 10)],
)  # fmt: skip
def test_names(text: str, names: list[str], more: int) -> None:
    found = read_names(Excerpt((Span(0, 0, text),)))
    assert ([name.text for name in found.names], found.more) == (names, more)


@pytest.mark.parametrize(
    ("text", "title"),
    [("关于支持东湖区 低空经济的建议", "关于支持东湖区低空经济的建议"), ("建好口袋公园 扮靓城市生活", "建好口袋公园 扮靓城市生活"), ("关于推进AI 赋能的建议", "关于推进AI 赋能的建议"), ("对县政协十届 第 3 号提案的答复", "对县政协十届第3号提案的答复")],
)  # fmt: skip
def test_blanks_in_titles(text: str, title: str) -> None:
    assert read_title(Excerpt((Span(0, 0, text),)))[0].text == title


def test_page_numbers_go_and_sentences_are_put_together(tmp_path: Path) -> None:
    text = KEY_TITLE_FIRST.replace("加快管\n网建设", "加快管\n\n— 3 —\n\n网建设").replace(
        "完成管网", "完成\n第 4 页 共 9 页\n管网"
    )
    intake = bring_in(tmp_path, text)
    body = sections(intake)[0]
    assert "加快管网建设" in body["建议"] and body["办理答复"] == "完成管网12.6公里。"
    dropped = [
        part.text
        for _, part in intake.outcomes[0].understood.account.dropped_parts()
        if part.fate.reason == "页码"
    ]
    assert dropped == ["— 3 —", "第 4 页 共 9 页"]


def test_numbers_of_other_things_are_not_the_proposals(tmp_path: Path) -> None:
    text = "关于区政协委员提案的答复\n\n王芳委员：\n\n您提出的关于3号路改造的提案收悉，依据市政府第58号令和第7号公告，现答复如下：\n\n已经完工。\n\n东区住建局\n2023年1月5日\n"
    (case,) = fields(bring_in(tmp_path, text))
    assert "number" not in case


COUNTED = """\
重点提案办理情况选登

案例一：关于提升农村饮水安全的建议（第108号）
提案单位：民盟东湖区基层委员会
督办领导：区政协主席王一平
承办部门：区水利局、区卫健局
会办单位：区财政局
办理结果：A类
办理情况：
2024年改造管网38公里。
委员评价：满意

案例二：关于加强公园管理的建议（第112号）
领衔委员：陈思
督办领导：区政协副主席李 红
承办部门：区城管局
办理结果：B类
办理情况：
新增垃圾箱200个。
委员评价：基本满意
"""


def test_counted_pieces_with_the_number_behind_the_title(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, COUNTED)
    first, second = fields(intake)
    assert first["title"] == "关于提升农村饮水安全的建议" and first["number"] == "108"
    assert first["hosts"] == ["区水利局", "区卫健局"] and first["satisfaction"] == "满意"
    assert second["supervisors"] == [{"name": "李红", "post": "区政协副主席"}]
    page = (tmp_path / "content" / intake.outcomes[0].page_file).read_text("utf-8")
    assert "title: 重点提案办理情况选登" in page


BULLETED = """\
■案由：关于推广垃圾分类的提案
■提案者：区政协人口资源环境委员会
■案情及建议：垃圾分类投放准确率不高。建议加强宣传。
■承办单位：区综合行政执法局
■办理结果：A
■办理情况：新建定时定点投放点120处。

■案由：关于加强河道保洁的提案
■提案者：沈青、韩梅
■案情及建议：部分河道有漂浮物。建议增加保洁频次。
■承办单位：区水务局
■办理结果：B
■办理情况：实行每日两巡。
"""

TO_LEARN_FROM = """\
# 参考提案一：

关于推动“医养结合”高质量发展 破解 农村养老难题的提案

目前，全区60周岁以上老人占28.6%。存在以下问题：

一是机构少。全区仅有养老机构9家，占
比3.5%。

二是人才缺。

为此，我们建议：

（一）增加供给。盘活闲置校舍。

（二）培养人才。

# 参考提案二：

关于打造沿江景观带的提案

沿江岸线长12公里，基础好。为此建议：一是统一规划；二是分段实施。
"""

INTERRUPTED = """\
履职尽责谋发展 建言献策惠民生
——区政协二届三次会议大会发言摘要

民建区基委 周涛

## 优化营商环境 助推民营经济发展

**观点：** 民营企业是经济发展的主力军，

目前仍面临融资难。

**建议：**

1.完善政策体系。制定惠企清单，

发言人：周涛

提案人：民建东江区基层委员会

推动政策直达快享。

2.畅通融资渠道。

## 深化产教融合 培育技能人才

**观点：** 技能人才缺口大。

**建议：**

1.共建实训基地。

提案人：吴迪、郑爽
"""


def test_labels_behind_bullets(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, BULLETED)
    first, second = fields(intake)
    assert first["title"] == "关于推广垃圾分类的提案" and second["proposers"] == ["沈青", "韩梅"]
    assert sections(intake)[1] == {
        "背景": "部分河道有漂浮物。建议增加保洁频次。",
        "办理答复": "实行每日两巡。",
    }


def test_markers_as_headings_and_a_residue_in_the_title(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, TO_LEARN_FROM)
    first, _ = fields(intake)
    assert first["title"] == "关于推动“医养结合”高质量发展 破解农村养老难题的提案"
    assert "title" in [one["field"] for one in first["needs_review"]]
    assert sections(intake)[0]["建议"].startswith("为此，我们建议：")
    assert "占比3.5%。" in sections(intake)[0]["背景"]
    assert sections(intake)[1] == {
        "背景": "沿江岸线长12公里，基础好。",
        "建议": "为此建议：一是统一规划；二是分段实施。",
    }


def test_names_in_the_middle_of_a_sentence(tmp_path: Path) -> None:
    intake = bring_in(tmp_path, INTERRUPTED)
    first, second = fields(intake)
    assert first["speaker"] == "周涛" and first["proposers"] == [
        {"name": "民建东江区基层委员会", "type": "party"}
    ]
    assert second["proposers"] == ["吴迪", "郑爽"]
    assert "制定惠企清单，推动政策直达快享。" in sections(intake)[0]["建议"]
    joins = intake.outcomes[0].understood.account.joins
    assert [join.over for join in joins] == [(), (15, 17)]
