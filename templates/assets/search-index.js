// Reads the files of the index; broadsheet/search/coding.py says what stands in them.

const BODY = 4;
const SINGLE = 5; // where other entries name their zones: one character
export const SOUND = 6;
export const FEW = 10; // longer lists have places
export const BEST = 64; // documents that a head knows

/**
 * Documents, rising, and how often each has the term; `stream`: which places of the shard are its own.
 * @typedef {{ docs: number[], times: Map<number, number>, stream: number }} List
 * @typedef {{ zone: number, size: number, stream: number }} Head
 * Where lists stand in a file of their own: how many documents there are in all, and the best of them.
 * @typedef {{ heads: Head[], placed: boolean, total: number, best: number[], lists?: Map<number, List> }} Entry
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
    const width = this.unary();
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
}

/** @template T @param {number} count @param {(n: number) => T} make @returns {T[]} */
const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));

/** The k of coding.py's `rice_bits`. @param {number} count @param {number} total */
const riceWidth = (count, total) => Math.max(0, 31 - Math.clz32((total * 2) / (count * 3)));

/** @param {number} value @param {number} width */
const hex = (value, width) => value.toString(16).padStart(width, "0");

const utf8 = new TextDecoder();

export class Index {
  /** @param {string} base address of the folder of the index */
  constructor(base) {
    this.base = base;
    /** @type {any} */ this.root = {};
    /** @type {Map<string, Promise<any>>} */ this.kept = new Map();
  }

  /** Look which index is published now; another one than before starts from nothing. */
  async check() {
    const root = JSON.parse(utf8.decode(await this.load("index.json", "no-cache")));
    if (root.stamp === this.root.stamp) return;
    this.root = root;
    this.kept.clear();
  }

  /** @param {string} path @param {RequestCache} [cache] @returns {Promise<Uint8Array>} */
  async load(path, cache = this.cache) {
    const answer = await fetch(this.base + path, { cache }).catch(() => ({}));
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
      made = this.load(`${path}?${this.root.stamp}`).then((bytes) => {
        const bits = new Bits(bytes);
        if (hex(bits.low(32), 8) !== this.root.epoch && /^[tbqf]/.test(path)) throw failure("missing");
        return read(bits, bytes);
      });
      made.catch(() => this.kept.delete(path));
      this.kept.set(path, made);
    }
    return made;
  }

  /** @param {string} path */
  text(path) {
    return this.file(path, (_, bytes) => utf8.decode(bytes));
  }

  // -- terms ------------------------------------------------------------------------------------

  /** The mixed term, and the number of its shard. @param {number} term */
  home(term) {
    term = Math.imul(term, 0x9e3779b1);
    term = Math.imul(term ^ (term >>> 15), 0x85ebca77);
    const mixed = (term ^ (term >>> 13)) >>> 0;
    return { mixed, name: hex(mixed, 8), shard: mixed >>> (32 - this.root.bits) };
  }

  /** @param {number} term @returns {Promise<Entry | undefined>} */
  async entry(term) {
    const { mixed, shard } = this.home(term);
    return (await this.shard(shard)).entries.get(mixed);
  }

  /** The lists of a term by zone. @param {number} term @returns {Promise<Map<number, List>>} */
  async lists(term) {
    const entry = await this.entry(term);
    if (!entry) return new Map();
    return entry.lists ?? this.file(`b/${this.home(term).name}.bin`, (bits) => this.readLists(bits, entry));
  }

  /** @param {number} shard @returns {Promise<{ entries: Map<number, Entry>, streams: (Bits | 0)[] }>} */
  shard(shard) {
    return this.file(`t/${hex(shard, 5)}.bin`, (bits, bytes) => {
      const width = 32 - this.root.bits;
      const count = bits.low(16);
      const keys = bits.rice(count, riceWidth(count, 2 ** width));
      const own = many(count, () => bits.low());
      // of six, the last is SINGLE
      const zones = many(count, () => (bits.low() ? [BODY] : bits.low() ? [SOUND] : many(6, (zone) => zone).filter(() => bits.low())));
      let streams = 0;
      const heads = zones.map((some) => some.filter((zone) => zone !== SINGLE).map((zone) => {
        const size = bits.gamma();
        return { zone, size, stream: some.at(-1) < SINGLE && size > FEW ? streams++ : -1 };
      }));
      let key = shard * 2 ** width;
      /** @type {Map<number, Entry>} */ const entries = new Map();
      keys.forEach((step, n) => {
        const placed = zones[n].at(-1) < SINGLE;
        const total = own[n] && bits.gamma();
        const best = many(Math.min(total, BEST), () => bits.low(32 - Math.clz32(this.root.space - 1)));
        /** @type {Entry} */ const entry = { heads: heads[n], placed, total, best };
        if (!total) entry.lists = this.readLists(bits, entry);
        entries.set((key += step), entry);
      });
      return { entries, streams: many(streams, () => bits.gamma() - 1).map((length) => length && new Bits(bytes, (bits.at += length) - length)) };
    });
  }

  /** @param {Bits} bits @param {Entry} entry */
  readLists(bits, { heads, placed }) {
    return new Map(
      heads.map(({ zone, size, stream }) => {
        const docs = bits.rising(size, riceWidth(size, this.root.space));
        return [zone, { docs, times: new Map(docs.map((doc) => [doc, placed ? bits.unary() + 1 : 1])), stream }];
      }),
    );
  }

  /** The places of each document of a list. @param {number} term @param {number} zone @param {List} list */
  async places(term, zone, { docs, times, stream }) {
    const { name, shard } = this.home(term);
    const own = (await this.shard(shard)).streams[stream];
    /** @param {Bits} bits */
    const read = (bits) => {
      const k = bits.low(4);
      const steps = bits.rice([...times.values()].reduce((sum, one) => sum + one), k).values();
      return new Map(docs.map((doc) => {
        let last = -1;
        return [doc, many(times.get(doc), () => (last += steps.next().value + 1))];
      }));
    };
    return own ? read(new Bits(own.bytes, own.at)) : this.file(`q/${name}${zone}.bin`, read);
  }

  // -- documents --------------------------------------------------------------------------------

  /** @param {number} doc @returns {Promise<any[]>} the fields of fragments.py */
  fragment(doc) {
    return this.file(`d/${hex(doc, 6)}.bin`, async (_, bytes) => {
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
      return JSON.parse(new TextDecoder("gbk").decode(await new Response(stream).arrayBuffer()));
    });
  }

  /** The values of a filter. @param {string} name @returns {Promise<{ value: string, name: string, docs: number[] }[]>} */
  facet(name) {
    return this.file(`f/${name}.bin`, (bits, bytes) => {
      const end = 8 + bits.low(32);
      bits.at = end * 8;
      return JSON.parse(utf8.decode(bytes.subarray(8, end))).map(([value, name, count, k]) => ({ value, name, docs: bits.rising(count, k) }));
    });
  }
}
