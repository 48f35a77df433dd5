import { ORIGIN, escape, known, link, names, neighboursOf, page, publicationOf } from "../../site.js";

const fact = (label, html) => (html ? `<div><dt>${label}</dt><dd>${html}</dd></div>` : "");
const day = (date) =>
  `${date.getUTCFullYear()}年${date.getUTCMonth() + 1}月${date.getUTCDate()}日`;

export function render(data) {
  const id = publicationOf(data.page);
  const { title: publication, session } = known.publications[id];
  const [newer, older] = neighboursOf(data.slug);
  const proposers = names("people", data.proposers);
  const hosts = names("units", data.hosts);
  const supervisors = names("people", data.supervisors);
  const co = data.co_hosts.map(({ name }) => escape(name)).join("、");
  const theme = link(`/themes/${data.themes[0]}/`, data.theme_name);
  const address = `/cases/${data.slug}/`;
  const ratings = data.ratings.map(({ label, grade }, index) => {
    const before = data.ratings[index - 1]?.grade;
    const change = before && before !== grade ? ` 由 ${before} 改为 ${grade}` : "";
    return `<li>${label} 等级${grade}${change}</li>`;
  });
  const turn = (rel, label, entry) =>
    entry
      ? `<a rel="${rel}" href="/cases/${entry.data.slug}/">${label} ${escape(entry.data.title)}</a>`
      : "";
  const main = `<article data-pagefind-body>
<nav data-pagefind-ignore aria-label="位置">
<ol>
<li><a href="/">首页</a></li>
<li>${theme}</li>
<li>${link(`/publications/${id}/`, publication)}</li>
</ol>
</nav>
<p>${theme} ${data.kind_name}</p>
<h1>${escape(data.title)}</h1>
<dl>
${fact("提案人", proposers)}
${fact("主办", hosts)}
${fact("届次", `${session}·${data.date.getUTCFullYear()}`)}
</dl>
<ol>
<li>提案 ${session}</li>
<li>办理 ${hosts}${co ? ` 会办 ${co}` : ""}</li>
${supervisors ? `<li>督办 ${supervisors}</li>` : ""}
${ratings.join("\n")}
</ol>
<div>${data.content}</div>
<section>
<h2>档案</h2>
<dl>
${fact("文种", data.kind_name)}
${fact("提案号", data.number)}
${fact("届次", session)}
${fact("提案人", proposers)}
${fact("主办单位", hosts)}
${fact("会办单位", names("units", data.co_hosts))}
${fact("督办领导", supervisors)}
${fact("日期", day(data.date))}
${fact("关键词", escape(data.keywords.join("、")))}
${fact("刊次", link(`/publications/${id}/`, publication))}
${fact("本页网址", link(address, ORIGIN + address))}
</dl>
</section>
<nav data-pagefind-ignore aria-label="同一刊次的前后两件">
${turn("prev", "‹ 上一件", older)}
${turn("next", "下一件 ›", newer)}
</nav>
</article>`;
  return page(address, data.title, data.summary, main, "article");
}
