// Answers queries from the index: which documents, in which order, and what to show of them.

import { fold, locate, understand, words } from "./search-fold.js";
import { FEW, Index, SearchError } from "./search-index.js";
import { readings } from "./search-sounds.js";

export { SearchError };

const WEIGHTS = [5, 4, 3, 2, 1]; // title, proposers, hosts, keywords, body
const SATURATION = 1.2; // BM25's k1; its b is 0, for cases are about as long as each other
const SOUND = 5;
const WINDOW = 88; // characters of a snippet
const FACETS = ["theme", "publication", "kind", "unit", "year", "grade"];
const SIMPLE = simpleCharacters();
/** @type {Map<string, string>} */ const NONE = new Map();

/** @typedef {import("./search-index.js").List} List */
/** How often each document has a word, by zone. @typedef {Map<number, Map<number, number>>} Found */
/** @typedef {{ scores: Map<number, number>, words: string[], pinyin: boolean }} Matches */

/** @param {string} base address of the folder of the index, such as `/search/` */
export function openIndex(base) {
  return new Engine(base);
}

class Engine {
  /** @param {string} base */
  constructor(base) {
    this.site = base.replace(/[^/]+\/$/, "");
    this.index = new Index(base);
    this.opening = typeof DecompressionStream === "function" ? this.index.check() : Promise.reject(new SearchError("unsupported"));
    this.opening.catch(() => {});
    /** @type {Map<string, Promise<Matches>>} */ this.matched = new Map();
  }

  /** @param {string} q @param {{ limit?: number, offset?: number, filters?: Record<string, string | string[]>, sort?: string, signal?: AbortSignal }} [options] */
  query(q, { limit = 10, offset = 0, filters = {}, sort = "relevance", signal } = {}) {
    return this.settle(signal, async () => {
      const matches = await this.matches(q, filters);
      signal?.throwIfAborted();
      const docs = await this.sorted(await this.filtered(matches.scores, filters), matches.scores, matches.words.length ? sort : "date");
      const results = await Promise.all(docs.slice(offset, offset + limit).map((doc) => this.result(doc, matches)));
      return { total: docs.length, results, words: matches.words, pinyin: matches.pinyin, suggestions: await this.suggest(matches.words) };
    });
  }

  /** @param {string} q @param {{ filters?: Record<string, string | string[]>, signal?: AbortSignal }} [options] */
  counts(q, { filters = {}, signal } = {}) {
    return this.settle(signal, async () => {
      const { scores } = await this.matches(q, filters);
      /** @type {Record<string, { value: string, name: string, count: number }[]>} */ const counts = {};
      await Promise.all(
        FACETS.map(async (facet) => {
          const docs = new Set(await this.filtered(scores, { ...filters, [facet]: [] }));
          const chosen = [filters[facet] ?? []].flat();
          counts[facet] = (await this.index.facet(facet))
            .map((one) => ({ value: one.value, name: one.name, count: one.docs.reduce((sum, doc) => sum + Number(docs.has(doc)), 0), chosen: isChosen(one, chosen) }))
            .filter(({ count, chosen }) => count || chosen)
            .sort((a, b) => (facet === "year" ? b.value.localeCompare(a.value) : facet === "grade" ? a.value.localeCompare(b.value) : b.count - a.count))
            .map(({ value, name, count }) => ({ value, name, count }));
        }),
      );
      return counts;
    });
  }

  async facetBytes() {
    await this.open();
    return this.index.root.facets;
  }

  async open() {
    try {
      await this.opening;
    } catch (error) {
      if (error instanceof SearchError && error.kind === "unsupported") throw error;
      await (this.opening = this.index.check());
    }
  }

  /**
   * Answer from one state of the index: should another have been published meanwhile, again from that.
   * @template T @param {AbortSignal | undefined} signal @param {() => Promise<T>} answer @returns {Promise<T>}
   */
  async settle(signal, answer) {
    signal?.throwIfAborted();
    const fresh = !this.index.root;
    await this.open();
    for (let attempt = 0; ; attempt++) {
      // where the network fails, what is here already may still answer
      const changing = fresh && !attempt ? Promise.resolve(false) : this.index.check().catch(() => false);
      try {
        const answered = await answer();
        signal?.throwIfAborted();
        if (!(await changing)) return answered;
      } catch (error) {
        signal?.throwIfAborted();
        const changed = await changing;
        const stale = error instanceof SearchError && (error.kind === "stale" || error.kind === "missing");
        if (attempt > 2 || !(changed || stale)) throw error;
        if (!changed) this.index.distrust();
      }
      this.matched.clear();
    }
  }

  // -- which documents --------------------------------------------------------------------------

  /** @param {string} q @param {Record<string, string | string[]>} filters @returns {Promise<Matches>} */
  matches(q, filters) {
    const all = !words(fold(q, NONE)).length && Object.values(filters).some((values) => values.length);
    const key = `${all}${q}`;
    let found = this.matched.get(key);
    if (!found) {
      if (this.matched.size > 20) this.matched.clear();
      found = all ? this.everything() : this.find(q);
      found.catch(() => this.matched.delete(key));
      this.matched.set(key, found);
    }
    return found;
  }

  /** @returns {Promise<Matches>} */
  async everything() {
    const values = await this.index.facet("theme");
    return { scores: new Map(values.flatMap(({ docs }) => [...docs].map((doc) => [doc, 0]))), words: [], pinyin: false };
  }

  /** @param {string} q @returns {Promise<Matches>} */
  async find(q) {
    const { wanted, unwanted, quoted } = understand(q, await this.simple(q));
    const sought = [...wanted];
    if (!sought.length) return { scores: new Map(), words: [], pinyin: false };
    const scores = await this.search(sought, [...unwanted], new Map());
    if (scores.size) return { scores, words: sought, pinyin: false };
    /** @type {Map<string, Set<number>>} */ const spoken = new Map();
    for (const word of sought) {
      if (/^[a-z]{2,}$/.test(word) && !quoted.has(word)) spoken.set(word, await this.spoken(word));
    }
    if (![...spoken.values()].some((docs) => docs.size)) return { scores, words: sought, pinyin: false };
    const heard = await this.search(sought, [...unwanted], spoken);
    return { scores: heard, words: sought, pinyin: heard.size > 0 };
  }

  /**
   * The documents that have all of `wanted` and none of `unwanted`, with their scores.
   * @param {string[]} wanted @param {string[]} unwanted
   * @param {Map<string, Set<number>>} spoken words that are found by their sound, and where
   * @returns {Promise<Map<number, number>>}
   */
  async search(wanted, unwanted, spoken) {
    const written = [...wanted, ...unwanted].filter((word) => !spoken.has(word));
    const covers = new Map(await Promise.all(written.map(async (word) => /** @type {const} */ ([word, await this.cover(word)]))));
    /** @param {string} word */
    const candidates = (word) => spoken.get(word) ?? union(covers.get(word));
    const [rarest, ...others] = wanted.map(candidates).sort((a, b) => a.size - b.size);
    let docs = new Set([...rarest].filter((doc) => others.every((other) => other.has(doc))));
    /** @type {Map<string, Found>} */ const found = new Map();
    for (const word of written) {
      if (!docs.size) break;
      found.set(word, await this.exact(word, covers.get(word), docs));
      const has = union(found.get(word));
      const without = !wanted.includes(word);
      docs = new Set([...docs].filter((doc) => has.has(doc) !== without));
    }
    const read = wanted.filter((word) => found.has(word));
    return new Map([...docs].map((doc) => [doc, read.reduce((sum, word) => sum + this.score(found.get(word), covers.get(word), doc), 0)]));
  }

  /** Documents that have all pairs of the word, by zone. @param {string} word @returns {Promise<Cover>} */
  async cover(word) {
    const terms = await Promise.all(pairs(word).map((term) => this.index.lists(term)));
    /** @type {Cover} */ const cover = new Map();
    WEIGHTS.forEach((_, zone) => {
      const lists = terms.map((term) => term.get(zone));
      if (all(lists)) cover.set(zone, { lists, docs: intersect(lists) });
    });
    return cover;
  }

  /**
   * Which of the documents `among` really have the word, and how often in each zone.
   * @param {string} word @param {Cover} cover @param {Set<number>} among @returns {Promise<Found>}
   */
  async exact(word, cover, among) {
    const few = [...union(cover)].filter((doc) => among.has(doc)).length <= FEW;
    return new Map(
      await Promise.all(
        [...cover].map(async ([zone, { lists, docs }]) => {
          const here = docs.filter((doc) => among.has(doc));
          const times =
            lists.length === 1 ? timesOf(lists[0])
            : few || lists.some((list) => list.stream < 0) ? await this.inText(word, here, zone)
            : await this.inPlaces(pairs(word), zone, lists, here);
          return /** @type {const} */ ([zone, times]);
        }),
      ),
    );
  }

  /** How often documents have the word, by their text. @param {string} word @param {number[]} docs @param {number} zone */
  async inText(word, docs, zone) {
    const times = new Map();
    for (const [n, texts] of (await Promise.all(docs.map((doc) => this.texts(doc)))).entries()) {
      let count = 0;
      for (let at = -1; (at = texts[zone].indexOf(word, at + 1)) >= 0; count++);
      if (count) times.set(docs[n], count);
    }
    return times;
  }

  /**
   * Each pair must stand at the place of the one before or the next; see terms.py.
   * @param {number[]} terms @param {number} zone @param {List[]} lists @param {number[]} docs
   */
  async inPlaces(terms, zone, lists, docs) {
    const readers = await Promise.all(terms.map(async (term, n) => placesOf(lists[n], await this.index.places(term, zone, lists[n]))));
    /** @type {Map<number, number>} */ const times = new Map();
    for (const doc of docs) {
      let reached = readers[0](doc);
      for (let n = 1; n < terms.length && reached.length; n++) {
        const before = new Set(reached);
        const twice = terms[n] === terms[n - 1];
        reached = readers[n](doc).filter((place) => before.has(place - 1) || (!twice && before.has(place)));
      }
      if (reached.length) times.set(doc, reached.length);
    }
    return times;
  }

  /** @param {Found} found @param {Cover} cover @param {number} doc */
  score(found, cover, doc) {
    let score = 0;
    for (const [zone, { lists }] of cover) {
      const least = Math.min(...lists.map((list) => list.docs.length));
      const times = found.get(zone)?.get(doc);
      if (times) score += (WEIGHTS[zone] * (Math.log(this.index.root.space / (least + 1)) + 1) * times * (SATURATION + 1)) / (times + SATURATION);
    }
    return score;
  }

  /** Documents whose names, units or title sound like the letters. @param {string} letters */
  async spoken(letters) {
    /** @type {Set<number>} */ const docs = new Set();
    for (const way of readings(letters)) {
      const lists = await Promise.all(way.map(async (gram) => (await this.index.lists(pairs(gram)[0])).get(SOUND)));
      if (all(lists)) for (const doc of intersect(lists)) docs.add(doc);
    }
    return docs;
  }

  // -- what to show -----------------------------------------------------------------------------

  /** @param {Map<number, number>} scores @param {Record<string, string | string[]>} filters @returns {Promise<number[]>} */
  async filtered(scores, filters) {
    let docs = [...scores.keys()];
    for (const [facet, wanted] of Object.entries(filters)) {
      const values = [wanted ?? []].flat();
      if (!values.length) continue;
      const chosen = (await this.index.facet(facet)).filter((one) => isChosen(one, values));
      const kept = new Set(chosen.flatMap(({ docs }) => [...docs]));
      docs = docs.filter((doc) => kept.has(doc));
    }
    return docs;
  }

  /** @param {number[]} docs @param {Map<number, number>} scores @param {string} sort */
  async sorted(docs, scores, sort) {
    /** @type {Map<number, string>} */ const dates = new Map();
    if (sort === "date") for (const { value, docs } of await this.index.facet("date")) for (const doc of docs) dates.set(doc, value);
    /** @param {number} doc */
    const score = (doc) => Math.round(scores.get(doc) * 1e6);
    /** @param {number} doc */
    const date = (doc) => dates.get(doc) ?? "";
    return docs.sort((a, b) => (date(a) < date(b) ? 1 : date(a) > date(b) ? -1 : score(b) - score(a) || a - b));
  }

  /** @param {number} doc @param {Matches} matches */
  async result(doc, { words: sought, pinyin }) {
    const fields = await this.index.fragment(doc);
    const simple = pairsOf(fields[10]);
    if (!pinyin) {
      const texts = await this.texts(doc);
      // a file of an earlier index, from a cache that does not look at the whole address
      if (!sought.every((word) => texts.some((text) => text.includes(word)))) throw new SearchError("stale");
    }
    const [id, title, , , , sections, theme, facts, grade, date] = fields;
    return {
      id, url: `${this.site}cases/${id}/`, title, titleMarks: locate(title, sought, simple),
      theme, facts, grade, date, snippets: snippets(sections, sought, simple),
    };
  }

  /** The folded text of a document by zone. @param {number} doc @returns {Promise<string[]>} */
  async texts(doc) {
    const [, title, proposers, hosts, keywords, sections, , , , , far] = await this.index.fragment(doc);
    const body = sections.flatMap((/** @type {any} */ section) => section[1]);
    return [[title], proposers, hosts, keywords, body].map((texts) => fold(texts.join("\n"), pairsOf(far)));
  }

  /** Queries with other words for the same. @param {string[]} sought @returns {Promise<string[]>} */
  async suggest(sought) {
    if (!this.index.root.synonyms) return [];
    /** @type {string[][]} */ const groups = await this.index.file("synonyms.json", (bytes) => JSON.parse(new TextDecoder().decode(bytes)));
    return sought
      .flatMap((word) => groups.filter((group) => group.includes(word)).flatMap((group) => group.filter((other) => other !== word).map((other) => sought.map((one) => (one === word ? other : one)).join(" "))))
      .slice(0, 4);
  }

  /** Simplified forms of what is not surely simplified in the query. @param {string} q */
  async simple(q) {
    const blocks = [...q.normalize("NFKC")].filter((one) => /\p{Script=Han}/u.test(one) && !SIMPLE().has(one)).map((one) => /** @type {number} */ (one.codePointAt(0)) >> 10);
    const texts = await Promise.all([...new Set(blocks)].map((block) => this.index.file(`s/${block > 63 ? "far" : block}.txt`, (bytes) => new TextDecoder().decode(bytes))));
    return pairsOf(texts.join(""));
  }
}

/** @typedef {Map<number, { docs: number[], lists: List[] }>} Cover */

/** @param {List} list */
const timesOf = ({ docs, times }) => new Map([...docs].map((doc, n) => [doc, times[n]]));

/** The terms of a word: its pairs, or itself. @param {string} word */
function pairs(word) {
  if (word.length === 1) return [(word.charCodeAt(0) << 16) >>> 0];
  return Array.from({ length: word.length - 1 }, (_, n) => ((word.charCodeAt(n) << 16) | word.charCodeAt(n + 1)) >>> 0);
}

/** @template T @param {(T | undefined)[]} list @returns {list is T[]} */
const all = (list) => list.every((one) => one !== undefined);

/** @param {Map<number, { docs: number[] } | Map<number, number>>} zones */
function union(zones) {
  return new Set([...zones.values()].flatMap((zone) => (zone instanceof Map ? [...zone.keys()] : zone.docs)));
}

/** Documents that all lists have. @param {List[]} lists @returns {number[]} */
function intersect(lists) {
  const [shortest, ...others] = [...lists].sort((a, b) => a.docs.length - b.docs.length);
  return others.reduce((docs, { docs: next }) => {
    let at = 0;
    return docs.filter((doc) => {
      while (next[at] < doc) at++;
      return next[at] === doc;
    });
  }, [...shortest.docs]);
}

/** @param {List} list @param {Float64Array} places @returns {(doc: number) => number[]} */
function placesOf(list, places) {
  let at = 0;
  const starts = new Map([...list.docs].map((doc, n) => [doc, [at, (at += list.times[n])]]));
  return (doc) => [...places.subarray(...starts.get(doc))];
}

/** @param {{ value: string, name: string }} one @param {string[]} chosen */
const isChosen = (one, chosen) => chosen.includes(one.value) || chosen.includes(one.name);

/** @param {string | undefined} text characters two by two @returns {Map<string, string>} */
function pairsOf(text) {
  const all = [...(text ?? "")];
  return text ? new Map(all.flatMap((one, n) => (n % 2 ? [] : [[one, all[n + 1]]]))) : NONE;
}

/** Characters of GB 2312, which are simplified but for a few. */
function simpleCharacters() {
  /** @type {Set<string> | undefined} */ let known;
  return () => {
    if (!known) {
      const codes = [];
      for (let row = 0xb0; row < 0xf8; row++) for (let cell = 0xa1; cell < 0xff; cell++) codes.push(row, cell);
      known = new Set(new TextDecoder("gbk").decode(Uint8Array.from(codes)));
      for (const one of "乾吒夥後徵拚捱摺於榘菸薹袷醣麴麽") known.delete(one);
    }
    return known;
  };
}

/**
 * One or two pieces of text around the words.
 * @param {[string, string[]][]} sections @param {string[]} sought @param {Map<string, string>} simple
 */
function snippets(sections, sought, simple) {
  const pieces = sections.flatMap(([label, texts]) => texts.map((text) => ({ label, text, marks: locate(text, sought, simple) })));
  const found = pieces.filter(({ marks }) => marks.length).sort((a, b) => b.marks.length - a.marks.length);
  const chosen = found.slice(0, sought.length > 1 ? 2 : 1);
  return (chosen.length ? chosen : pieces.slice(0, 1)).map(({ label, text, marks }) => {
    const first = marks[0]?.[0] ?? 0;
    const start = text.length <= WINDOW || first < WINDOW / 2 ? 0 : Math.min(first - 20, text.length - WINDOW);
    const end = Math.min(text.length, start + WINDOW);
    const shift = start ? 1 - start : 0;
    return {
      label,
      text: (start ? "…" : "") + text.slice(start, end) + (end < text.length ? "…" : ""),
      marks: marks.filter(([from]) => from >= start && from < end).map(([from, to]) => [from + shift, Math.min(to, end) + shift]),
    };
  });
}
