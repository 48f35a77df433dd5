import { page } from "../site.js";

export const data = { permalink: "/search/", eleventyExcludeFromCollections: true };

export function render() {
  const main = `<link rel="stylesheet" href="/pagefind/pagefind-ui.css">
<script src="/pagefind/pagefind-ui.js"></script>
<h1>搜索</h1>
<div id="search"></div>
<script>addEventListener("DOMContentLoaded", () => new PagefindUI({ element: "#search" }));</script>`;
  return page("/search/", "搜索", "", main);
}
