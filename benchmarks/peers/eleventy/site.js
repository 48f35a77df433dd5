// Which lists and feeds there are, and the markup that repeats.
import { readFileSync } from "node:fs";

const SITE = "提案选登（测试语料）";
export const ORIGIN = "https://example.org";
const PAGE_LENGTH = 50;
const HTML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const read = (name) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));
export const known = {
  // imported, not Eleventy's global data: that is copied for each page
  people: read("people"),
  units: read("units"),
  publications: read("publications"),
  themes: read("themes"),
};
const neighbours = new Map(); // [newer, older] of each case in its publication
const items = new Map(); // the entry of a case, the same on each list

export const escape = (text) => String(text).replace(/[&<>"]/g, (mark) => HTML[mark]);
export const addressOf = (entry) => `/cases/${entry.data.slug}/`;
export const link = (address, text) => `<a href="${address}">${escape(text)}</a>`;
export const publicationOf = (page) => page.inputPath.split("/").at(-2);
export const neighboursOf = (slug) => neighbours.get(slug);

export const names = (kind, refs) =>
  refs
    .map(({ name, slug, post }) => {
      const note = post ? `<span>（${escape(post)}）</span>` : "";
      return link(`/${kind}/${slug}/`, name) + note;
    })
    .join("、");

export function rememberNeighbours(cases) {
  for (const group of groups(cases, (entry) => [publicationOf(entry)]).values()) {
    group.forEach((entry, index) => {
      neighbours.set(entry.data.slug, [group[index - 1], group[index + 1]]);
    });
  }
}

function groups(cases, keysOf) {
  const found = new Map();
  for (const entry of cases) {
    for (const key of keysOf(entry)) {
      if (!found.has(key)) found.set(key, []);
      found.get(key).push(entry);
    }
  }
  return found;
}

export function listsOf(cases) {
  const lists = [];
  const add = (kind, id, title, about, those) => {
    const last = Math.max(Math.ceil(those.length / PAGE_LENGTH), 1);
    const place = (number) => `/${kind}/${id}/` + (number === 1 ? "" : `page/${number}/`);
    for (let number = 1; number <= last; number += 1) {
      const from = (number - 1) * PAGE_LENGTH;
      lists.push({
        address: place(number),
        kind,
        id,
        title,
        about,
        number,
        last,
        newer: number > 1 ? place(number - 1) : "",
        older: number < last ? place(number + 1) : "",
        entries: those.slice(from, from + PAGE_LENGTH).map(item).join("\n"),
      });
    }
  };
  const byTheme = groups(cases, ({ data }) => data.themes);
  for (const [id, name] of Object.entries(known.themes)) {
    const those = byTheme.get(id) ?? [];
    add("themes", id, name, `共 ${those.length} 件`, those);
  }
  for (const [id, those] of groups(cases, (entry) => [publicationOf(entry)])) {
    const { title, session, year } = known.publications[id];
    those.sort((a, b) => (a.data.slug < b.data.slug ? -1 : 1));
    add("publications", id, title, `${session}·${year}·${those.length} 件`, those);
  }
  for (const kind of ["people", "units"]) {
    for (const [slug, those] of groups(cases, (entry) => entry.data[kind])) {
      const { name, region } = known[kind][slug];
      add(kind, slug, name, `${region}·${those.length} 件`, those);
    }
  }
  return lists;
}

export function feedsOf(cases) {
  const feeds = [{ home: "/", title: SITE, cases: cases.slice(0, 50) }];
  for (const [id, name] of Object.entries(known.themes)) {
    const those = cases.filter((entry) => entry.data.themes.includes(id)).slice(0, 50);
    feeds.push({ home: `/themes/${id}/`, title: `${SITE} · ${name}`, cases: those });
  }
  return feeds;
}

export function item(entry) {
  const { slug, title, theme_name: theme, proposers, hosts, ratings } = entry.data;
  if (!items.has(slug)) {
    const { region } = known.publications[publicationOf(entry)];
    const more = proposers.length > 1 ? `等${proposers.length}位` : "";
    const who = `${proposers[0].name}${more}→${hosts[0].name}`;
    const facts = `${theme}，${who}·${region}·${entry.date.getUTCFullYear()}`;
    const grade = ratings.length ? `<span>等级${ratings.at(-1).grade}</span>` : "";
    items.set(
      slug,
      `<li>\n<h2>${link(addressOf(entry), title)}</h2>\n<p>${escape(facts)}</p>\n${grade}\n</li>`,
    );
  }
  return items.get(slug);
}

export function trail(...places) {
  const all = [["/", "首页"], ...places].map(([address, name]) => `<li>${link(address, name)}</li>`);
  return `<nav aria-label="位置"><ol>${all.join("")}</ol></nav>`;
}

export function contents(cases) {
  const counts = groups(cases, (entry) => [publicationOf(entry)]);
  const lines = Object.entries(known.publications).map(([id, { title, session, year }]) => {
    const count = counts.get(id)?.length ?? 0;
    return `<li>${link(`/publications/${id}/`, title)} ${session}·${year} ${count} 件</li>`;
  });
  return `<ol>\n${lines.join("\n")}\n</ol>`;
}

export function page(address, title, about, main, type = "website") {
  const description = escape(about || SITE);
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title ? `${escape(title)} — ` : ""}${SITE}</title>
<link rel="stylesheet" href="/style.css">
<meta name="description" content="${description}">
<link rel="canonical" href="${ORIGIN}${address}">
<meta property="og:title" content="${escape(title || SITE)}">
<meta property="og:description" content="${description}">
<meta property="og:type" content="${type}">
<meta property="og:url" content="${ORIGIN}${address}">
<meta property="og:site_name" content="${SITE}">
<meta property="og:locale" content="zh_CN">
<link rel="alternate" type="application/atom+xml" title="${SITE}" href="/feed.xml">
</head>
<body>
<header>
<a href="/">${SITE}</a>
<nav aria-label="栏目">
<ul>
<li><a href="/themes/">主题</a></li>
<li><a href="/publications/">刊次</a></li>
<li><a href="/people/">人物</a></li>
<li><a href="/units/">单位</a></li>
<li><a href="/about/">关于</a></li>
</ul>
</nav>
<form role="search" action="/search/"><input type="search" name="q" aria-label="搜索提案"></form>
</header>
<main>
${main}
</main>
<footer>
<p>${SITE}</p>
<p>测试语料编辑部　<a href="/feed.xml">订阅</a>　<a href="/about/">关于本站</a></p>
<p>等级照各刊次原文登载。各地各年的评价办法不同，等级之间不能相加，也不宜比较。</p>
</footer>
</body>
</html>
`;
}
