"""The designed states as content: what a publication may hold at its edges."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

MANY = 60  # cases of one proposer: more than one page of a list
SITE_TITLE = "一份有六十件提案和各种边角情形的大报"
LONG_TITLE = (
    "关于完善“老年人、残疾人和儿童”无障碍出行环境，推动公交站点、人行"
    "道与社区服务设施衔接改造并建立长效管护机制的若干条建议"
)
LONG_WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2
LONG_URL = "https://example.org/" + "a-very-long-address/" * 8 + "?" + "query" * 20
PARTY = "中国国民党革命委员会杭州市余杭区总支部委员会"
POST = "区委常委、区人民政府党组副书记、常务副区长兼高新区管委会主任"
PARAGRAPH = (
    "城里的人行道，有的只有一米宽，路灯、广告牌和停放的单车又占去一半，推轮椅的人只好走到车行道上去。"
    "老人们说：“出门容易，回家难。”我们在三个街道走访了四十二处站点，记下每一处要改的地方。"
)
PROSE = "## 背景\n\n" + f"{PARAGRAPH}\n\n" * 3 + "## 建议\n\n1. 先改站点。\n2. 再改路口。\n"
RICH = f"""## 背景

{PARAGRAPH}[^one]

他们把记录放在网上：<{LONG_URL}>，也写作 {LONG_WORD}。

![站点改造前后的对照](plan.png "站点改造前后的对照图")

### 数字

{PARAGRAPH}

| {" | ".join(f"第{n}个街道" for n in range(1, 13))} |
|{"---|" * 12}
| {" | ".join(["一百二十三处"] * 12)} |

## 建议

> {PARAGRAPH}

- 第一步
  - 先改**站点**
  - 再改`路口`[^two]
- 第二步

```
{LONG_WORD}
```

[^one]: {PARAGRAPH}
[^two]: 见 {LONG_URL}
"""

JOURNEY = [  # what the page of the case `full` must tell, in this order
    ("提案", "2024年1月18日"),
    ("交办", "2024年3月17日"),
    ("面商", "2024年6月"),
    ("办理", "区住建局、区交通局 会办 区残联、区民政局"),
    ("督办", f"叶建宏（{POST}）、韩美珍（主席）"),
    ("答复", "余住建函〔2024〕34号 区住建局 2024年10月16日"),
    ("第一轮评价", "等级C 列入计划，尚未解决"),
    ("第二轮评价", "等级B 正在解决，由 C 改为 B"),
    ("第三轮评价", "等级B 正在解决"),
    ("第四轮评价", "等级A 已经解决，由 B 改为 A"),
    ("提案人评价", "满意"),
]


def write_states(folder: Path) -> None:
    """The content folder of the states; build it with drafts."""
    _write(folder / "site.yaml", title=SITE_TITLE, publisher="编辑部")
    grades = {"A": "已经解决", "B": "正在解决", "C": "列入计划，尚未解决"}
    _write(
        folder / "edges" / "index.md",
        title="边角情形：标题、轮次、图表和很长的名字都在这一个刊次里",
        region="余杭区",
        organ="cppcc",
        session={"term": 12, "meeting": 4},
        year=2024,
        figures=[{"label": "提案形式的意见建议", "value": "1,234,567,890", "unit": "件次"}],
        declared_total=100,
        grade_scheme=grades,
        intro=PARAGRAPH,
        body=f"{PARAGRAPH}\n\n{PARAGRAPH}\n",
    )
    (folder / "edges" / "plan.png").write_bytes(png(900, 400))
    _case(folder, "long-title", title=LONG_TITLE, ratings=[{"grade": "B"}])
    _case(folder, "unrated", hosts=["区残联"])
    _case(folder, "bare", kind="reference", proposers=[], hosts=[], body="一段话。\n")
    _case(folder, "latin", title=f"关于{LONG_WORD}的建议", hosts=[LONG_WORD], number=LONG_WORD)
    _case(folder, "rich", body=RICH, keywords=[LONG_WORD, "无障碍"])
    _case(folder, "draft", draft=True)
    _case(folder, "reply", kind="reply", reply={"no": "余住建函〔2024〕35号", "signer": "李四"})
    _case(folder, "speech", kind="speech", speaker="王芳", hosts=[])
    _case(folder, "bulletin", kind="bulletin", proposers=[], hosts=[], date="2024-05")
    _case(
        folder,
        "full",
        kind="key",
        title="关于“人行道”改造的“十条”建议",
        proposers=[{"name": PARTY, "type": "party"}, "赵爱丽"],
        proposers_more=24,
        hosts=["区住建局", "区交通局"],
        co_hosts=["区残联", "区民政局"],
        supervisors=[{"name": "叶建宏", "post": POST}, {"name": "韩美珍", "post": "主席"}],
        ratings=[{"round": n, "grade": grade} for n, grade in enumerate("CBBA", 1)],
        merged_numbers=["0868", "闭08", "1203"],
        satisfaction="满意",
        reply={"no": "余住建函〔2024〕34号", "date": "2024-10-16", "unit": "区住建局"},
        timeline=[
            {"date": "2024-01-18", "event": "提案"},
            {"date": "2024-03-17", "event": "交办"},
            {"date": "2024-06", "event": "面商"},
        ],
        number="闭08",
        source={"name": "余杭晨报", "date": "2024-11-20", "page": "第3版", "url": LONG_URL},
    )
    _write(folder / "single" / "index.md", title="只有一件的刊次", year=2023)
    _case(folder, "single", publication="single", theme="culture")
    _write(folder / "many" / "index.md", title="六十件", region="余杭区", year=2022)
    for number in range(MANY):
        names = ["陈多多", *(_name(number * 7 + n) for n in range(7))]
        _case(
            folder,
            f"many-{number:02}",
            publication="many",
            title=f"关于第{number + 1}件小事的建议",
            theme=("livelihood", "ecology", "governance")[number % 3],
            proposers=names,
            date=f"2022-01-{number % 28 + 1:02}",
            body="## 背景\n\n一件小事。\n",
        )


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        size, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(kind + data))
        return size + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x99" * width) * height
    signature = b"\x89PNG\r\n\x1a\n"
    return (
        signature
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _name(number: int) -> str:
    """A name for each number below 512: more names than one index page takes."""
    surnames, middles, lasts = "赵钱孙李周吴郑王", "一二三四五六七八", "东南西北春夏秋冬"
    return surnames[number // 64] + middles[number // 8 % 8] + lasts[number % 8]


def _case(
    folder: Path, name: str, publication: str = "edges", body: str = PROSE, **front: Any
) -> None:
    head = {
        "id": name,
        "kind": "case",
        "title": f"关于{name}这一种情形的建议",
        "theme": "livelihood",
        "proposers": ["赵爱丽"],
        "hosts": ["区住建局"],
    }
    _write(folder / publication / f"{name}.md", body=body, **head | front)


def _write(path: Path, body: str = "", **front: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "".join(
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in front.items()
    )
    path.write_text(head if path.suffix == ".yaml" else f"---\n{head}---\n\n{body}", "utf-8")
