import { contents, known, page } from "../site.js";

export const data = { permalink: "/about/", eleventyExcludeFromCollections: true };

export function render({ collections }) {
  const { cases } = collections;
  const count = Object.keys(known.publications).length;
  const main = `<h1>关于本站</h1>
<p>本站用于比较网站生成器。</p>
<p>本站收录 ${count} 个刊次，共 ${cases.length} 件。</p>
${contents(cases)}`;
  return page("/about/", "关于", "", main);
}
