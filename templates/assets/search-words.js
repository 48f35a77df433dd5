// What a reader types and what a text says, made alike; broadsheet/search/{folding,query,sounds}.py do the same.

import { many } from "./search-index.js";

const WORD = /[.\p{L}\p{M}\p{N}\u{10000}-\u{10ffff}]+/gu;
const TOKEN = /([-－−]?)(?:["“”]([^"“”]*)(?:["“”]|$)|([^\s"“”]+))/g;

/** Simplified characters by traditional ones. @typedef {Map<string, string>} Simple */

/** @param {string} text @param {Simple} simple */
export function fold(text, simple) {
  let plain = text.replace(/[…‥⋯]/g, " ").replace(/\p{DI}/gu, "").normalize("NFKC").toLowerCase();
  return simple.size ? [...plain].map((one) => simple.get(one) ?? one).join("") : plain;
}

/**
 * Folded words that are wanted, and that are not (after a minus, of a whole quote too).
 * @param {string} query @param {Simple} simple
 */
export function understand(query, simple) {
  /** @type {Record<"wanted" | "unwanted", string[]>} */
  let found = { wanted: [], unwanted: [] };
  for (let [, minus, quote, plain] of query.matchAll(TOKEN)) {
    for (let word of fold(quote ?? plain, simple).match(WORD) ?? []) {
      let some = minus ? found.unwanted : found.wanted;
      if (!some.includes(word)) some.push(word);
    }
  }
  return found;
}

/**
 * Where folded words stand in a text as it is written: ranges that do not overlap, rising.
 * @param {string} text @param {string[]} words @param {Simple} simple
 */
export function locate(text, words, simple) {
  if (!words.some((word) => fold(text, simple).includes(word))) return []; // to fold piece by piece takes long
  let pieces = [...text.matchAll(/\P{M}[\p{M}ﾞﾟ]*|\p{M}+/gu)];
  let folded = pieces.map(([piece]) => fold(piece, simple));
  let whole = folded.join("");
  let from = folded.flatMap((piece, n) => Array(piece.length).fill(n));
  let found = new Set();
  for (let word of words) {
    for (let at = -1; (at = whole.indexOf(word, at + 1)) >= 0; ) for (let n = from[at]; n <= from[at + word.length - 1]; n++) found.add(n);
  }
  /** @type {[number, number][]} */ let ranges = [];
  for (let [n, { 0: piece, index }] of pieces.entries()) {
    if (!found.has(n)) continue;
    let last = ranges.at(-1);
    if (last?.[1] === index) last[1] += piece.length;
    else ranges.push([index, index + piece.length]);
  }
  return ranges;
}

/** Terms of letters as pinyin or initials: four letters each, in two symbols. @param {string} letters */
export function sounds(letters) {
  let places = [...letters].map((letter) => parseInt(letter, 36) - 9);
  /** @param {number} n */
  let two = (n) => 0xf000 + (places[n] || 0) * 37 + (places[n + 1] || 0);
  return many(Math.max(1, letters.length - 3), (n) => (two(n) << 16) | two(n + 2));
}
