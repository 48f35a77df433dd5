"""A theme out of the words of a case. Always a proposal: an editor decides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from broadsheet.models import Theme

# for the themes that a site has unless it names its own; the words of others are in their names
WORDS = {
    "economy": (
        "企业 产业 经济 制造 科技 创新 招商 营商 金融 基金 电商 税收 市场 消费 旅游 贸易 投资 "
        "孵化 专精特新 数字 工业 农业 茶 品牌 研发 园区 民营 外贸 高质量发展 生产力 人工智能 "
        "文旅 物流 就业创业 "
    ),
    "livelihood": (
        "养老 医疗 卫生 健康 教育 学校 学生 幼儿园 托育 就业 社保 医保 残疾 老年 儿童 妇女 "
        "救助 住院 医院 药品 食品 保障 大学生 留守 宿舍 低保 慢性病 班额 困难群众 心理 疫苗 "
        "医生 教师 "
    ),
    "ecology": (
        "生态 环境 污染 湿地 河道 水质 大气 噪声 垃圾 绿化 低碳 节能 减排 森林 保护区 长江 "
        "环保 公园 候鸟 扬尘 污水 土壤 新能源 光伏 碳 水源 流域 "
    ),
    "culture": (
        "文化 文物 非遗 历史 遗址 博物馆 图书馆 体育 艺术 文创 阅读 传承 精神 劳模 戏曲 古镇 "
        "红色 文艺 遗产 运动 健身 会展 文明 "
    ),
    "governance": (
        "治理 法治 安全 社区 基层 监管 执法 纠纷 信访 政务 数据 应急 消防 网格 物业 诈骗 监督 "
        "立法 代表 人大 履职 普法 矛盾 反诈 审批 行政 平安 交通安全 "
    ),
    "city": (
        "城市 城乡 道路 交通 公交 地铁 停车 住房 小区 电梯 改造 更新 乡村 农村 规划 建设 管网 "
        "供水 燃气 照明 桥 公路 拆迁 土地 人行道 红绿灯 信号灯 路灯 路口 快速路 腾笼换鸟 老旧 "
        "街区 民宿 "
    ),
}  # fmt: skip


def propose(
    title: str, text: str, group: str, themes: Sequence[Theme], *, letter: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The theme and the words that speak for it, the strongest first; none where nothing does."""
    scores: list[tuple[float, int, str, tuple[str, ...]]] = []
    for place, theme in enumerate(themes):
        words = set(WORDS.get(theme.id, "").split())
        own = re.sub(r"\W", "", theme.name + (theme.description or ""))
        if not words:
            words = {own[n : n + 2] for n in range(len(own) - 1)}
        words |= {theme.name[n : n + 2] for n in range(0, len(theme.name) - 1, 2)}
        found = {}
        for word in sorted(words):
            score = 6.0 * title.count(word) + 4.0 * group.count(word) + min(text.count(word), 4)
            if score:
                found[word] = score * (1 + 0.2 * (len(word) - 2))
        strongest = tuple(sorted(found, key=lambda word: (-found[word], word))[:3])
        scores.append((sum(found.values()), -place, theme.id, strongest))
    best = max(scores)
    return (best[2], best[3]) if best[0] else (themes[0].id, ())
