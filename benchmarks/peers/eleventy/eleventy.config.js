// The site of the benchmark, as Broadsheet builds it from the same cases. content/ and data/ are
// completed by benchmarks/peers/prepare.py. Templates are JavaScript: nothing is faster here.
import { feedsOf, listsOf, rememberNeighbours } from "./site.js";

export default function (config) {
  config.ignores.add("content/**/_index.md"); // Hugo's
  config.addPassthroughCopy({ "style.css": "style.css" });
  config.addCollection("lists", (api) => {
    const cases = newestFirst(api);
    rememberNeighbours(cases);
    return listsOf(cases);
  });
  config.addCollection("feeds", (api) => feedsOf(newestFirst(api)));
  config.addCollection("newest", newestFirst);
  return {
    dir: { input: "content", output: "public" },
    markdownTemplateEngine: false, // bodies are plain Markdown
    templateFormats: ["md", "11ty.js"],
  };
}

function newestFirst(api) {
  return api.getFilteredByTag("cases").reverse();
}
