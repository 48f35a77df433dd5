import { page } from "../site.js";

export const data = { permalink: "/404.html", eleventyExcludeFromCollections: true };

export function render() {
  return page("/404.html", "没有这一页", "", "<h1>没有这一页</h1>");
}
