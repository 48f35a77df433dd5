// Pinyin as typed to terms of the index: broadsheet/search/sounds.py has the same lists.

const ONSETS = "b p m f d t n l g k h j q x zh ch sh r z c s y w".split(" ");
const RHYMES =
  "a o e i u v ai ei ui ao ou iu ie ve er an en in un vn ang eng ing ong ia iao ian iang iong ua uo uai uan uang ue".split(" ");
const BASE = 37; // nothing, letters, digits

/**
 * Every way to read letters as syllables, and as initials: for each the terms, two symbols each.
 * @param {string} letters two at least
 * @returns {string[][]}
 */
export function readings(letters) {
  /** @type {string[]} */ const found = [];
  /** @param {number} at @param {string} symbols */
  const go = (at, symbols) => {
    if (at === letters.length && symbols.length > 1) found.push(symbols);
    for (let end = Math.min(letters.length, at + 6); end > at; end--) {
      const symbol = syllable(letters.slice(at, end));
      if (symbol && found.length < 8) go(end, symbols + symbol);
    }
  };
  go(0, "");
  const ways = found.map((symbols) => Array.from({ length: symbols.length - 1 }, (_, n) => symbols.slice(n, n + 2)));
  const grams = Array.from({ length: Math.max(1, letters.length - 3) }, (_, n) => letters.slice(n, n + 4));
  return [...ways, grams.map((gram) => initials(gram, 0) + initials(gram, 2))];
}

/** @param {string} text @param {number} at */
const initials = (text, at) => String.fromCharCode(0xf000 + place(text, at) * BASE + place(text, at + 1));

/** @param {string} text @param {number} at */
const place = (text, at) => (text[at] ? parseInt(text[at], 36) - 9 : 0);

/** @param {string} text */
function syllable(text) {
  const onset = /^(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?/.exec(text)?.[0] ?? "";
  const rhyme = RHYMES.indexOf(text.slice(onset.length));
  return rhyme < 0 ? "" : String.fromCharCode(0xe000 + (ONSETS.indexOf(onset) + 1) * 64 + rhyme);
}
