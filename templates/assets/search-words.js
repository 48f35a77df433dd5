// What a reader types and what a text says, made alike; broadsheet/search/{folding,query,sounds}.py do the same.

const IGNORED = /[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/gu;
const FAR = /[\u{10000}-\u{1ffff}\u{40000}-\u{10ffff}]/gu;
const WORD = /[.\p{L}\p{M}\p{N}\u{20000}-\u{3ffff}]+/gu;
const TOKEN = /([-－−]?)(?:["“”]([^"“”]*)(?:["“”]|$)|([^\s"“”]+))/g;

/** Simplified characters by traditional ones. @typedef {Map<string, string>} Simple */

/** @param {string} text @param {Simple} simple */
export function fold(text, simple) {
  const plain = text.replace(/[…‥⋯]/g, " ").replace(IGNORED, "").normalize("NFKC").toLowerCase();
  return (simple.size ? [...plain].map((one) => simple.get(one) ?? one).join("") : plain).replace(FAR, " ");
}

/**
 * Folded words that are wanted, that are not (after a minus), and those of either in quotes.
 * @param {string} query @param {Simple} simple
 */
export function understand(query, simple) {
  const found = { wanted: new Set(), unwanted: new Set(), quoted: new Set() };
  for (const [, minus, quote, plain] of query.matchAll(TOKEN)) {
    for (const word of fold(quote ?? plain, simple).match(WORD) ?? []) {
      found[minus ? "unwanted" : "wanted"].add(word);
      if (!plain) found.quoted.add(word);
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

// -- pinyin ---------------------------------------------------------------------------------------

const ONSETS = " b p m f d t n l g k h j q x zh ch sh r z c s y w".split(" ");
const RHYMES =
  "a o e i u v ai ei ui ao ou iu ie ve er an en in un vn ang eng ing ong ia iao ian iang iong ua uo uai uan uang ue".split(" ");

/**
 * Ways to read letters as syllables, and as initials: for each its terms, two symbols of the index.
 * @param {string} letters two at least
 */
export function readings(letters) {
  /** @type {string[][]} */ const ways = [];
  /** @param {string} rest @param {string} symbols */
  const read = (rest, symbols) => {
    if (!rest && symbols[1]) ways.push([...symbols].slice(1).map((symbol, n) => symbols[n] + symbol));
    for (let end = 6; end; end--) {
      const symbol = rest.length >= end && ways.length < 8 && syllable(rest.slice(0, end));
      if (symbol) read(rest.slice(end), symbols + symbol);
    }
  };
  read(letters, "");
  const places = [...letters].map((letter) => parseInt(letter, 36) - 9);
  const last = Math.max(0, letters.length - 4);
  /** @param {number} n */
  const two = (n) => String.fromCharCode(0xf000 + (places[n] ?? 0) * 37 + (places[n + 1] ?? 0));
  return [...ways, places.slice(0, last + 1).map((_, n) => two(n) + two(n + 2))];
}

/** @param {string} text */
function syllable(text) {
  const [onset] = /** @type {RegExpExecArray} */ (/^([zcs]h|[bpmfdtnlgkhjqxrzcsyw])?/.exec(text));
  const rhyme = RHYMES.indexOf(text.slice(onset.length));
  return rhyme < 0 ? "" : String.fromCharCode(0xe000 + ONSETS.indexOf(onset) * 64 + rhyme);
}
