// What a reader types and what a text says, made alike; broadsheet/search/{folding,query,sounds}.py do the same.

const WORD = /[.\p{L}\p{M}\p{N}\u{10000}-\u{10ffff}]+/gu;
const TOKEN = /([-－−]?)(?:["“”]([^"“”]*)(?:["“”]|$)|([^\s"“”]+))/g;

/** Simplified characters by traditional ones. @typedef {Map<string, string>} Simple */

/** @param {string} text @param {Simple} simple */
export function fold(text, simple) {
  const plain = text.replace(/[…‥⋯]/g, " ").replace(/\p{DI}/gu, "").normalize("NFKC").toLowerCase();
  return simple.size ? [...plain].map((one) => simple.get(one) ?? one).join("") : plain;
}

/**
 * Folded words that are wanted, and that are not (after a minus, of a whole quote too).
 * @param {string} query @param {Simple} simple
 */
export function understand(query, simple) {
  /** @type {Record<"wanted" | "unwanted", string[]>} */
  const found = { wanted: [], unwanted: [] };
  for (const [, minus, quote, plain] of query.matchAll(TOKEN)) {
    for (const word of fold(quote ?? plain, simple).match(WORD) ?? []) {
      const some = minus ? found.unwanted : found.wanted;
      if (!some.includes(word)) some.push(word);
    }
  }
  return found;
}

/**
 * Where folded words stand in a text as it is written: ranges that do not overlap, rising.
 * @param {string} text @param {Iterable<string>} words @param {Simple} simple
 */
export function locate(text, words, simple) {
  let folded = "";
  /** @type {number[]} */ const from = [];
  for (const { 0: piece, index } of text.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
    folded += fold(piece, simple);
    while (from.length < folded.length) from.push(index);
  }
  from.push(text.length);
  /** @type {[number, number][]} */ const ranges = [];
  for (const word of words) {
    for (let at = -1; (at = folded.indexOf(word, at + 1)) >= 0; ) {
      let end = at + word.length;
      while (from[end] === from[end - 1]) end++;
      ranges.push([from[at], from[end]]);
    }
  }
  /** @type {[number, number][]} */ const merged = [];
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

/** Terms of letters as pinyin or initials: four letters each, in two symbols. @param {string} letters */
export function sounds(letters) {
  const places = [...letters].map((letter) => parseInt(letter, 36) - 9);
  /** @param {number} n */
  const two = (n) => 0xf000 + (places[n] || 0) * 37 + (places[n + 1] || 0);
  return Array.from({ length: Math.max(1, letters.length - 3) }, (_, n) => (two(n) << 16) | two(n + 2));
}
