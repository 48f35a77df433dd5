// The list of themes, of publications, of people and of units.
import { contents, escape, known, link, page, trail } from "../site.js";

export const data = {
  pagination: {
    data: "indexes",
    size: 1,
    alias: "index",
  },
  indexes: [
    { kind: "themes", title: "主题" },
    { kind: "publications", title: "刊次" },
    { kind: "people", title: "人物" },
    { kind: "units", title: "办理单位" },
  ],
  permalink: ({ index }) => `/${index.kind}/`,
  eleventyExcludeFromCollections: true,
};

export function render({ index, collections }) {
  const { kind, title } = index;
  let list;
  if (kind === "themes") {
    const lines = Object.entries(known.themes).map(([id, name]) => {
      const count = collections.cases.filter(({ data }) => data.themes.includes(id)).length;
      return `<li>${link(`/themes/${id}/`, name)} ${count} 件</li>`;
    });
    list = `<ul>\n${lines.join("\n")}\n</ul>`;
  } else if (kind === "publications") {
    list = contents(collections.cases);
  } else {
    list = byInitial(kind, known[kind]);
  }
  return page(`/${kind}/`, title, "", `${trail()}\n<h1>${title}</h1>\n${list}`);
}

function byInitial(kind, entities) {
  const slugs = Object.keys(entities).sort();
  const lines = [];
  let initial = "";
  for (const slug of slugs) {
    const { name, region } = entities[slug];
    if (slug[0] !== initial) {
      initial = slug[0];
      lines.push(`</ul>\n<h2>${initial.toUpperCase()}</h2>\n<ul>`);
    }
    lines.push(`<li>${link(`/${kind}/${slug}/`, name)}<span>${escape(region)}</span></li>`);
  }
  const unit = kind === "units" ? "个单位" : "个姓名和名称";
  const head = `<p>共 ${slugs.length} ${unit}，按拼音排列</p>`;
  return `${head}\n<ul>\n${lines.join("\n")}\n</ul>`;
}
