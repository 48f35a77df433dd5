// What makes a query and a text alike, as broadsheet/search/folding.py does it for the index.

const ELLIPSIS = /[…‥⋯]/g;
const IGNORED = /[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/gu;
const FAR = /[\u{10000}-\u{1ffff}\u{40000}-\u{10ffff}]/gu;
const WORD = /[.\p{L}\p{M}\p{N}\u{20000}-\u{3ffff}]+/gu;
const TOKEN = /([-－−]?)(?:["“”]([^"“”]*)(?:["“”]|$)|([^\s"“”]+))/gu;

/**
 * @param {string} text
 * @param {Map<string, string>} simple simplified characters by traditional ones
 */
export function fold(text, simple) {
  const plain = text.replace(ELLIPSIS, " ").replace(IGNORED, "").normalize("NFKC").toLowerCase();
  const same = simple.size ? [...plain].map((one) => simple.get(one) ?? one).join("") : plain;
  return same.replace(FAR, " ");
}

/** @param {string} folded @returns {string[]} */
export const words = (folded) => folded.match(WORD) ?? [];

/**
 * The words of a query: those to be found, those (after a minus) not to be found, those in quotes.
 * @param {string} query
 * @param {Map<string, string>} simple
 */
export function understand(query, simple) {
  const found = { wanted: new Set(), unwanted: new Set(), quoted: new Set() };
  for (const [, minus, quote, plain] of query.matchAll(TOKEN)) {
    for (const word of words(fold(quote ?? plain, simple))) {
      (minus ? found.unwanted : found.wanted).add(word);
      if (quote !== undefined) found.quoted.add(word);
    }
  }
  return found;
}

/**
 * Where folded words stand in a text as it is written.
 * @param {string} text @param {Iterable<string>} sought @param {Map<string, string>} simple
 * @returns {[number, number][]} ranges that do not overlap, rising
 */
export function locate(text, sought, simple) {
  let folded = "";
  /** @type {number[]} */ const from = [];
  for (const { 0: piece, index } of text.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
    const part = fold(piece, simple);
    for (let n = 0; n < part.length; n++) from.push(index);
    folded += part;
  }
  from.push(text.length);
  /** @type {[number, number][]} */ const ranges = [];
  for (const word of sought) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) {
      let end = at + word.length;
      while (from[end] === from[end - 1]) end++;
      ranges.push([from[at], from[end]]);
    }
  }
  ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  return ranges.reduce((kept, range) => {
    const last = kept.at(-1);
    if (last && range[0] <= last[1]) last[1] = Math.max(last[1], range[1]);
    else kept.push(range);
    return kept;
  }, /** @type {[number, number][]} */ ([]));
}
