"""A search engine for the tests of the search page: it answers from a list, as slowly as asked."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from broadsheet.assets import load_assets
from broadsheet.folders import template_folders

# `window.fake` steers it: `delays` by query (ms), the kind of `error` to fail with, the size of the
# counts in `bytes`, `suggestions`, the `case` that results lead to, and whether it goes on
# when it was told to give up (`stubborn`). `window.asked` and `window.counted` hold what the page asked for,
# `window.pending` how many answers are under way, by query.
ENGINE = r"""
const TITLES = [
  "关于加大力度支持余杭区低空经济发展的建议", "关于发展低空经济、打造无人机产业集群的提案",
  "推动低空物流进社区的若干建议", "关于给予全区规上重点企业研发投入总额补助的意见和建议",
  "关于完善低空飞行服务保障体系，推动通用机场与城市轨道交通、公交站点衔接改造并建立长效管护机制的若干条建议",
];
const UNITS = ["区经信局", "区发改局", "区交通局", "区科技局", "区商务局", "区教育局", "区卫健局",
  "区民政局", "区住建局", "区农业农村局", "区文广旅体局", "区人社局", "区财政局", "区司法局",
  "区审计局", "区统计局"];
const THEMES = [["economy", "经济发展"], ["livelihood", "民生保障"], ["city", "城乡建设"]];
const SOUNDS = { dikong: "低空" };
const fake = (window.fake = Object.assign({ delays: {}, bytes: 900 }, window.fake));
window.asked = [];
window.counted = [];
window.pending = {};

const cases = Array.from({ length: 23 }, (_, n) => ({
  id: `c${n}`,
  title: TITLES[n % TITLES.length],
  theme: THEMES[n % 3],
  unit: UNITS[n % 16],
  year: String(2024 - (n % 2)),
  grade: ["A", "B", ""][n % 3],
}));
const values = (one) => ({
  theme: [one.theme],
  publication: [["yuhang-2024", "百件提案镌刻履职印记"]],
  kind: [["case", "办理案例"]],
  unit: [[`${one.unit}（余杭区）`, `${one.unit}（余杭区）`]],
  year: [[one.year, one.year]],
  grade: one.grade ? [[one.grade, one.grade]] : [],
});
const FACETS = Object.keys(values(cases[0]));

export class SearchError extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

function found(q, filters = {}, but = "") {
  const word = SOUNDS[q] ?? q;
  return cases.filter((one) => `${one.title} 低空飞行`.includes(word) && FACETS.every((facet) =>
    facet === but || !filters[facet] ||
    filters[facet].some((value) => values(one)[facet].some(([v]) => v === value))));
}

async function underWay(what, answer) {
  pending[what] = (pending[what] ?? 0) + 1;
  try {
    return await answer();
  } finally {
    pending[what] -= 1;
  }
}

async function arrive(what, signal) {
  await new Promise((done) => setTimeout(done, fake.delays[what] ?? 0));
  if (signal?.aborted && !fake.stubborn) throw new DOMException("given up", "AbortError");
  if (fake.error === "broken") throw new TypeError("x is undefined");
  if (fake.error) throw new SearchError(fake.error);
}

function marks(text, word) {
  const at = text.indexOf(word);
  return at < 0 || !word ? [] : [[at, at + word.length]];
}

async function query(q, { limit = 10, offset = 0, filters = {}, sort = "relevance", signal } = {}) {
  // the second half of a page is a question of its own
  if (offset % 10 === 0) window.asked.push({ q, limit, offset, filters, sort });
  await arrive(q, signal);
  if (!q && !Object.keys(filters).length) return { total: 0, results: [], words: [] };
  const all = found(q, filters);
  if (sort === "date") all.reverse();
  const word = SOUNDS[q] ?? q, text = "…无人机物流配送、低空飞行、空中游览，正在从设想变成日常，余杭有整机、有场景、有人才，可以先走一步…";
  return {
    total: all.length,
    words: [word],
    pinyin: q in SOUNDS,
    suggestions: fake.suggestions ?? [],
    results: all.slice(offset, offset + limit).map((one) => ({
      id: one.id,
      url: `${new URL("..", location).pathname}cases/${fake.case ?? one.id}/`,
      title: one.title,
      titleMarks: marks(one.title, word),
      theme: one.theme[0],
      facts: [`赵爱丽等25位→${one.unit}`, "余杭区", one.year],
      grade: one.grade,
      date: one.year,
      snippets: [{ label: "建议", text, marks: marks(text, word) }],
    })),
  };
}

async function counts(q, { filters, signal }) {
  window.counted.push({ q, filters });
  await arrive(`counts ${q}`, signal);
  const counts = {};
  for (const facet of FACETS) {
    const tally = new Map();
    for (const one of found(q, filters, facet))
      for (const [value, name] of values(one)[facet]) {
        const row = tally.get(value) ?? { value, name, count: 0 };
        row.count += 1;
        tally.set(value, row);
      }
    counts[facet] = [...tally.values()];
  }
  return counts;
}

export function Engine(base) {
  window.base = base;
  return {
    query: (q, options) => underWay(q, () => query(q, options)),
    counts: (q, options) => underWay(`counts ${q}`, () => counts(q, options)),
    root: { get facets() { return fake.bytes; } },
  };
}
"""


@cache
def script() -> bytes:
    """The script of the search page with this engine in place of the real one."""
    with TemporaryDirectory() as folder:
        Path(folder, "assets").mkdir()
        Path(folder, "assets", "search-engine.js").write_text(ENGINE, "utf-8")
        assets, files = load_assets([folder, *template_folders(Path(folder))], "刊名")
    return files[dict(assets.addresses)["search.js"]]


def install(page: Any, **fake: Any) -> None:
    """Give the page this engine in place of the real one."""
    page.add_init_script(f"window.fake = {json.dumps(fake, ensure_ascii=False)}")
    page.route(
        "**/search.*.js",
        lambda route: route.fulfill(body=script(), content_type="text/javascript"),
    )
