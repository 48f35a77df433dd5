// Reads the files of the index: broadsheet/search/coding.py says what stands in them.

const ENTRY_BITS = 16;
const ZONES = 6;
const BODY = 4;
const SOUND = 5;
export const FEW = 10; // longer lists have places
const MIX = [0x9e3779b1, 0x85ebca77];
const UNMIX = [0xe8b2f51, 0xb6c92f47]; // their inverses modulo 2 ** 32

/**
 * Documents, rising, and how often each has the term; `stream`: which of the shard's places are its own.
 * @typedef {{ docs: Int32Array, times: Int32Array, stream: number }} List
 * @typedef {{ zones: number[], sizes: number[], streams: number[], own: boolean, lists?: Map<number, List> }} Entry
 * @typedef {{ entries: Map<number, Entry>, streams: number }} Shard
 */

export class SearchError extends Error {
  /** @param {"offline" | "unsupported" | "missing" | "stale"} kind */
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

/** Bits from the highest of a byte to the lowest; see coding.py for the codes. */
class Bits {
  /** @param {Uint8Array} bytes @param {number} [at] */
  constructor(bytes, at = 32) {
    this.bytes = bytes;
    this.at = at;
  }
  bit() {
    return (this.bytes[this.at >> 3] >> (7 - (this.at++ & 7))) & 1;
  }
  /** @param {number} width */
  low(width) {
    let value = 0;
    while (width--) value = value * 2 + this.bit();
    return value;
  }
  unary() {
    const start = this.at;
    const end = this.bytes.length * 8;
    while (this.at < end && !this.bit());
    return this.at - start - 1;
  }
  gamma() {
    const width = this.unary();
    return 2 ** width + this.low(width);
  }
  /** @param {number} count @param {number} k */
  rice(count, k) {
    const values = new Float64Array(count);
    for (let n = 0; n < count; n++) values[n] = this.unary();
    for (let n = 0; k && n < count; n++) values[n] = values[n] * 2 ** k + this.low(k);
    return values;
  }
}

/** @param {number} count @param {number} total */
function riceWidth(count, total) {
  let k = 0;
  while (count * 2 ** (k + 1) * 3 <= total * 2) k++;
  return k;
}

/** @param {number} term @returns {number} the mixed term */
export function mix(term) {
  term = Math.imul(term, MIX[0]);
  term ^= term >>> 15;
  term = Math.imul(term, MIX[1]);
  return (term ^ (term >>> 13)) >>> 0;
}

/** @param {number} value @param {number} width */
const hex = (value, width) => value.toString(16).padStart(width, "0");

export class Index {
  /** @param {string} base address of the folder of the index */
  constructor(base) {
    this.base = base;
    /** @type {any} */ this.root = null;
    /** @type {Map<string, Promise<any>>} */ this.kept = new Map();
    /** @type {RequestCache} */ this.cache = "default";
  }

  /** Look which index is published now. @returns {Promise<boolean>} whether it is another one */
  async check() {
    const root = JSON.parse(new TextDecoder().decode(await this.load("index.json", "no-cache")));
    if (root.stamp === this.root?.stamp) return false;
    this.root = root;
    this.kept.clear();
    return true;
  }

  /** Forget all, and ask the server itself from now on. */
  distrust() {
    this.cache = "reload";
    this.kept.clear();
  }

  /** @param {string} path @param {RequestCache} [cache] @returns {Promise<Uint8Array>} */
  async load(path, cache = this.cache) {
    let answer;
    try {
      answer = await fetch(this.base + path, { cache });
      if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    } catch {
      throw new SearchError("offline");
    }
    throw new SearchError(answer.status >= 500 ? "offline" : "missing");
  }

  /**
   * A file of this index; the stamp in the address keeps apart what caches hold of earlier ones.
   * @param {string} path @param {(bytes: Uint8Array) => any} read
   * @returns {Promise<any>}
   */
  file(path, read) {
    let made = this.kept.get(path);
    if (!made) {
      made = this.load(`${path}?${this.root.stamp}`).then(read);
      made.catch(() => this.kept.delete(path));
      this.kept.set(path, made);
    }
    return made;
  }

  /** @param {Uint8Array} bytes @returns {Bits} after the epoch, which must be this index's */
  bits(bytes) {
    for (let n = 0; n < 4; n++) {
      if (bytes[n] !== parseInt(this.root.epoch.substr(n * 2, 2), 16)) throw new SearchError("stale");
    }
    return new Bits(bytes);
  }

  // -- terms ------------------------------------------------------------------------------------

  /** The lists of a term by zone. @param {number} term @returns {Promise<Map<number, List>>} */
  async lists(term) {
    const mixed = mix(term);
    const entry = (await this.shard(mixed)).entries.get(mixed);
    if (!entry) return new Map();
    return entry.lists ?? this.file(`b/${hex(mixed, 8)}.bin`, (bytes) => this.readLists(this.bits(bytes), entry, term));
  }

  /**
   * The places of a list: those of its first document, then of the next.
   * @param {number} term @param {number} zone @param {List} list
   */
  async places(term, zone, list) {
    const mixed = mix(term);
    const { streams } = await this.shard(mixed);
    const { bits, starts } = await this.file(`p/${this.number(mixed)}.bin`, (bytes) => {
      const bits = this.bits(bytes);
      const sizes = Array.from({ length: streams }, () => bits.gamma() - 1);
      let at = bits.at;
      return { bits, starts: sizes.map((size) => size && (at += size) - size) };
    });
    const start = starts[list.stream];
    if (start) return readPlaces(new Bits(bits.bytes, start), list);
    return this.file(`q/${hex(mixed, 8)}${zone}.bin`, (bytes) => readPlaces(this.bits(bytes), list));
  }

  /** @param {number} mixed the number of its shard, as in names of files */
  number(mixed) {
    return hex(mixed >>> (32 - this.root.bits), 5);
  }

  /** @param {number} mixed @returns {Promise<Shard>} */
  shard(mixed) {
    return this.file(`t/${this.number(mixed)}.bin`, (bytes) => this.readShard(this.bits(bytes), mixed));
  }

  /** @param {Bits} bits @param {number} mixed any term of the shard @returns {Shard} */
  readShard(bits, mixed) {
    const width = 32 - this.root.bits;
    const count = bits.low(ENTRY_BITS);
    let key = Math.floor(mixed / 2 ** width) * 2 ** width;
    /** @type {Map<number, Entry>} */ const entries = new Map();
    for (const gap of bits.rice(count, riceWidth(count, 2 ** width))) {
      entries.set((key += gap), { zones: [], sizes: [], streams: [], own: false });
    }
    const all = [...entries.values()];
    for (const entry of all) entry.own = bits.bit() === 1;
    for (const entry of all) {
      if (bits.bit()) entry.zones = [BODY];
      else for (let zone = 0; zone < ZONES; zone++) if (bits.bit()) entry.zones.push(zone);
    }
    for (const entry of all) entry.sizes = entry.zones.map(() => bits.gamma());
    let streams = 0;
    for (const [one, entry] of entries) {
      const term = unmix(one);
      entry.streams = entry.zones.map((zone, n) => (entry.sizes[n] > FEW && placed(term, zone) ? streams++ : -1));
      if (!entry.own) entry.lists = this.readLists(bits, entry, term);
    }
    return { entries, streams };
  }

  /** @param {Bits} bits @param {Entry} entry @param {number} term */
  readLists(bits, entry, term) {
    /** @type {Map<number, List>} */ const lists = new Map();
    entry.zones.forEach((zone, n) => {
      const count = entry.sizes[n];
      const docs = Int32Array.from(bits.rice(count, riceWidth(count, this.root.space)));
      for (let m = 1; m < count; m++) docs[m] += docs[m - 1] + 1;
      const times = new Int32Array(count).fill(1);
      if (placed(term, zone)) for (let m = 0; m < count; m++) times[m] += bits.unary();
      lists.set(zone, { docs, times, stream: entry.streams[n] });
    });
    return lists;
  }

  // -- documents --------------------------------------------------------------------------------

  /** @param {number} doc @returns {Promise<any[]>} the fields of fragments.py */
  fragment(doc) {
    return this.file(`d/${hex(doc, 6)}.bin`, async (bytes) => {
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
      return JSON.parse(new TextDecoder("gbk").decode(await new Response(stream).arrayBuffer()));
    });
  }

  /** The values of a filter. @param {string} name @returns {Promise<{ value: string, name: string, docs: Int32Array }[]>} */
  facet(name) {
    return this.file(`f/${name}.bin`, (bytes) => {
      const end = 8 + new DataView(bytes.buffer).getUint32(4);
      const bits = this.bits(bytes);
      bits.at = end * 8;
      return JSON.parse(new TextDecoder().decode(bytes.subarray(8, end))).map(([value, name, count, k]) => {
        const docs = Int32Array.from(bits.rice(count, k));
        for (let n = 1; n < count; n++) docs[n] += docs[n - 1] + 1;
        return { value, name, docs };
      });
    });
  }
}

/** @param {Bits} bits @param {List} list */
function readPlaces(bits, list) {
  const k = bits.low(4);
  const places = bits.rice(list.times.reduce((sum, times) => sum + times), k);
  let n = 0;
  for (const times of list.times) {
    for (const end = n++ + times; n < end; n++) places[n] += places[n - 1] + 1;
  }
  return places;
}

/** Whether lists have places: those of pairs in fields of text. @param {number} term @param {number} zone */
const placed = (term, zone) => zone !== SOUND && (term & 0xffff) !== 0;

/** @param {number} mixed @returns {number} the term */
function unmix(mixed) {
  mixed ^= (mixed >>> 13) ^ (mixed >>> 26);
  mixed = Math.imul(mixed, UNMIX[1]);
  mixed ^= (mixed >>> 15) ^ (mixed >>> 30);
  return Math.imul(mixed, UNMIX[0]) >>> 0;
}
