"""What a label is: the words before a colon that name a field, in all the ways offices write them.

Before words are compared, marks of Markdown, brackets and the blanks between characters are taken
out, and `:` counts as `：`. A label stands at the beginning of a line, or after blanks; it may stand
in brackets (【…】), in bold, or alone on its line with the value below it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from broadsheet.manuscripts.excerpt import BLANKS, Excerpt

_MARKS = re.compile(r"[\s\u3000\u00a0\u200b\ufeff*#_【】\[\]〔〕（）()《》<>「」■●◆▲★☆·•]+")


def normal(text: str) -> str:
    """A label as it is compared: NFKC, without blanks, marks and brackets."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).strip(":：")


def _words(*words: str) -> frozenset[str]:
    return frozenset(word for group in words for word in group.split())


# what the label of a field may be; `-` as a field: the reader of a case has no use for it
WORDS: dict[str, frozenset[str]] = {
    "proposers": _words(
        "提案人 提案者 提案委员 提案单位 提案人姓名 提出人 提案提出人 提案提出者 第一提案人 第一提案者 主提人",
        "主提案人 提案第一人 领衔代表 领衔人 领衔委员 领衔提案人 领衔提出人 领衔建议人 领衔提名人 建议人 建议者",
        "建议提出人 建议代表 提建议人 提议人 议案人 提案方 提案党派 提案界别 提案团体 委员姓名 代表姓名 联名提案人",
        "联名人 联名委员 联名代表 附议人 附议委员 附议代表 附议 提出者 提案委员会 提出单位 提案人员 提出委员 提出代表",
        "提案人(单位) 提案人单位 提案者单位 提案人/单位 提案人或单位",
    ),
    "speaker": _words("发言人 发言者 发言委员 发言代表 主讲人 发言嘉宾 大会发言人"),
    "hosts": _words(
        "主办单位 承办单位 牵头单位 主办部门 承办部门 牵头部门 主办 承办 牵头 答复单位 办理单位 责任单位 责任部门",
        "主责单位 主办(承办)单位 主(承)办单位 主承办单位 承办主体 牵头办理单位 主要承办单位 主办方 独办单位 分办单位",
        "答复部门 办理部门 承办机构 联系单位 分办(主办)单位 主办单位名称 承办单位名称 牵头承办单位 牵头主办单位",
    ),
    "co_hosts": _words(
        "会办单位 协办单位 会办 协办 会办部门 协办部门 配合单位 配合部门 参与单位 参办单位 会办协办单位 会同单位",
        "协同单位 协助单位 会办(协办)单位 协办会办单位 联办单位 会同办理单位 协同办理单位",
    ),
    "supervisors": _words(
        "督办领导 督办人 领衔督办 领衔督办领导 督办主席 督办副主席 督办主任 督办副主任 督办 督办负责人 牵头督办领导",
        "领衔督办人 重点督办领导 督办领导人 督办市领导 督办区领导 督办县领导 领衔领导",
        "督办责任人 督办领导姓名 牵头督办 督办委领导 督办政协领导",
    ),
    "number": _words(
        "提案号 提案编号 建议号 建议编号 编号 案号 议案编号 议案号 提案案号 建议案号 提案编码 提案号码 案由编号 立案号",
        "件号 提案/建议号",
    ),
    "title": _words(
        "案由 标题 题目 提案标题 提案题目 提案名称 建议标题 建议名称 建议题目 信息名称 发言题目 提案案由 名称 提案主题 "
        "建议案由 议案标题 议案名称 标　题 题　目 案名",
    ),
    "rating": _words(
        "分类评价 办理类别 办理结果 类别 答复类别 办理等级 评价等级 等级 办理结果类别 结果分类 复文类别 答复类型 办理类型 "
        "办理分类 办理情况分类 办理结果分类 办理结果标注 评价 评定等级 办理评价 评价结果 办理程度 办理结果等级 提案类别 分类 "
        "建议类别 答复分类 办复类别 办复结果 提案分类评价 办理情况类别 类型 办理评定 复函类别 答复结果 考评等级 "
        "办理质量评价 提案办理分类评价 办理结果代码 办理结果类型 结果类别 回复类别 答复等级 办理答复类别",
    ),
    "satisfaction": _words(
        "满意度 委员评价 提案人评价 满意情况 代表评价 委员满意度 代表满意度 满意程度 提案人满意度 委员反馈 反馈意见 "
        "提案者评价 委员意见 代表意见 满意度评价 评价意见 征询意见 面商结果 提案人意见 反馈结果 委员满意情况 满意率评价",
    ),
    "reply.no": _words(
        "文号 发文字号 发文号 复文号 答复文号 文件编号 文件号 发文文号 文件字号 答复文件号 公文号 函号 发文编号",
    ),
    "reply.date": _words(
        "答复日期 答复时间 办复时间 办复日期 成文日期 成文时间 发文日期 落款日期 签发日期 签发时间 复函日期 回复时间 回复日期 生成日期 办结时间 "
        "办结日期",
    ),
    "reply.unit": _words("发文机关 发文单位 制发机关 发布机构 发布单位 发文机构 公开机构 公开单位 公开主体 制发单位 信息发布机构 发布部门"),
    "signer": _words("签发人 签发 领导签发 签发领导 审签人 签批人 签发人姓名 审签 签发者 签发负责人 主要领导签发"),
    "source.date": _words(
        "发布日期 发布时间 公开日期 公开时间 时间 日期 发稿时间 更新时间 刊发日期 更新日期 信息时间 发表时间 录入时间 刊登日期 上传时间 "
        "发布于 见报日期",
    ),
    "source.name": _words("来源 信息来源 文章来源 稿件来源 稿源 信息来源单位 供稿 供稿单位 来源单位 原载 来源媒体 资料来源 刊载媒体 来源于"),
    "source.page": _words("版面 版次 刊发版面"),
    "source.url": _words("网址 链接 原文链接 原文网址 原文地址 来源网址 文章链接 原文"),
    "merged_numbers": _words("并案 并案提案号 并案提案 合并提案 并案号 并案办理 并案编号 合并办理 合并提案号 并案处理"),
    "keywords": _words("关键词 主题词 关键字"),
    "summary": _words("摘要 内容摘要 提要 内容提要 内容概述"),
    "session": _words("届次 会议 会议届次 所属届次 届别 会次 所属会议 提案届次 会议名称"),
}  # fmt: skip

SECTIONS: dict[str, frozenset[str]] = {
    "背景": _words(
        "背景 提案背景 案由背景 情况 现状 基本情况 存在问题 存在的问题 主要问题 问题 现状与问题 现状及问题 情况分析 背景情况 背景分析 "
        "问题分析 现状分析 调研背景 背景和问题 背景与问题 当前问题 问题和现状 情况反映 建议背景 提案缘由 提案理由 理由 提案原因 背景介绍",
    ),
    "观点": _words("观点 主要观点 核心观点 观点摘要 发言观点 委员观点 我的观点 基本观点 主要看法"),
    "建议": _words(
        "建议 意见建议 对策建议 具体建议 建议内容 工作建议 意见和建议 意见与建议 主要建议 提案建议 委员建议 几点建议 办法 建议措施 "
        "对策 对策与建议 对策和建议 建议意见 相关建议 我们建议 代表建议 建议办法 建议和措施 意见及建议",
    ),
    "办理答复": _words(
        "办理答复 办理情况 答复 办理工作成效 办理成效 答复意见 答复内容 办理过程 承办单位答复 办理落实情况 办理回复 答复情况 办理工作情况 "
        "办理进展 办理意见 答复摘要 办理工作 回复 回应 部门回应 部门答复 办理结果及成效 落实情况 办理措施 主办单位答复 办理举措 办理摘要 "
        "办理回音 承办回应 单位答复 承办单位回应 部门回复 办理报告 办理落实 办理经过 回复内容 回复意见 答复要点 成效 办理效果 督办情况 "
        "督办成效 办理反馈 承办情况 落实成效 办理实效",
    ),
    "提案内容": _words(
        "提案主要内容 提案内容 主要内容 内容 提案摘要 建议主要内容 提案简介 内容摘录 提案要点 提案正文 提案内容摘要 提案概要 提案概述 "
        "案情 提案原文 正文 发言内容 发言摘要 发言要点 案由内容 议案内容 建议摘要",
    ),
}  # fmt: skip

CONTACT = _words(
    "联系人 联系电话 电话 手机 手机号 手机号码 联系方式 联系人及电话 联系人及联系电话 联系人电话 传真 邮箱 电子邮箱 电子邮件 email e-mail 邮编 "
    "邮政编码 经办人 承办人 承办人及电话 经办人电话 承办人电话 联系地址 通讯地址 地址 身份证号 身份证 身份证号码 qq 微信 微信号 办公电话 "
    "咨询电话 联系手机 固定电话 电话号码 经办人及电话 联系人和电话 联系人姓名 经办人及联系电话 具体联系人 承办人及联系电话 联络人 联络员 "
    "承办人员 经办人员 联系人员 单位地址 办公地址 联系人电话号码 联络电话 监督电话 承办科室电话 联系电话及联系人 联系人联系电话 移动电话 tel "
    "经办联系人 办公室电话 责任人及电话 联系人/电话",
)

FURNITURE = _words(
    "索引号 公开程序 公开方式 公开范围 公开程度 失效日期 失效时间 有效性 是否有效 浏览次数 点击数 点击量 点击率 阅读 阅读量 阅读次数 责任编辑 编辑 审核 打印 字号 "
    "字体 字体大小 是否同意公开 是否公开 公开属性 公开类别 信息分类 体裁分类 主题分类 服务对象 分享到 分享 发布人 信息索引号 信息类别 文章编号 访问量 "
    "访问次数 浏览量 浏览 点击次数 点击 次数 生效日期 生效时间 废止日期 文件状态 信息标签 上一篇 下一篇 上一条 下一条 上一页 下一页 当前位置 您的位置 您所在的位置 "
    "您现在的位置 所在位置 你的位置 当前所在位置 附件 附件下载 抄送 抄报 抄送单位 报送 主送 送 报 发 分送 印发 相关链接 相关附件 相关文档 终审 初审 复审 "
    "二审 三审 校对 责编 签审 公开形式 同意公开 公开选项 公开情况 信息公开 公开 信息公开属性 此件公开 密级 缓急 份数 印数 组配分类 组配类别 文件有效性 "
    "体裁 语种 信息来源地 字号选择 收藏 扫一扫 二维码 页面大小 阅读方式 保护视力色 背景色 视力保护色 信息编号 文件分类 主题类别 标签 撰稿 录入 录入人 录入者 制作 "
    "信息员 审核人 审核人员 编审 监制 值班编辑 是否予以公开 予以公开 公开类型 是否全文公开 公开建议 公开意见 是否主动公开 建议公开 信息形式 公开时限 公开期限 "
    "发布层级 信息格式 信息语种 载体 版权所有 主办单位网站",
)

# a label that must not be looked for elsewhere than at the beginning of a line: it is a common word
_COMMON = _words(
    "主办 承办 牵头 会办 协办 督办 类别 等级 评价 分类 类型 编号 序号 名称 时间 日期 电话 地址 阅读 打印 分享 公开 送 报 发 附议 原文 "
    "链接 来源 理由 会议 并案 审核 编辑 附件 标签 印发 主送 报送 收藏 浏览 点击 次数 责编 制作 校对 体裁 载体",
)

_ROUND = re.compile(
    r"(?:提案|建议)?(?:办理)?(?:情况)?第?(?P<round>[一二三四五1-5])(?:轮|次)(?:提案|建议)?(?:办理)?(?P<rest>.+)"
)
_TURNS = {"初": 1, "首": 1, "再": 2, "复": 2, "终": 2}
_TURN = re.compile(
    r"(?:提案|建议)?(?P<turn>[初首再复终])(?:次|轮)?(?P<rest>评价|评|办理评价|分类评价|办理类别|评等级)"
)
_HAN_DIGITS = "一二三四五"
_BY_WORD = {word: key for key, words in WORDS.items() for word in words}
_SECTION_BY_WORD = {word: key for key, words in SECTIONS.items() for word in words}
_PREFIX = re.compile(r"^(?:提案|建议|议案)(?:的)?(?=主办|承办|牵头|会办|协办|督办|分类|办理|答复)")
_ORDER = re.compile(r"^(?:[一二三四五六七八九十]+、|[0-9]+[.、])")


@dataclass(frozen=True, slots=True)
class Label:
    """`field` is a key of WORDS, a section, `contact` or `furniture`; `round` is of a rating."""

    field: str
    word: str
    round: int = 0
    kind: str = "field"  # field, section, contact, furniture


def classify(text: str) -> Label | None:
    """The label that `text` is, all of it; None where it is none."""
    word = normal(text).lower()
    if not word or len(word) > 24:
        return None
    for candidate in dict.fromkeys((word, _PREFIX.sub("", word))):
        if key := _BY_WORD.get(candidate):
            return Label(key, word)
        if candidate in CONTACT:
            return Label("contact", word, kind="contact")
        if section := _SECTION_BY_WORD.get(candidate):
            return Label(section, word, kind="section")
        if candidate in FURNITURE:
            return Label("furniture", word, kind="furniture")
    if found := _ROUND.fullmatch(word):
        if _BY_WORD.get(found["rest"]) == "rating":
            digit = found["round"]
            turn = _HAN_DIGITS.index(digit) + 1 if digit in _HAN_DIGITS else int(digit)
            return Label("rating", word, turn)
    if found := _TURN.fullmatch(word):
        return Label("rating", word, _TURNS[found["turn"]])
    return None


# -- labels in a line -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Labelled:
    """A label where it stands, and what stands behind it on the line."""

    label: Label
    words: Excerpt
    value: Excerpt


_DATED = re.compile(
    r"[\s\u3000*]*(?:19|20)\d\d[-年./]\d{1,2}[-月./]\d{1,2}日?(?:\s+\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?[\s\u3000*]+"
)
_COLON = re.compile(r"[:：]")
_CANDIDATE = re.compile(r"[\w\s\u3000\u00a0*#【】\[\]（）()/、及与和■●◆▲★•·-]+$")
_BRACKETED = re.compile(
    r"^[\s\u3000*#]*(?:【(?P<a>[^【】]{1,24})】|\[(?P<b>[^\[\]]{1,24})\]|［(?P<c>[^［］]{1,24})］"
    r"|〔(?P<d>[^〔〕]{1,24})〕|「(?P<e>[^「」]{1,24})」)[*:：]*"
)
_STARTS = re.compile(r"(?<=[\s\u3000\u00a0\]】］）)*;；|])(?=\S)")
_AFTER = BLANKS + "*_|"


def find_labels(text: Excerpt) -> tuple[Excerpt, list[Labelled]]:
    """What stands before the first label of a line, and its labels with their values."""
    line = text.text
    if found := _BRACKETED.match(line):
        inside = found["a"] or found["b"] or found["c"] or found["d"] or found["e"] or ""
        label = classify(inside)
        if label and not _COLON.search(inside):
            value = text.cut(found.end()).strip(_AFTER)
            return Excerpt(), [Labelled(label, text.cut(0, found.end()), value)]
    places: list[tuple[int, int, Label]] = []
    reached = 0
    for colon in _COLON.finditer(line):
        if colon.start() < reached:
            continue
        found_label = _label_before(line, reached, colon.start())
        if found_label:
            start, label = found_label
            places.append((start, colon.end(), label))
            reached = colon.end()
    labels = []
    for index, (start, end, label) in enumerate(places):
        until = places[index + 1][0] if index + 1 < len(places) else len(line)
        value = text.cut(end, until).strip(_AFTER)
        labels.append(Labelled(label, text.cut(start, end), value))
    return text.cut(0, places[0][0] if places else len(line)), labels


def _label_before(line: str, start: int, colon: int) -> tuple[int, Label] | None:
    """The label that ends at `colon`: the longest that begins the line, or follows a blank."""
    found = _CANDIDATE.search(line[start:colon])
    if not found:
        return None
    first = start + found.start()
    begins = [first] if first == 0 or first == start or line[first - 1] in "。；;)）】］]|" else []
    begins += [first + one.start() for one in _STARTS.finditer(line[first:colon])]
    begins = [begin for begin in dict.fromkeys(begins) if colon - begin <= 40]
    for begin in begins:
        label = classify(line[begin:colon])
        if not label and begin == first and first == 0:
            label = classify(_ORDER.sub("", normal(line[begin:colon])))
        if not label:
            continue
        at_start = not line[:begin].strip(BLANKS + "*#【[［■●◆")
        if at_start or (
            label.kind != "section" and (label.word not in _COMMON or _wide(line, begin))
        ):
            return begin, label
    return None


def _wide(line: str, begin: int) -> bool:
    """Whether two blanks, a bracket or a date stand before, as between the columns of a letterhead."""
    if _DATED.fullmatch(line[:begin]):
        return True
    before = line[:begin].rstrip("*【[［(（")
    gap = len(before) - len(before.rstrip(BLANKS))
    return gap > 1 or before[-1:] in "】］])）|" or "\u3000" in before[-1:]


def alone(text: str) -> Label | None:
    """The label that a line is, all of it, without a colon and with its value below."""
    label = classify(_ORDER.sub("", normal(text)))
    return label if label and len(label.word) > 1 else None
