// What the server told, in typed arrays: a slot for each breaker, a ring of counts for each slot.

export const OK = 0, FAILED = 1, IGNORED = 2, REFUSED = 3, WOULD_REFUSE = 4, KINDS = 5;
const smooth = 5; // ticks over which rates are taken

export class Store {
  constructor(history = 60, interval = 1000) {
    this.history = history;   // ticks in a ring
    this.interval = interval; // ms between ticks
    this.t = 0;               // the server's time at the last tick
    this.head = history - 1;  // place of the last tick in every ring
    this.groups = [];
    this.slots = new Map();   // id → slot
    this.free = [];
    this.used = 0;            // slots that were ever used
    this.meta = [];           // {id, group, key, lower, engine, alive} by slot
    this.grow(1024);
  }

  grow(n) {
    const larger = (type, old, each = 1) => {
      const a = new type(n * each);
      if (old) a.set(old);
      return a;
    };
    this.state = larger(Uint8Array, this.state);
    this.mode = larger(Uint8Array, this.mode);
    this.base = larger(Uint8Array, this.base);
    this.ends = larger(Float64Array, this.ends);
    this.since = larger(Float64Array, this.since);
    this.drop = larger(Float32Array, this.drop);
    this.inFlight = larger(Float64Array, this.inFlight);
    this.rates = larger(Float32Array, this.rates, KINDS); // per second
    this.ring = larger(Uint32Array, this.ring, this.history * KINDS);
  }

  add([id, group, key, engine]) {
    if (this.slots.has(id)) return;
    const slot = this.free.length ? this.free.pop() : this.used++;
    if (slot >= this.state.length) this.grow(2 * this.state.length);
    this.ring.fill(0, slot * this.history * KINDS, (slot + 1) * this.history * KINDS);
    this.meta[slot] = { id, group, key, lower: key.toLowerCase(), engine, alive: true };
    this.slots.set(id, slot);
  }

  remove(id) {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    this.slots.delete(id);
    this.meta[slot].alive = false;
    this.free.push(slot);
  }

  // tick takes in one message, and returns the changes of state: [slot, from, to].
  tick(m) {
    this.advance(m.t);
    this.groups = m.groups || this.groups;
    for (const id of m.gone || []) this.remove(id);
    const fresh = new Set();
    for (const row of m.new || []) {
      this.add(row);
      fresh.add(row[0]);
    }
    for (const id in m.history) this.fill(Number(id), m.history[id]);
    const changes = [];
    for (const row of m.rows || []) {
      const slot = this.slots.get(row[0]);
      if (slot === undefined) continue;
      if (!fresh.has(row[0]) && this.state[slot] !== row[1]) changes.push([slot, this.state[slot], row[1]]);
      this.set(slot, row);
    }
    this.rate();
    return changes;
  }

  set(slot, row) {
    [, this.state[slot], this.mode[slot], this.base[slot], this.ends[slot], this.since[slot],
      this.drop[slot], this.inFlight[slot]] = row;
    const at = (slot * this.history + this.head) * KINDS;
    for (let k = 0; k < KINDS; k++) this.ring[at + k] = row[8 + k];
  }

  // fill lays counts, the oldest first and the last of this tick, into a ring.
  fill(id, counts) {
    const slot = this.slots.get(id);
    if (slot === undefined) return;
    for (let back = 0, i = counts.length - 1; i >= 0 && back < this.history; i--, back++) {
      const at = this.at(slot, back), sample = counts[i];
      for (let k = 0; k < KINDS; k++) this.ring[at + k] = sample[k];
    }
  }

  // at is where the counts of so many ticks ago stand in the ring.
  at(slot, back) {
    return (slot * this.history + (this.head - back + this.history) % this.history) * KINDS;
  }

  // advance moves every ring on, by more than one where ticks were missed.
  advance(t) {
    const steps = this.t ? Math.max(1, Math.min(this.history, Math.round((t - this.t) / this.interval))) : 1;
    this.t = t;
    for (let i = 0; i < steps; i++) {
      this.head = (this.head + 1) % this.history;
      for (let slot = 0; slot < this.used; slot++) {
        const at = (slot * this.history + this.head) * KINDS;
        this.ring.fill(0, at, at + KINDS);
      }
    }
  }

  rate() {
    const per = 1000 / (this.interval * smooth);
    for (let slot = 0; slot < this.used; slot++) {
      const to = slot * KINDS;
      for (let k = 0; k < KINDS; k++) this.rates[to + k] = 0;
      for (let back = 0; back < smooth; back++) {
        const from = this.at(slot, back);
        for (let k = 0; k < KINDS; k++) this.rates[to + k] += this.ring[from + k];
      }
      for (let k = 0; k < KINDS; k++) this.rates[to + k] *= per;
    }
  }

  // admitted, failedShare and refused are a slot's figures of the last seconds.
  admitted(slot) {
    const at = slot * KINDS;
    return this.rates[at + OK] + this.rates[at + FAILED] + this.rates[at + IGNORED];
  }

  failedShare(slot) {
    const failed = this.rates[slot * KINDS + FAILED], judged = failed + this.rates[slot * KINDS + OK];
    return judged ? failed / judged : NaN;
  }

  refused(slot) {
    return this.rates[slot * KINDS + REFUSED] + this.rates[slot * KINDS + WOULD_REFUSE];
  }

  // overridden reports whether an operator's mode is in place of the configured one.
  overridden(slot) {
    return this.ends[slot] > 0 || this.mode[slot] !== this.base[slot];
  }

  find(group, key) {
    return this.meta.findIndex((m) => m.alive && m.key === key && m.group === group);
  }

  // minute adds up the rings of many slots, for a chart of all: the oldest sample comes first.
  minute(slots) {
    const size = this.history * KINDS, sum = new Float64Array(size);
    for (const slot of slots) {
      const from = slot * size;
      for (let p = 0; p < size; p++) sum[p] += this.ring[from + p];
    }
    const first = (this.head + 1) % this.history * KINDS;
    const ordered = new Float64Array(size);
    ordered.set(sum.subarray(first));
    ordered.set(sum.subarray(0, first), size - first);
    return ordered;
  }
}
