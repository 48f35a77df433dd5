// Answers queries from the index: which documents, in which order, and what to show of them.

import { failure, FEW, Index, SOUND } from "./search-index.js";
import { fold, locate, sounds, understand } from "./search-words.js";

const WEIGHTS = [5, 4, 3, 2, 1]; // title, proposers, hosts, keywords, body
const K1 = 1.2; // of BM25; its b is 0, for cases are about as long as each other
const WINDOW = 48; // characters of a snippet
const FACETS = ["theme", "publication", "kind", "unit", "year", "grade"];

/** How often documents have a word, by zone. @typedef {Map<number, Map<number, number>>} Found */
/** Documents that have all pairs of a word, by zone. @typedef {Map<number, { docs: number[], lists: import("./search-index.js").List[], weight: number }>} Cover */
/** @typedef {{ scores: Map<number, number>, words: string[], unwanted: string[], pinyin: boolean }} Matches */
/** @typedef {Record<string, string[]>} Filters */

/** @param {string} base address of the folder of the index, such as `/search/` */
export const openIndex = (base) => new Engine(base);

class Engine {
  /** @param {string} base */
  constructor(base) {
    this.site = base.replace(/[^/]*\/$/, "");
    this.index = new Index(base);
    this.opening = this.index.check().catch(() => {});
    /** @type {Map<string, Promise<Matches>>} */ this.known = new Map();
  }

  /** @param {string} q @param {{ limit?: number, offset?: number, filters?: Filters, sort?: string, signal?: AbortSignal }} [options] */
  query(q, { limit = 10, offset = 0, filters = {}, sort, signal } = {}) {
    return this.settle(signal, async () => {
      const { scores, words, unwanted, pinyin } = await this.matches(q, filters);
      const docs = await this.sorted(await this.filtered(scores, filters), scores, sort === "date" || !words.length);
      const shown = docs.slice(offset, offset + limit);
      const results = [];
      // browsers refuse thousands of requests at once
      while (shown[0] >= 0) results.push(...(await Promise.all(shown.splice(0, 99).map((doc) => this.result(doc, words, unwanted, pinyin)))));
      return { total: docs.length, results, words, pinyin, suggestions: await this.suggest(words) };
    });
  }

  /** @param {string} q @param {{ filters?: Filters, signal?: AbortSignal }} [options] */
  counts(q, { filters = {}, signal } = {}) {
    return this.settle(signal, async () => {
      const { scores } = await this.matches(q, filters);
      const counted = FACETS.map(async (facet) => {
        const docs = new Set(await this.filtered(scores, { ...filters, [facet]: [] }));
        const values = (await this.index.facet(facet))
          .map((one) => ({ ...one, count: one.docs.filter((doc) => docs.has(doc)).length }))
          .filter((one) => one.count || chosen(one, filters[facet]));
        // years from the last, grades from the first, all else from the most
        if (facet === "year") values.reverse();
        else if (facet !== "grade") values.sort((a, b) => b.count - a.count);
        return [facet, values];
      });
      return Object.fromEntries(await Promise.all(counted));
    });
  }

  /**
   * An answer from one state of the index: should another be published meanwhile, again from that.
   * @template T @param {AbortSignal | undefined} signal @param {() => Promise<T>} answer @returns {Promise<T>}
   */
  async settle(signal, answer) {
    if (!globalThis.DecompressionStream) throw failure("unsupported");
    await this.opening;
    if (!this.index.root.stamp) await this.index.check();
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      const { root } = this.index;
      // where the network fails, what is here already may still answer
      const answering = answer();
      const looking = this.index.check().catch(() => {});
      try {
        const answered = await answering;
        await looking;
        if (root === this.index.root) return answered;
      } catch (error) {
        await looking;
        if (root === this.index.root) {
          if (attempt > 2 || error.kind !== "missing") throw error;
          this.index.cache = "reload"; // ask the server itself from now on
          this.index.kept.clear();
        }
      }
      this.known.clear();
    }
  }

  // -- which documents --------------------------------------------------------------------------

  /** @param {string} q @param {Filters} filters @returns {Promise<Matches>} */
  matches(q, filters) {
    const narrow = Object.values(filters).flat().length > 0;
    let found = this.known.get(narrow + q);
    if (!found) {
      found = this.find(q, narrow);
      found.catch(() => this.known.delete(narrow + q));
      this.known.set(narrow + q, found);
    }
    return found;
  }

  /** @param {string} q @param {boolean} narrow whether there are filters: then no word means all @returns {Promise<Matches>} */
  async find(q, narrow) {
    let { wanted, unwanted } = understand(q, new Map());
    const all = narrow && !wanted.length ? (await this.index.facet("theme")).flatMap((one) => one.docs) : [];
    let scores = await this.search(wanted, unwanted, all);
    // the index has no traditional characters: a query with some finds nothing, and excludes nothing
    if (!scores.size || unwanted.length) {
      ({ wanted, unwanted } = understand(q, await this.simple(q)));
      scores = await this.search(wanted, unwanted, all);
    }
    const letters = scores.size ? [] : wanted.filter((word) => /^[a-z]{2,}$/.test(word));
    if (letters.length) {
      const heard = await Promise.all(letters.map((word) => this.spoken(word)));
      scores = await this.search(wanted, unwanted, all, new Map(heard.map((docs, n) => [letters[n], docs])));
    }
    return { scores, words: wanted, unwanted, pinyin: letters.length > 0 && scores.size > 0 };
  }

  /**
   * The documents that have all of `wanted` and none of `unwanted`, with their scores.
   * @param {string[]} wanted @param {string[]} unwanted @param {number[]} all where nothing is wanted
   * @param {Map<string, Set<number>>} [spoken] words that are found by their sound, and where
   */
  async search(wanted, unwanted, all, spoken = new Map()) {
    /** @type {Map<number, number>} */ const scores = new Map();
    const words = [...wanted, ...unwanted];
    const heard = words.map((word, n) => n < wanted.length && spoken.get(word));
    const covers = await Promise.all(words.map((word, n) => (heard[n] ? new Map() : this.cover(pairs(word).filter((_, at, all) => at % 2 === 0 || at === all.length - 1)))));
    const [first = all, ...others] = wanted.map((_, n) => heard[n] || union(covers[n]));
    let docs = [...first].filter((doc) => others.every((other) => other.has(doc)));
    for (const [n, word] of words.entries()) {
      if (heard[n]) continue;
      const found = await this.exact(word, covers[n], new Set(docs));
      const has = union(found);
      docs = docs.filter((doc) => has.has(doc) === n < wanted.length);
      for (const [zone, { weight }] of covers[n]) {
        for (const [doc, times] of found.get(zone) ?? []) scores.set(doc, (scores.get(doc) || 0) + (weight * times * (K1 + 1)) / (times + K1));
      }
    }
    return new Map(docs.map((doc) => [doc, scores.get(doc) || 0]));
  }

  /** Documents that have all the pairs, by zone. @param {number[]} pairs @returns {Promise<Cover>} */
  async cover(pairs) {
    const terms = await Promise.all(pairs.map((term) => this.index.lists(term)));
    return new Map(
      WEIGHTS.flatMap((_, zone) => {
        const lists = terms.flatMap((term) => term.get(zone) ?? []);
        if (lists.length < terms.length) return [];
        const least = Math.min(...lists.map((list) => list.docs.length));
        return [[zone, { lists, docs: intersect(lists), weight: WEIGHTS[zone] * (Math.log(this.index.root.space / (least + 1)) + 1) }]];
      }),
    );
  }

  /**
   * Which of the documents `among` really have the word, and how often in each zone.
   * @param {string} word @param {Cover} cover @param {Set<number>} among @returns {Promise<Found>}
   */
  async exact(word, cover, among) {
    const terms = pairs(word);
    const few = [...union(cover)].filter((doc) => among.has(doc)).length <= FEW;
    const zones = [...(few ? cover : await this.cover(terms))].map(async ([zone, { lists, docs }]) => {
      const here = docs.filter((doc) => among.has(doc));
      const count = !terms[1] ? (/** @type {number} */ doc) => lists[0].times.get(doc)
        : few || lists.some(({ stream }) => stream < 0) ? await this.inText(word, here, zone)
        : await this.inPlaces(terms, zone, lists);
      return /** @type {const} */ ([zone, new Map(here.map((doc) => [doc, count(doc)]).filter(([, times]) => times))]);
    });
    return new Map(await Promise.all(zones));
  }

  /** How often a document has the word, by its text. @param {string} word @param {number[]} docs @param {number} zone */
  async inText(word, docs, zone) {
    const texts = new Map(await Promise.all(docs.map(async (doc) => /** @type {const} */ ([doc, (await this.texts(doc))[zone]]))));
    return (/** @type {number} */ doc) => {
      let times = 0;
      for (let at = -1; (at = texts.get(doc).indexOf(word, at + 1)) >= 0; ) times++;
      return times;
    };
  }

  /**
   * The same by places: each pair stands at the place of the one before or the next; see terms.py.
   * @param {number[]} terms @param {number} zone @param {import("./search-index.js").List[]} lists
   */
  async inPlaces(terms, zone, lists) {
    const places = await Promise.all(terms.map((term, n) => this.index.places(term, zone, lists[n])));
    return (/** @type {number} */ doc) =>
      places.map((one) => one.get(doc)).reduce((before, here, n) => here.filter((place) => before.includes(place - 1) || (terms[n] !== terms[n - 1] && before.includes(place)))).length;
  }

  /** Documents whose names, units or title sound like the letters. @param {string} letters */
  async spoken(letters) {
    const lists = (await Promise.all(sounds(letters).map((term) => this.index.lists(term)))).map((list) => list.get(SOUND));
    return new Set(lists.every(Boolean) ? intersect(lists) : []);
  }

  // -- what to show -----------------------------------------------------------------------------

  /** @param {Map<number, number>} scores @param {Filters} filters */
  async filtered(scores, filters) {
    let docs = [...scores.keys()];
    for (const [facet, values] of Object.entries(filters)) {
      if (!values?.length) continue;
      const kept = new Set((await this.index.facet(facet)).flatMap((one) => (chosen(one, values) ? one.docs : [])));
      docs = docs.filter((doc) => kept.has(doc));
    }
    return docs;
  }

  /** @param {number[]} docs @param {Map<number, number>} scores @param {boolean} byDate newest first */
  async sorted(docs, scores, byDate) {
    // facets have their values in order
    const dates = new Map(byDate && docs.length ? (await this.index.facet("date")).flatMap(({ docs }, n) => docs.map((doc) => [doc, n + 1])) : []);
    /** @param {number} doc */
    const rank = (doc) => (dates.get(doc) || 0) * 1e10 + Math.round(scores.get(doc) * 1e6);
    return docs.sort((a, b) => rank(b) - rank(a) || a - b);
  }

  /** @param {number} doc @param {string[]} words @param {string[]} unwanted @param {boolean} pinyin */
  async result(doc, words, unwanted, pinyin) {
    const texts = await this.texts(doc);
    // a file of an earlier index, from a cache that does not look at the whole address
    const has = (/** @type {string} */ word) => texts.some((text) => text.includes(word));
    if (unwanted.some(has) || !(pinyin || words.every(has))) throw failure("missing");
    const [id, title, , , , sections, theme, facts, grade, date, far] = await this.index.fragment(doc);
    const simple = twos(far);
    const pieces = sections.flatMap(([label, texts]) => texts.map((text) => ({ label, text, marks: locate(text, words, simple) })));
    // the paragraph with the most matches, cut around the first
    const snippets = pieces.sort((a, b) => b.marks.length - a.marks.length).slice(0, 1).map(({ label, text, marks: [[first] = [0]] }) => {
      const start = first < WINDOW / 2 ? 0 : first - 16;
      const cut = (start ? "…" : "") + text.slice(start, start + WINDOW) + (text[start + WINDOW] ? "…" : "");
      return { label, text: cut, marks: locate(cut, words, simple) };
    });
    return { id, url: `${this.site}cases/${id}/`, title, titleMarks: locate(title, words, simple), theme, facts, grade, date, snippets };
  }

  /** The folded text of a document by zone. @param {number} doc */
  async texts(doc) {
    const [, title, proposers, hosts, keywords, sections, , , , , far] = await this.index.fragment(doc);
    return [[title], proposers, hosts, keywords, sections.flatMap(([, texts]) => texts)].map((texts) => fold(texts.join("\n"), twos(far)));
  }

  /** Queries with another word for the same. @param {string[]} words @returns {Promise<string[]>} */
  async suggest(words) {
    if (!words.length || !this.index.root.synonyms) return [];
    const groups = JSON.parse(await this.index.text("synonyms.json"));
    return words.flatMap((word) => groups.filter((group) => group.includes(word)).flat().filter((other) => other !== word).map((other) => words.map((one) => (one === word ? other : one)).join(" ")));
  }

  /** Simplified forms of characters of the query. @param {string} q */
  async simple(q) {
    const blocks = [...q.normalize("NFKC")].filter((one) => /\p{Script=Han}/u.test(one)).map((one) => one.codePointAt(0) >> 10);
    const files = [...new Set(blocks)].map((block) => this.index.text(`s/${block > 63 ? "far" : block}.txt`));
    return twos((await Promise.all(files)).join(""));
  }
}

/** @param {{ value: string, name: string }} one @param {string | string[]} [values] */
const chosen = (one, values = []) => [values].flat().some((value) => value === one.value || value === one.name);

/** The terms of a word: its pairs, or itself. @param {string} word */
const pairs = (word) => Array.from({ length: word.length - 1 || 1 }, (_, n) => (word.charCodeAt(n) << 16) | (word.charCodeAt(n + 1) || 0));

/** @param {Map<number, { docs: number[] } | Map<number, number>>} zones */
const union = (zones) => new Set([...zones.values()].flatMap((zone) => zone.docs ?? [...zone.keys()]));

/** Documents that all lists have. @param {{ docs: number[] }[]} lists */
const intersect = (lists) =>
  lists.map((list) => list.docs).sort((a, b) => a.length - b.length).reduce((kept, docs) => {
    const has = new Set(docs);
    return kept.filter((doc) => has.has(doc));
  });

/** Characters two by two. @param {string} [text] */
const twos = (text = "") => new Map(text.match(/../gsu)?.map((two) => /** @type {[string, string]} */ ([...two])));
