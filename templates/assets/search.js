// The search page: what a reader does becomes an address, an address becomes results.

import { Engine } from "./search-engine.js";

const all = (selector) => [...document.querySelectorAll(selector)];
const find = (selector) => all(selector)[0];
const form = find(".ask");
const facets = find(".facets");
const section = find(".results");
const tally = find("[data-tally]");
const names = JSON.parse(find("[type$='/json']").textContent);
const { title } = document;
const field = form.q;
const FIRST = 5; // results that are drawn first, what a screen holds; then as many again
const engine = new Engine(form.getAttribute("action"));

// what an address asks; `to` is the address with one thing changed, or a filter in or out
function read(address) {
  let { searchParams: said, href } = new URL(address, location.href);
  let filters = {};
  for (let { dataset } of all("[data-facet]"))
    if (said.has(dataset.facet)) filters[dataset.facet] = said.getAll(dataset.facet);
  return {
    href,
    filters,
    q: said.get("q")?.trim() ?? "",
    sort: said.get("sort") ?? "relevance",
    page: Math.max(1, said.get("page") | 0),
    to(name, value) {
      let next = new URLSearchParams(said);
      let values = new Set(filters[name]);
      if (!values.delete(value)) values.add(value);
      next.delete("page");
      next.delete(name);
      for (let one of values) if (one) next.append(name, one);
      return `${location.pathname}?${next}`.replace(/\?$/, "");
    },
  };
}

let question = read(location.href);
let settled = question.href; // not just typed
let turn = new AbortController();
let struck = 0;
let wait = 2000;
let again, pause, resting, saying, composing;

// -- drawing

function make(tag, properties, ...inside) {
  let element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
}

const link = (name, value, ...inside) => make("a", { href: question.to(name, value) }, ...inside);

function fill(part, content) {
  part.replaceChildren(...content);
  part.parentElement.hidden = !content.length;
}

/** @param {[number, number][]} marks */
function marked(text, marks) {
  let at = 0;
  let parts = marks.flatMap(([start, end]) => {
    let before = text.slice(at, start);
    at = end;
    return [before, make("mark", {}, text.slice(start, end))];
  });
  return [...parts, text.slice(at)];
}

function item({ url, title, titleMarks, theme, facts, grade, snippets }) {
  let row = find(".hit").content.cloneNode(true);
  let slot = (selector) => row.querySelector(selector);
  let seal = find(`[data-seal="${theme}"]`);
  if (seal) slot("li").prepend(seal.content.cloneNode(true));
  slot("a").href = url;
  slot("a").append(...marked(title, titleMarks));
  slot(".item-facts").append(facts.join("\u2060·"));
  slot(".item-facts").before(
    ...snippets.map(({ label, text, marks }) =>
      make("p", { className: "snippet" }, make("b", {}, label), ...marked(text, marks)),
    ),
  );
  slot(".grade").append(grade);
  slot(".grade").hidden = !grade;
  return row;
}

/** @param {string} what found, empty, idle, or the kind of an error */
function show(what, typing, text = find(`[data-when~=${what}] h2`).textContent) {
  for (let part of all("[data-when]")) part.hidden = !part.matches(`[data-when~=${what}]`);
  delete document.documentElement.dataset.asked;
  tally.textContent = text;
  clearTimeout(saying);
  saying = setTimeout(() => (find("[role=status]").textContent = text), typing && 500); // in a pause
  section.dataset.searchState = { found: "done", empty: "done", idle: "idle" }[what] ?? "error";
}

function showQuestion() {
  let { q, filters } = question;
  section.dataset.searchState = "loading";
  document.title = q ? `${q} — ${title}` : title;
  let tokens = Object.keys(filters).flatMap((facet) =>
    filters[facet].map((value) => {
      let label = find(`[data-facet=${facet}] h2`).textContent;
      return link(facet, value, `${label}：${names[facet]?.[value] ?? value}`);
    }),
  );
  fill(find(".chosen span"), tokens);
  find(".unfilter").href = `?${new URLSearchParams({ q })}`;
}

function showAnswer({ total, results, pinyin, suggestions = [] }, typing) {
  let { q, sort, page, to } = question;
  let last = Math.ceil(total / 10);
  fill(find(".items"), results.map(item));
  fill(find(".suggest span"), suggestions.map((word) => link("q", word, word)));
  find(".pager-number").textContent = `第 ${page} 页，共 ${last} 页`;
  for (let way of all("[data-step]")) {
    let next = page + +way.dataset.step;
    way.href = to("page", next);
    way.hidden = next < 1 || next > last;
  }
  for (let way of all("[data-sort]")) {
    way.href = to("sort", way.dataset.sort);
    way.setAttribute("aria-current", way.dataset.sort === sort);
  }
  section.dataset.searchQuery = q;
  if (total) show("found", typing, `${pinyin ? "按拼音" : ""}找到 ${total} 件`);
  else if (q || !find(".chosen").hidden) show("empty", typing);
  else show("idle", typing, tally.dataset.tally);
}

async function showCounts() {
  if (!facets.open) return;
  let { signal } = turn;
  let { q, filters } = question;
  try {
    let counts = await engine.counts(q, { filters, signal });
    if (signal.aborted) return;
    let held = document.activeElement.id;
    for (let part of all("[data-facet] ul")) {
      let { facet } = part.parentElement.dataset;
      let rows = counts[facet].map(({ value, name, count }) => {
        let way = link(facet, value, name, make("span", { className: "count" }, count));
        way.id = `${facet}-${value}`;
        way.setAttribute("aria-current", !!filters[facet]?.includes(value));
        return make("li", {}, way);
      });
      fill(part, rows);
    }
    if (document.activeElement === document.body) document.getElementById(held)?.focus();
  } catch {} // results stand without them
}

// -- searching

/** @param {string} [how] typed, sent, linked, turned @param {number} [y] to scroll to */
async function run(how, y) {
  clearTimeout(again);
  turn.abort();
  turn = new AbortController();
  let { signal } = turn;
  let { q, page, to, ...rest } = question;
  showQuestion();
  try {
    let offset = 10 * (page - 1);
    let answer = await engine.query(q, { ...rest, offset, limit: FIRST, signal });
    if (signal.aborted) return;
    let last = Math.ceil(answer.total / 10) || 1;
    if (page > last) return go(to("page", last), "typed");
    wait = 2000;
    showAnswer(answer, how === "typed");
    if (how === "turned") section.scrollIntoView();
    if (how && document.activeElement === document.body) section.focus({ preventScroll: true });
    if (answer.results.length === FIRST) {
      let more = await engine.query(q, { ...rest, offset: offset + FIRST, limit: FIRST, signal });
      if (signal.aborted) return;
      find(".items").append(...more.results.map(item));
    }
    if (y >= 0) scrollTo(0, y);
    showCounts();
  } catch (error) {
    if (signal.aborted) return;
    show(error.kind ?? "failed");
    if (error.kind === "offline") again = setTimeout(run, wait);
    wait *= 2;
  }
}

function record(how, address, state = null) {
  try {
    history[how](state, "", address);
  } catch {} // Safari allows a hundred in half a minute
}

function go(address, how) {
  question = read(address);
  if (how === "typed") {
    record("replaceState", address);
  } else if (question.href !== settled) {
    // what was typed on the way is no place
    if (how === "sent") record("replaceState", settled, history.state);
    record("pushState", address);
    settled = question.href;
  }
  run(how);
}

function typed() {
  clearTimeout(pause);
  let now = performance.now();
  pause = setTimeout(() => {
    let q = field.value.trim();
    if (!composing && q !== question.q) go(question.to("q", q), "typed");
  }, now - struck < 100 ? 80 : 0); // while keys follow each other quickly, nothing is sought
  struck = now;
}

// -- listening

field.addEventListener("input", typed);
for (let type of ["compositionstart", "compositionend"])
  field.addEventListener(type, () => {
    composing = type === "compositionstart";
    typed();
  });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(question.to("q", field.value.trim()), "sent");
  if (matchMedia("(hover: none)").matches) field.blur(); // the keyboard makes room
});

addEventListener("click", (event) => {
  let target = event.target.closest("a, button");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.matches(".again")) run();
  if (target.matches(".whole")) target.parentElement.classList.add("unfolded");
  if (target.pathname !== location.pathname || target.hash) return;
  event.preventDefault();
  if (target.rel) target.blur(); // the results take the focus
  go(target.href, target.rel ? "turned" : "linked");
  field.value = question.q;
});

addEventListener("keydown", (event) => {
  let here = document.activeElement;
  let links = all("[data-search-result]");
  let place = links.indexOf(here);
  if (event.isComposing || (place < 0 && here !== field)) return;
  let up = links[place - 1] ?? field;
  let next = { ArrowDown: links[place + 1], ArrowUp: up, Escape: field }[event.key];
  if (!next) return;
  event.preventDefault();
  if (next !== here) next.focus();
  else if (event.key === "Escape") field.value = "";
  typed();
});

addEventListener("popstate", ({ state }) => {
  if (location.hash) return;
  question = read(location.href);
  settled = question.href;
  field.value = question.q;
  run("", state?.y ?? 0);
});

addEventListener("scroll", () => {
  clearTimeout(resting);
  resting = setTimeout(() => record("replaceState", location.href, { y: scrollY }), 100);
});

addEventListener("online", () => section.dataset.searchState === "error" && run());
facets.addEventListener("toggle", showCounts);

window.siteSearch = engine;

history.scrollRestoration = "manual";
if (field.value) typed();
else field.value = question.q;
await run("", history.state?.y);
if (matchMedia("(min-width: 64em)").matches) facets.open ||= engine.root.facets <= 4096;
