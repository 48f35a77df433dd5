import { ORIGIN, addressOf } from "../site.js";

const ALONE = ["/", "/about/", "/search/", "/themes/", "/publications/", "/people/", "/units/"];

export const data = { permalink: "/sitemap.xml", eleventyExcludeFromCollections: true };

export function render({ collections }) {
  const lists = collections.lists.map(({ address }) => address);
  const addresses = [...ALONE, ...collections.cases.map(addressOf), ...lists];
  return `<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${addresses.map((address) => `<url><loc>${ORIGIN}${address}</loc></url>`).join("\n")}
</urlset>
`;
}
