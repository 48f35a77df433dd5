import { ORIGIN, addressOf, escape } from "../site.js";

export const data = {
  pagination: { data: "collections.feeds", size: 1, alias: "feed" },
  permalink: ({ feed }) => `${feed.home}feed.xml`,
  eleventyExcludeFromCollections: true,
};

const moment = (date) => `${date.toISOString().slice(0, 10)}T00:00:00+08:00`;

export function render({ feed }) {
  const home = ORIGIN + feed.home;
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">
<title>${escape(feed.title)}</title>
<id>${home}</id>
<link href="${home}" rel="alternate" type="text/html"/>
<link href="${home}feed.xml" rel="self" type="application/atom+xml"/>
<updated>${feed.cases.length ? moment(feed.cases[0].date) : "1970-01-01T00:00:00+08:00"}</updated>
<author><name>测试语料编辑部</name></author>
${feed.cases.map(entryOf).join("\n")}
</feed>
`;
}

function entryOf(entry) {
  const { title, summary, theme_name: theme, proposers } = entry.data;
  const address = ORIGIN + addressOf(entry);
  const authors = proposers.map(({ name }) => `<author><name>${escape(name)}</name></author>`);
  return `<entry>
<title>${escape(title)}</title>
<id>${address}</id>
<link href="${address}" rel="alternate" type="text/html"/>
<updated>${moment(entry.date)}</updated>
${authors.join("\n")}
<category term="${escape(theme)}"/>
<summary>${escape(summary)}</summary>
</entry>`;
}
