// Answers queries from the index: which documents, in which order, and what to show of them.

import { BEST, failure, FEW, hex, Index, many, readPlaces, SOUND } from "./search-index.js";
import { fold, locate, sounds, understand } from "./search-words.js";

const WEIGHTS = [5, 4, 3, 2, 1]; // title, proposers, hosts, keywords, body
const K1 = 1.2; // of BM25; its b is 0, for cases are about as long as each other
const WINDOW = 48; // characters of a snippet
const FACETS = ["theme", "publication", "kind", "unit", "year", "grade"];

/**
 * What shards tell of a word: the zones that have all its terms, what it weighs there, and, unless all
 * its lists stand elsewhere, the documents that may have it.
 * @typedef {{ word?: string, entries?: import("./search-index.js").Entry[], weights?: Map<number, number>, docs?: Set<number> }} Look
 */
/** @typedef {{ scores: Map<number, number>, total?: number, words: string[], unwanted: string[], pinyin: boolean }} Matches */
/** @typedef {Record<string, string[]>} Filters */

export class Engine extends Index {
  /** @param {string} q @param {{ limit?: number, offset?: number, filters?: Filters, sort?: string, signal?: AbortSignal }} [options] */
  query(q, { limit = 10, offset = 0, filters = {}, sort, signal } = {}) {
    return this.settle(signal, async () => {
      let { scores, total, words, unwanted, pinyin } = await this.find(q, filters, sort !== "date" && offset + limit <= BEST);
      let docs = await this.sorted(await this.filtered(scores, filters), scores, sort === "date" || !words[0]);
      let shown = docs.slice(offset, offset + limit);
      let results = [];
      // browsers refuse thousands of requests at once
      while (shown[0] >= 0) results.push(...(await Promise.all(shown.splice(0, 99).map((doc) => this.result(doc, words, unwanted, pinyin)))));
      return { total: total ?? docs.length, results, words, pinyin, suggestions: this.suggest(words) };
    });
  }

  /** @param {string} q @param {{ filters?: Filters, signal?: AbortSignal }} [options] */
  counts(q, { filters = {}, signal } = {}) {
    return this.settle(signal, async () => {
      let { scores } = await this.find(q, filters);
      let counted = FACETS.map(async (facet) => {
        let docs = new Set(await this.filtered(scores, { ...filters, [facet]: [] }));
        let values = (await this.facet(facet))
          .map((one) => ({ ...one, count: one.docs.filter((doc) => docs.has(doc)).length }))
          .filter((one) => one.count || chosen(one, filters[facet]));
        // years and grades in their order, all else from the most
        return [facet, /year|grade/.test(facet) ? values : values.sort((a, b) => b.count - a.count)];
      });
      return Object.fromEntries(await Promise.all(counted));
    });
  }

  /**
   * An answer from one state of the index: should another be published meanwhile, again from that.
   * @template T @param {AbortSignal | undefined} signal @param {() => Promise<T>} answer @returns {Promise<T>}
   */
  async settle(signal, answer) {
    try {
      new DecompressionStream("deflate-raw");
    } catch {
      throw failure("unsupported");
    }
    if (!this.root.stamp) await this.check();
    for (let attempt = 0; ; attempt++) {
      let { root } = this;
      // where the network fails, what is here already may still answer
      let [{ value, reason }] = await Promise.allSettled([answer(), this.check()]);
      signal?.throwIfAborted();
      if (root !== this.root) continue;
      if (!reason) return value;
      if (attempt > 2 || reason.kind !== "missing") throw reason;
      this.cache = "reload"; // ask the server itself from now on
      this.kept.clear();
      root.own = []; // whose own files may be gone
    }
  }

  // -- which documents --------------------------------------------------------------------------

  /** @param {string} q @param {Filters} filters @param {boolean} [brief] whether the best are enough @returns {Promise<Matches>} */
  async find(q, filters, brief) {
    let narrow = Object.values(filters).flat().length; // then no word means all
    let { wanted, unwanted } = understand(q, new Map());
    let head = brief && !narrow && wanted[0] && !wanted[1] && !unwanted[0] && this.head(wanted[0]);
    let { total, best } = { ...(head && (await head)) };
    if (total) return { scores: new Map(best.map((doc, n) => [doc, -n])), total, words: wanted, unwanted, pinyin: false };
    let all = narrow && !wanted[0] ? (await this.facet("theme")).flatMap((one) => one.docs) : [];
    let scores = await this.search(wanted, unwanted, all);
    // the index has no traditional characters: a query with some finds nothing, and excludes nothing
    if (!scores.size || unwanted[0]) {
      ({ wanted, unwanted } = understand(q, await this.simple(q)));
      scores = await this.search(wanted, unwanted, all);
    }
    let letters = scores.size ? [] : wanted.filter((word) => /^[a-z]{2,}$/.test(word));
    if (letters[0]) {
      let spoken = await Promise.all(letters.map(async (word) => /** @type {const} */ ([word, { docs: await this.spoken(word) }])));
      scores = await this.search(wanted, unwanted, all, new Map(spoken));
    }
    return { scores, words: wanted, unwanted, pinyin: !!letters[0] && scores.size > 0 };
  }

  /**
   * The documents that have all of `wanted` and none of `unwanted`, with their scores.
   * @param {string[]} wanted @param {string[]} unwanted @param {number[]} [all] where nothing is wanted
   * @param {Map<string, Look>} [spoken] words that are found by their sound
   */
  async search(wanted, unwanted, all = [], spoken = new Map()) {
    let looks = await Promise.all([...wanted, ...unwanted].map((word, n) => (n < wanted.length && spoken.get(word)) || this.look(word)));
    let known = wanted[0] ? looks.slice(0, wanted.length).flatMap(({ docs }) => docs ?? []) : [all];
    let among = known[0] && intersect(known.map((docs) => [...docs]));
    let founds = await Promise.all(looks.map((look) => this.exact(look, among)));
    /** @type {Map<number, number>} */ let scores = new Map();
    for (let doc of among ?? founds[0].keys()) {
      if (founds.every((found, n) => found.has(doc) === n < wanted.length)) scores.set(doc, founds.reduce((sum, found) => sum + (found.get(doc) ?? 0), 0));
    }
    return scores;
  }

  /** How many documents have a word, and the best of them, if the files may tell. @param {string} word */
  head(word) {
    let [term, more] = grams(word);
    if (!more) return this.entry(term);
    let hash = Number(many(word.length, (n) => BigInt(word.charCodeAt(n))).reduce((hash, code) => BigInt.asUintN(48, (hash ^ code) * 0x9e3779b97f4bn), 0n));
    let heads = this.root.heads && this.file(`h/${hex(hash % this.root.heads)}`, (bits) => new Map(many(bits.low(16), () => [bits.low(48), this.readBest(bits)])));
    return heads && Promise.all([heads, this.look(word)]).then(([heads]) => heads.get(hash));
  }

  /** @param {string} word @returns {Promise<Look>} */
  async look(word) {
    // a long word has rare terms, which spare the long lists of others
    let entries = await Promise.all(grams(word).map((term) => this.entry(term, word.length < 8)));
    let near = entries.flatMap(({ lists }) => lists ?? []);
    let least = Math.min(...entries.map(({ heads }) => Math.max(...heads.map(({ size }) => size))));
    let rare = Math.log(this.root.space / (least + 1)) + 1;
    let weights = new Map();
    let docs = new Set();
    WEIGHTS.forEach((weight, zone) => {
      if (!entries.every(({ heads }) => heads.some((head) => head.zone === zone))) return;
      weights.set(zone, weight * rare);
      if (near[0]) intersect(near.map((lists) => lists.get(zone).docs)).forEach((doc) => docs.add(doc));
    });
    return { word, entries, weights, docs: near[0] || !weights.size ? docs : undefined };
  }

  /**
   * Which of the documents `among` really have a word, and their scores for it.
   * @param {Look} look @param {number[]} [among]
   */
  async exact({ word, entries, weights, docs }, among = docs && [...docs]) {
    if (!word) return new Map(among.map((doc) => [doc, 0])); // it was found by its sound
    let long = entries[1];
    // the text of some documents is quicker there than long lists, and what is shown needs it anyway;
    // but it does not tell how often one character stands somewhere as lists count it
    let most = entries.reduce((sum, { total = 0 }) => sum + total / 4096, FEW);
    let few = among?.length <= most && (long || (word[1] && !docs));
    if (few) await Promise.all(among.map((doc) => this.fragment(doc)));
    /** @type {Map<number, number>} */ let scores = new Map();
    let found = few ? [] : await Promise.all(entries.map((entry) => this.whole(entry)));
    for (let [zone, weight] of weights) {
      let some = found.map(({ lists }) => lists.get(zone));
      let chain = long ? some.map(readPlaces) : [];
      for (let doc of few ? among : intersect([...some.map((list) => list.docs), among ?? some[0].docs])) {
        let times = few ? occurrences((await this.texts(doc))[zone], word) : long ? inPlaces(word, chain, doc) : some[0].times.get(doc);
        if (times) scores.set(doc, (scores.get(doc) ?? 0) + (weight * times * (K1 + 1)) / (times + K1));
      }
    }
    return scores;
  }

  /** Documents whose names, units or title sound like the letters. @param {string} letters */
  async spoken(letters) {
    let found = await Promise.all(sounds(letters).map(async (term) => this.whole(await this.entry(term))));
    return new Set(intersect(found.map(({ lists }) => lists.get(SOUND)?.docs ?? [])));
  }

  // -- what to show -----------------------------------------------------------------------------

  /** @param {Map<number, number>} scores @param {Filters} filters */
  async filtered(scores, filters) {
    let docs = [...scores.keys()];
    for (let [facet, values] of Object.entries(filters)) {
      if (!values?.length) continue;
      let kept = new Set((await this.facet(facet)).flatMap((one) => (chosen(one, values) ? one.docs : [])));
      docs = docs.filter((doc) => kept.has(doc));
    }
    return docs;
  }

  /** @param {number[]} docs @param {Map<number, number>} scores @param {boolean} byDate newest first */
  async sorted(docs, scores, byDate) {
    // facets have their values in order
    let dates = new Map(byDate && docs.length ? (await this.facet("date")).flatMap(({ docs }, n) => docs.map((doc) => [doc, n + 1])) : []);
    /** @param {number} doc */
    let rank = (doc) => Math.round(scores.get(doc) * 1e8);
    return docs.sort((a, b) => (dates.get(b) || 0) - (dates.get(a) || 0) || rank(b) - rank(a) || a - b);
  }

  /** @param {number} doc @param {string[]} words @param {string[]} unwanted @param {boolean} pinyin */
  async result(doc, words, unwanted, pinyin) {
    let all = (await this.texts(doc)).join("\n");
    // a file of an earlier index, from a cache that does not look at the whole address
    let has = (/** @type {string} */ word) => all.includes(word);
    if (unwanted.some(has) || !(pinyin || words.every(has))) throw failure("missing");
    let [id, title, , , , sections, theme, facts, grade, date, far] = await this.fragment(doc);
    let simple = twos(far);
    let pieces = sections.flatMap(([label, texts]) => texts.map((text) => ({ label, text, marks: locate(text, words, simple) })));
    // the paragraph with the most matches, cut around the first
    let snippets = pieces.sort((a, b) => b.marks.length - a.marks.length).slice(0, 1).map(({ label, text, marks: [[first] = [0]] }) => {
      let start = first < WINDOW / 2 ? 0 : first - 16;
      let cut = (start ? "…" : "") + text.slice(start, start + WINDOW) + (text[start + WINDOW] ? "…" : "");
      return { label, text: cut, marks: locate(cut, words, simple) };
    });
    return { id, url: `${this.base.replace(/[^/]*\/$/, "")}cases/${id}/`, title, titleMarks: locate(title, words, simple), theme, facts, grade, date, snippets };
  }

  /** The folded text of a document by zone. @param {number} doc */
  async texts(doc) {
    let fields = await this.fragment(doc);
    return [...fields.slice(1, 5), fields[5].flatMap(([, texts]) => texts)].map((texts) => fold([texts].flat().join("\n"), twos(fields[10])));
  }

  /** Queries with another word for the same. @param {string[]} words @returns {string[]} */
  suggest(words) {
    return words.flatMap((word) => this.root.synonyms.filter((group) => group.includes(word)).flat().filter((other) => other !== word).map((other) => words.map((one) => (one === word ? other : one)).join(" ")));
  }

  /** Simplified forms of characters of the query; folding.py has the bits of the files. @param {string} q */
  async simple(q) {
    let blocks = q.normalize("NFKC").match(/\p{sc=Han}/gu)?.map((one) => Math.min(one.codePointAt(0) >> 10, 64));
    let files = [...new Set(blocks)].map((block) => this.file(`s/${block}`, (bits) => bits.rising(bits.low(18), bits.low(18)).map((code) => String.fromCodePoint(block * 1024 + code, bits.low(18)))));
    return twos((await Promise.all(files)).flat().join(""));
  }
}

/** @param {{ value: string, name: string }} one @param {string | string[]} [values] */
const chosen = (one, values = []) => [values].flat().some((value) => value === one.value || value === one.name);

/** What begins at each character of a word: three of ASCII or else two; or the only one. @param {string} word */
function grams(word) {
  let plain = (/** @type {number} */ n) => /^[.-z]{3}/.test(word.slice(n));
  // the last pair may stand in the triple before it
  return many(word.length - (plain(-3) ? 2 : 1) || 1, (n) => {
    let [a, b, c] = many(3, (more) => word.charCodeAt(n + more));
    return plain(n) ? 0xe0000000 | (a << 14) | (b << 7) | c : (a << 16) | b;
  });
}


/** How often a text has a word. @param {string} text @param {string} word */
const occurrences = (text, word) => many(text.length, (n) => text.startsWith(word, n)).filter(Boolean).length;

/**
 * How often a document has a word, by places: each term stands at that of the one before or the next; see
 * terms.py.
 * @param {string} word @param {Map<number, number[]>[]} places @param {number} doc
 */
const inPlaces = (word, places, doc) =>
  places.map((one) => one.get(doc)).reduce((before, here, n) => here.filter((place) => before.includes(place - 1) || ((word[n] !== word[n - 1] || word[n] !== word[n + 1]) && before.includes(place)))).length;

/** What all lists have. @param {number[][]} lists */
const intersect = (lists) =>
  lists.sort((a, b) => a.length - b.length).reduce((kept, docs) => {
    let has = new Set(docs);
    return kept.filter((doc) => has.has(doc));
  });

/** Characters two by two. @param {string} [text] */
const twos = (text = "") => new Map(text.match(/../gsu)?.map((two) => /** @type {[string, string]} */ ([...two])));
