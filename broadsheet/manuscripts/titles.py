"""Titles: which lines are one, and which blanks in it mean something.

A blank between two phrases is a pause that an editor set (`拓展工业赛道 打造服务高地`); a blank in
the middle of one is a line break of the printed page (`支持余杭区 低空经济`).
"""

from __future__ import annotations

import re

from broadsheet.manuscripts.excerpt import BLANKS, Excerpt
from broadsheet.manuscripts.values import HAN

NUMBERED = re.compile(
    r"^\s*(?:\d+[.．、](?!\d)|[（(]?[一二三四五六七八九十]{1,3}[)）、.．]|[①-⑳]|[（(]\d{1,2}[)）])"
)
TITLE_SHAPE = re.compile(
    r"^[《“\"]?(?:关于|对|就|为|在|进一步|加快|推进|加强|建议).{3,70}(?:的?(?:提案|建议|议案|意见|意见和建议|意见建议|思考|对策|发言|报告|复函|答复|函|案))[》”\"]?$"
)
_ENDS = "。；，、！？：;,!?:．…"
_VERBS = (
    "打造 扶持 促进 推动 推进 做好 做强 做大 做优 做精 做实 加快 助力 助推 护航 服务 提升 激活",
    "需要 高水平 高质量 高标准 高起点 全面 着力 切实 进一步 构建 建设 培育 优化 完善 加强 强化",
    "深化 实现 发挥 发展 保障 改善 提高 扩大 拓展 拓宽 增强 凝聚 汇聚 聚焦 聚力 守护 守住 引领",
    "引导 带动 带领 赋能 创建 创设 开创 开启 开展 谱写 绘就 共建 共享 共绘 共筑 共同 携手 齐心",
    "筑牢 筑就 夯实 巩固 健全 规范 落实 破解 破除 解决 化解 补齐 补强 畅通 打通 打响 打破 打好",
    "擦亮 擘画 彰显 展现 展示 弘扬 传承 传播 讲好 唱响 唱好 释放 点燃 点亮 撬动 盘活 激发 推广",
    "支持 鼓励 吸引 集聚 留住 稳定 稳住 积极 努力 大力 深入 持续 不断 扎实 全力 统筹 协同 坚持",
    "坚定 坚决 走好 走出 迈向 迈出 争当 争创 勇当 奋力 倾力 倾情 用心 用情 用好 管好 建好 办好",
    "抓好 抓实 抓牢 把好 把握 让 为 以 把 用 使 从 向 与 当 谋 促 护 聚 筑 夯 抓 助 惠 解 破",
    "补 拓 织密 织牢 系统 有效 精准 精细 科学 合理 适度 率先 重塑 再造 再现 书写 描绘 挖掘",
    "整合 融合 融入 升级 转型 突破 应对 防范 防止 预防 治理 整治 严控 严格 严守 切莫 谨防 关爱",
    "关心 关注 呵护 温暖 照亮 撑起 托起 托举 架起 搭建 搭好 铺就 答好 交出 跑出 按下 下好 念好",
    "唱 舞 奏响 吹响 擎起 高举 勇立 勇攀 树立 树牢 维护 保护 保持 确保 力促 力争 争取 探索",
    "创新驱动 改进 改革 健康 缓解 减轻 减少 降低 遏制 杜绝 满足 回应 倾听 丰富 充实 厚植 涵养",
    "滋养 孕育 催生 壮大 做活 激励 规划 多措并举 多方 双向 一体 全域 全程 全链条推进 履职 献策",
    "建言 千言 同心 凝心 合力 尽责 见证 映照 镌刻 建设好 需 须 要 应 更 再 共 同 齐",
)
_VERB = re.compile(
    "|".join(
        sorted(
            map(re.escape, {word for line in _VERBS for word in line.split()}),
            key=len,
            reverse=True,
        )
    )
)
_BLANK = re.compile(rf"[{BLANKS}]+")
_NUMBER_GAP = re.compile(
    rf"(?<=第)[{BLANKS}]+(?=\d)|(?<=\d)[{BLANKS}]+(?=[号届次])|(?<=[届次])[{BLANKS}]+(?=\d)"
)
_LONELY = re.compile(rf"(?:{_VERB.pattern}|的|和|与|及|之|更|在|对|中)$")
_TAIL = re.compile(r"(?:建议|提案|意见|议案|答复|复函)$")
_TAIL_NOUN = re.compile(
    r"^(?:若干|几点|一些|有关|相关)?(?:的)?(?:建议|提案|意见|议案|思考|对策|复函|答复|函)"
)


def title_shaped(text: str) -> bool:
    """Whether a line reads like the title of a proposal, wherever it stands."""
    text = text.strip(BLANKS + "*#")
    return bool(TITLE_SHAPE.match(NUMBERED.sub("", text).strip())) and "。" not in text


def may_be_title(text: str) -> bool:
    """Whether a line could be a title where one is expected."""
    text = text.strip(BLANKS + "*#")
    return 4 <= len(text) <= 80 and text[-1] not in _ENDS and not re.search("[。；]", text)


def residue(text: str) -> list[re.Match[str]]:
    """The blanks of a title that are no pause."""
    parts = [part for part in _BLANK.split(text.strip(BLANKS)) if part]
    if len(parts) < 2:
        return []
    found = []
    stripped = text.strip(BLANKS)
    offset = text.index(stripped[0]) if stripped else 0
    for index, blank in enumerate(_BLANK.finditer(stripped)):
        left, right = parts[index], parts[index + 1]
        if not _is_pause(left, right, len(parts)):
            moved = re.compile(re.escape(blank[0])).match(text, offset + blank.start())
            if moved:
                found.append(moved)
    return found


def _is_pause(left: str, right: str, parts: int) -> bool:
    before, after = left[-1], right[0]
    if (
        re.match(rf"[{HAN}”“》《‘’「」（(]", before) is None
        or re.match(rf"[{HAN}“《‘「（(]", after) is None
    ):
        return True  # between Latin words or numbers a blank is a blank
    if before in "：:，、" or after in "，、":
        return False
    if _TAIL_NOUN.match(right):
        return False
    core = re.sub(r"^.{1,8}[：:]", "", left)
    if _LONELY.fullmatch(core):  # a verb alone, and what it governs behind the blank
        return False
    if re.match(r"第[\d零〇一二三四五六七八九十百]+[届次号]", right):
        return False
    framed = re.match(r"(?:关于|对|就|建议)", core) or _TAIL.search(right)
    if parts == 2 and not framed and abs(len(core) - len(right)) <= 1 and len(core) >= 4:
        return True  # a couplet
    if re.search(
        r"(?:更高|更好|更加|的|和|与|及|之|在|对|将|把|被|我[区市县省]|全[区市县省])$", left
    ) and not _VERB.match(right):
        return False
    return _VERB.match(right) is not None


def read_title(excerpt: Excerpt) -> tuple[Excerpt, list[str]]:
    """A title without 《》 around it and without residue, and the places of that, as quotations."""
    excerpt = _unwrapped(excerpt.strip(BLANKS + "*#"))
    text = excerpt.text
    stray = residue(text)
    around = list(_NUMBER_GAP.finditer(text))
    notes = [text[max(0, one.start() - 6) : one.end() + 6] for one in stray]
    kept, reached = Excerpt(), 0
    for one in sorted((*stray, *around), key=lambda found: found.start()):
        if one.start() < reached:
            continue
        kept += excerpt.cut(reached, one.start())
        reached = one.end()
    return kept + excerpt.cut(reached), notes


def _unwrapped(excerpt: Excerpt) -> Excerpt:
    text = excerpt.text
    if (
        text.startswith("《")
        and text.endswith("》")
        and "《" not in text[1:]
        and "》" not in text[:-1]
    ):
        return excerpt.cut(1, len(text) - 1).strip()
    if text.startswith("《") and text.endswith("》") and text.count("《") == text.count("》"):
        depth = 0
        for place, sign in enumerate(text):
            depth += (sign == "《") - (sign == "》")
            if depth == 0:
                return excerpt.cut(1, len(text) - 1).strip() if place == len(text) - 1 else excerpt
    return excerpt
