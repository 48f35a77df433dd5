import { escape, page, trail } from "../site.js";

const NAMES = { themes: "主题", publications: "刊次", people: "人物", units: "办理单位" };

export const data = {
  pagination: { data: "collections.lists", size: 1, alias: "list" },
  permalink: ({ list }) => list.address,
  eleventyExcludeFromCollections: true,
};

export function render({ list }) {
  const { kind, title, about, number, last, newer, older, entries } = list;
  const pager = `<nav aria-label="分页">
${newer ? `<a rel="prev" href="${newer}">‹ 上一页</a>` : ""}
<span>第${number}页</span>
${older ? `<a rel="next" href="${older}">下一页 ›</a>` : ""}
</nav>`;
  const feed = kind === "themes" ? `·<a href="/themes/${list.id}/feed.xml">订阅这个主题</a>` : "";
  const main = `${trail([`/${kind}/`, NAMES[kind]])}
<h1>${escape(title)}</h1>
<p>${escape(about)}${feed}</p>
<ul>
${entries}
</ul>
${last > 1 ? pager : ""}`;
  return page(list.address, title, "", main);
}
