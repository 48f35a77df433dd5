// Reads the files of the index; broadsheet/search/coding.py says what stands in them.

const BODY = 4;
const SINGLE = 5; // where other entries name their zones: one character
export const SOUND = 6;
export const FEW = 5; // terms with more postings have places
export const BEST = 64; // documents that a head knows

/**
 * Documents, rising, how often each has the term, and where the places begin.
 * @typedef {{ docs: number[], times: Map<number, number>, places?: Bits }} List
 * How many documents have a term in each zone. Without lists: how many there are in all, and the best of them.
 * @typedef {{ mixed?: number, heads: { zone: number, size: number }[], lists?: Map<number, List>, total?: number, best?: number[] }} Entry
 */

/** @param {"offline" | "unsupported" | "missing"} kind missing: there, but not of this index, too */
export const failure = (kind) => Object.assign(new Error(kind), { kind });

/** Bits from the highest of a byte to the lowest. */
class Bits {
  /** @param {Uint8Array} bytes @param {number} [at] */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  low(width = 1) {
    let value = 0;
    for (; width--; this.at++) value = value * 2 + ((this.bytes[this.at >> 3] >> (7 - (this.at & 7))) & 1);
    return value;
  }
  unary() {
    let zeros = 0;
    while (this.bytes[this.at >> 3] >= 0 && !this.low()) zeros++;
    return zeros;
  }
  gamma() {
    let width = this.unary();
    return 2 ** width + this.low(width);
  }
  /** Rice codes. @param {number} count @param {number} k */
  rice(count, k) {
    return many(count, () => this.unary()).map((high) => high * 2 ** k + this.low(k));
  }
  /** Rising numbers, coded as their distances less one. @param {number} count @param {number} k */
  rising(count, k) {
    let last = -1;
    return this.rice(count, k).map((step) => (last += step + 1));
  }
  /** The same below `total`; the k is that of coding.py's `rice_bits`. @param {number} count @param {number} total */
  below(count, total) {
    return this.rising(count, Math.max(0, 31 - Math.clz32((total * 2) / (count * 3))));
  }
}

/** The places of each document of a list. @param {List} list */
export function readPlaces({ docs, times, places }) {
  let bits = new Bits(places.bytes, places.at);
  let k = bits.low(4);
  let steps = bits.rice([...times.values()].reduce((sum, one) => sum + one), k).values();
  return new Map(docs.map((doc) => {
    let last = -1;
    return [doc, many(times.get(doc), () => (last += steps.next().value + 1))];
  }));
}

/** @template T @param {number} count @param {(n: number) => T} make @returns {T[]} */
export function many(count, make) {
  let made = [];
  for (let n = 0; n < count; n++) made.push(make(n)); // Array.from is slow
  return made;
}

/** @param {number} value */
export const hex = (value) => value.toString(16);

/** @param {Uint8Array} bytes */
const parse = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

export class Index {
  /** @param {string} base address of the folder of the index */
  constructor(base) {
    this.base = base;
    /** @type {any} */ this.root = {};
    /** @type {Map<string, Promise<any>>} */ this.kept = new Map();
  }

  /** Look which index is published now; another one than before starts from nothing. */
  async check() {
    let root = parse(await this.load("index.json", "no-cache"));
    if (root.stamp === this.root.stamp) return;
    this.root = root;
    this.kept.clear();
    this.preset();
    // terms that have files of their own, once that is known
    this.file("b/names", (bits) => (root.own = bits.below(bits.low(16), 2 ** 32)));
  }

  /** @param {string} path @param {RequestCache} [cache] @returns {Promise<Uint8Array>} */
  async load(path, cache = this.cache) {
    let answer = await fetch(this.base + path, { cache }).catch(() => ({}));
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    throw failure(answer.status < 500 ? "missing" : "offline");
  }

  /**
   * What a file of this index says; the stamp in the address keeps apart what caches hold of others.
   * @template T @param {string} path @param {(bits: Bits, bytes: Uint8Array) => T | Promise<T>} read
   * @returns {Promise<T>}
   */
  file(path, read) {
    let made = this.kept.get(path);
    if (!made) {
      made = this.load(`${path}.bin?${this.root.stamp}`).then((bytes) => {
        let bits = new Bits(bytes);
        // the table of traditional characters is the same for every index
        let sign = bits.low(32);
        if (sign !== this.root[path[0] === "d" ? "preset" : "epoch"] && path[0] !== "s") throw failure("missing");
        return read(bits, bytes);
      });
      made.catch(() => this.kept.delete(path));
      this.kept.set(path, made);
    }
    return made;
  }

  // -- terms ------------------------------------------------------------------------------------

  /** @param {number} term @param {boolean} [whole] with its lists, if nothing else has to come first @returns {Promise<Entry>} */
  entry(term, whole) {
    let mixed = Math.imul(term, 0x9e3779b1) >>> 0;
    return this.read(mixed, whole && this.root.own?.includes(mixed));
  }

  /** The same with its lists. @param {Entry} entry */
  whole(entry) {
    return entry.lists ? entry : this.read(entry.mixed, true);
  }

  /** @param {number} mixed @param {boolean} [own] from the term's own file @returns {Promise<Entry>} */
  async read(mixed, own) {
    let width = 32 - this.root.bits;
    let shard = mixed >>> width;
    /** @type {Map<number, Entry>} */ let entries = await this.file(own ? `b/${hex(mixed)}` : `t/${hex(shard)}`, (bits, bytes) => {
      let keys = bits.below(bits.low(16), 2 ** width);
      let brief = keys.map(() => bits.low());
      let zones = keys.map(() => (bits.low() ? [BODY] : bits.low() ? [SOUND] : many(SINGLE + 1, (zone) => zone).filter(() => bits.low())));
      let heads = zones.map((some) => some.filter((zone) => zone !== SINGLE).map((zone) => ({ zone, size: bits.gamma() })));
      /** @type {List[]} */ let placed = [];
      let entries = keys.map((key, n) => {
        /** @type {Entry} */ let entry = { mixed: shard * 2 ** width + key, heads: heads[n] };
        if (brief[n]) return Object.assign(entry, this.readBest(bits));
        let pair = zones[n].at(-1) < SINGLE;
        let lists = heads[n].map(({ zone, size }) => {
          let docs = bits.below(size, this.root.space);
          return /** @type {[number, List]} */ ([zone, { docs, times: new Map(docs.map((doc) => [doc, pair ? bits.unary() + 1 : 1])) }]);
        });
        if (pair && heads[n].reduce((sum, { size }) => sum + size, 0) > FEW) placed.push(...lists.map(([, list]) => list));
        return Object.assign(entry, { lists: new Map(lists) });
      });
      let lengths = placed.map(() => bits.gamma());
      placed.forEach((list, n) => (list.places = new Bits(bytes, (bits.at += lengths[n]) - lengths[n])));
      return new Map(entries.map((entry) => [entry.mixed, entry]));
    });
    return entries.get(mixed) ?? { heads: [], lists: new Map() };
  }

  /** @param {Bits} bits */
  readBest(bits) {
    let total = bits.gamma();
    return { total, best: many(Math.min(total, BEST), () => bits.low(32 - Math.clz32(this.root.space - 1))) };
  }

  // -- documents --------------------------------------------------------------------------------

  /** @param {number} doc @returns {Promise<any[]>} the fields of fragments.py */
  fragment(doc) {
    return this.file(`d/${hex(doc)}`, async (_, bytes) => {
      let preset = await this.preset();
      let whole = new Uint8Array(preset.length + bytes.length - 4);
      whole.set(preset);
      whole.set(bytes.subarray(4), preset.length);
      let stream = new Response(whole).body.pipeThrough(new DecompressionStream("deflate-raw"));
      return JSON.parse(new TextDecoder("gbk").decode(await new Response(stream).arrayBuffer()).split("\n").pop());
    });
  }

  /** What every fragment goes on from. @returns {Promise<Uint8Array>} */
  preset() {
    return this.file("d/preset", (_, bytes) => bytes.subarray(4));
  }

  /** The values of a filter. @param {string} name @returns {Promise<{ value: string, name: string, docs: number[] }[]>} */
  facet(name) {
    return this.file(`f/${name}`, (bits, bytes) => {
      let end = 8 + bits.low(32);
      bits.at = end * 8;
      return parse(bytes.subarray(8, end)).map(([value, name, count, k]) => ({ value, name, docs: bits.rising(count, k) }));
    });
  }
}
