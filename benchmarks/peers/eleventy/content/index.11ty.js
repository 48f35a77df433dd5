import { contents, item, known, link, page } from "../site.js";

export const data = { permalink: "/", eleventyExcludeFromCollections: true };

export function render({ collections }) {
  const { newest } = collections;
  const columns = Object.entries(known.themes).map(([id, name]) => {
    const those = newest.filter((entry) => entry.data.themes.includes(id));
    const rows = those.slice(0, 4).map(item).join("\n");
    const head = `<h2>${link(`/themes/${id}/`, name)} ${those.length} 件</h2>`;
    return `<section>\n${head}\n<ul>\n${rows}\n</ul>\n</section>`;
  });
  const main = `<h1>提案选登（测试语料）</h1>
<p>全站共 ${newest.length} 件</p>
${columns.join("\n")}
<section>
<h2>刊次</h2>
${contents(newest)}
</section>
<section>
<h2>新近收录</h2>
<ul>
${newest.slice(0, 6).map(item).join("\n")}
</ul>
</section>`;
  return page("/", "", "", main);
}
