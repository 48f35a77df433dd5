"""The report of an import: where each character of the source has gone, as JSON and as text.

Beside the record stands, for each manuscript, what does not change from one import of it to the
next (`lasting`); contact details are blotted out there, since those files go into git. What a
command prints (`as_record`, `as_text`) also tells what this run did, and holds everything.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from broadsheet.manuscripts.account import PUBLICATION, Fate
from broadsheet.manuscripts.records import FOLDER
from broadsheet.models import KIND_NAMES
from broadsheet.scan import display
from broadsheet.slugs import pinyin, short_hash

if TYPE_CHECKING:
    from broadsheet.manuscripts.outcomes import CaseOutcome, Intake, Outcome

VERSION = 1
_OBVIOUS = re.compile("空白|字段名|小节名|标题的标记|行首行尾|标点和排版")
_CONTACT = re.compile("联系|电话|邮箱|身份证")
_ACTIONS = {
    "new": "新建", "updated": "更新", "unchanged": "没有变化", "kept": "保留，没有动",
    "gone": "已删去，没有恢复",
}  # fmt: skip
FIELD_NAMES = {
    "title": "标题", "number": "提案号", "proposers": "提案人", "proposers_more": "未写姓名的人数",
    "speaker": "发言人", "hosts": "主办单位", "co_hosts": "协办单位", "supervisors": "督办领导",
    "ratings": "评价", "merged_numbers": "并案", "satisfaction": "满意度", "reply.no": "文号",
    "reply.date": "答复日期", "reply.unit": "答复单位", "reply.signer": "签发人",
    "source.name": "来源",
    "source.date": "刊发日期", "source.page": "版面", "source.url": "网址", "keywords": "关键词",
    "summary": "摘要", "body": "正文", "figures": "公布的数字", "date": "日期", "theme": "主题",
    "kind": "文种", "timeline": "办理经过",
    "region": "地区", "session": "届次", "declared_total": "总件数",
}  # fmt: skip


def as_record(intake: Intake) -> dict[str, Any]:
    """The whole report, for `--format json`."""
    return {
        "dry_run": intake.dry_run,
        "written": sorted(display(intake.content / path) for path in intake.files),
        "manuscripts": [
            {
                **manuscript_record(outcome, blot=False),
                "cases": [_case(one, intake) for one in outcome.cases],
            }
            for outcome in intake.outcomes
        ],
    }


def _case(one: CaseOutcome, intake: Intake) -> dict[str, Any]:
    return {
        "id": one.id,
        "file": display(intake.content / one.file),
        "action": one.action,
        "updated": one.updated,
        "conflicts": one.conflicts,
        "fields": one.written.fields,
        "sections": one.written.sections,
        "needs_review": one.written.fields.get("needs_review", []),
    }


def manuscript_record(outcome: Outcome, *, blot: bool) -> dict[str, Any]:
    """What became of one manuscript: the form, the account, each line. Lines count from 1."""
    understood = outcome.understood
    manuscript, parsed, account = understood.manuscript, understood.parsed, understood.account
    numbers = [line.number for line in manuscript.lines]
    outside = sum(len(one.text) for one in manuscript.dropped)
    return {
        "version": VERSION,
        "manuscript": manuscript.name.rpartition("/")[2] if blot else manuscript.name,
        "publication": {
            "id": outcome.publication,
            "file": outcome.page_file,
            **({} if blot else {"action": outcome.page}),
        },
        "form": {"id": parsed.form, "name": parsed.name, "reasons": parsed.reasons},
        "remarks": list(manuscript.remarks),
        "account": {
            "source": account.source + outside,
            "placed": account.placed,
            "dropped": account.dropped + outside,
            "joins": len(account.joins),
            "balanced": account.source == account.placed + account.dropped,
        },
        "lines": [
            {
                "line": numbers[index],
                "parts": [_part(part.text, part.fate, outcome, blot) for part in parts],
            }
            for index, parts in enumerate(account.lines)
            if parts
        ],
        "left_out_by_reader": [
            {"line": one.number, "text": one.text, "reason": one.reason}
            for one in manuscript.dropped
        ],
        "joins": [
            {
                "line": numbers[join.before],
                "next": numbers[join.after],
                "text": f"{join.left}｜{join.right}",
                "over": [numbers[index] for index in join.over],
            }
            for join in account.joins
        ],
        "publication_review": [
            {"field": one.field, "why": one.why} for one in parsed.masthead.reviews
        ],
        "cases": [
            {
                "id": one.id,
                "kind": one.written.fields["kind"],
                "title": one.written.fields["title"],
                "needs_review": one.written.fields.get("needs_review", []),
            }
            for one in outcome.cases
        ],
    }


def _part(text: str, fate: Fate, outcome: Outcome, blot: bool) -> dict[str, Any]:
    if fate.reason:
        hidden = blot and _CONTACT.search(fate.reason)
        return {"text": "＊" * len(text) if hidden else text, "dropped": fate.reason}
    case = fate.case if fate.case is not None else PUBLICATION
    where = outcome.publication if case == PUBLICATION else outcome.cases[case].id
    return {"text": text, "case": where, "field": fate.field}


# -- beside the record ----------------------------------------------------------------------------


def lasting(outcome: Outcome) -> list[tuple[str, str]]:
    """Path below the content folder, and text, of the report files of one manuscript."""
    name = outcome.understood.manuscript.name.rpartition("/")[2]
    stem = re.sub(r"\.[^.]*$", "", name)
    slug = "-".join(part for part in (pinyin(stem)[:40].strip("-"), short_hash(name)) if part)
    base = f"{FOLDER}/{outcome.publication}/{slug}.import-report"
    record = manuscript_record(outcome, blot=True)
    return [
        (f"{base}.json", json.dumps(record, ensure_ascii=False, indent=1) + "\n"),
        (f"{base}.txt", "\n".join(_full_text(record)) + "\n"),
    ]


def _full_text(record: dict[str, Any]) -> list[str]:
    account = record["account"]
    lines = [
        f"导入报告：{record['manuscript']}",
        f"刊次：{record['publication']['id']}",
        f"格式：{record['form']['name']}（{'；'.join(record['form']['reasons'])}）",
        _sum(account["source"], account["placed"], account["dropped"], account["joins"]),
    ]
    lines += [f"说明：{remark}" for remark in record["remarks"]]
    lines += ["", "各篇"]
    for case in record["cases"]:
        lines.append(f"  {case['id']}  {KIND_NAMES[case['kind']]}  {case['title']}")
        lines += [f"    请看：{_field(one['field'])}：{one['why']}" for one in case["needs_review"]]
    lines += [
        f"  刊次  请看：{_field(one['field'])}：{one['why']}"
        for one in record["publication_review"]
    ]
    if record["joins"]:
        lines += ["", "接上的句子"]
        for join in record["joins"]:
            over = (
                f"（中间的第 {'、'.join(map(str, join['over']))} 行不属于这一句）"
                if join["over"]
                else ""
            )
            lines.append(f"  第 {join['line']} 行接第 {join['next']} 行：{join['text']}{over}")
    lines += ["", "逐行"]
    for line in record["lines"]:
        for part in line["parts"]:
            if part.get("dropped") == "空白":
                continue
            where = (
                f"略去：{part['dropped']}"
                if "dropped" in part
                else f"{part['case']} {_field(part['field'])}"
            )
            lines.append(f"  {line['line']:>4}  {where}  {part['text']}")
    lines += [
        f"  {one['line'] or '—':>4}  略去：{one['reason']}  {one['text'][:200]!r}"
        for one in record["left_out_by_reader"]
    ]
    return lines


def _field(name: str) -> str:
    return FIELD_NAMES.get(name, FIELD_NAMES.get(name.partition(".")[0], name))


# -- on the screen --------------------------------------------------------------------------------


def as_text(intake: Intake) -> str:
    """What an editor reads after an import."""
    lines: list[str] = []
    for outcome in intake.outcomes:
        parsed, account = outcome.understood.parsed, outcome.understood.account
        lines.append(
            f"{outcome.understood.manuscript.name}：{parsed.name}，{len(outcome.cases)} 篇，"
            f"刊次 {outcome.publication}"
        )
        lines.append(f"  认出的理由：{'；'.join(parsed.reasons)}")
        joins = len(account.joins)
        lines.append("  " + _sum(account.source, account.placed, account.dropped, joins))
        lines += [f"  {remark}" for remark in outcome.understood.manuscript.remarks]
        if outcome.page:
            lines.append(
                f"  {_ACTIONS[outcome.page]}  {display(intake.content / outcome.page_file)}"
            )
        for one in outcome.cases:
            lines.append(
                f"  {_ACTIONS[one.action]}  {display(intake.content / one.file)}"
                f"  {one.written.fields['title']}"
            )
            if one.updated:
                lines.append(f"      更新了：{'、'.join(_field(key) for key in one.updated)}")
            if one.action in ("new", "updated"):
                lines += [
                    f"      请看：{_field(r['field'])}：{r['why']}"
                    for r in one.written.fields.get("needs_review", [])
                ]
        dropped = [
            (index, part) for index, part in account.dropped_parts()
            if not _OBVIOUS.match(part.fate.reason)
        ]  # fmt: skip
        numbers = [line.number for line in outcome.understood.manuscript.lines]
        lines += [
            f"  略去第 {numbers[index]} 行：{_shown(part.text)}（{part.fate.reason}）"
            for index, part in dropped
        ]
        lines += [
            f"  接上第 {numbers[one.before]}、{numbers[one.after]} 行：{one.left}｜{one.right}"
            for one in account.joins
        ]
        lines.append("")
    count = sum(path.endswith(".md") for path in intake.files)
    if intake.dry_run:
        lines.append(f"试运行：会写 {count} 个稿件文件，现在什么也没有写。")
    elif count:
        where = display(intake.content / FOLDER)
        lines.append(f"写了 {count} 个稿件文件；逐行的导入报告在 {where} 里。")
    else:
        lines.append("没有要写的，稿件文件夹没有变。")
    return "\n".join(lines)


def _sum(source: int, placed: int, dropped: int, joins: int) -> str:
    told = f"原文 {source} 字 = 放进案例 {placed} 字 + 略去 {dropped} 字"
    return f"{told}；接上断开的句子 {joins} 处"


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:40] + "……"
