// What is shown, and in which order: filter, sort, and the address that keeps both.

import { KINDS, FAILED } from "./store.js";

const forced = (mode) => mode >= 2;

// How each column sorts: by a number or a text; up is where the smallest comes first by default.
export const columns = {
  state: { title: "State", value: (s, i) => s.state[i] },
  key: { title: "Key", up: true, value: (s, i) => s.meta[i].key },
  group: { title: "Group", up: true, value: (s, i) => s.meta[i].group },
  engine: { title: "Engine", up: true, value: (s, i) => s.meta[i].engine },
  admitted: { title: "Admitted/s", hint: "calls let through and settled, mean of 5 s", value: (s, i) => s.admitted(i) },
  failed: { title: "Failed", hint: "of the calls that succeeded or failed, last 5 s", value: (s, i) => s.failedShare(i) },
  refused: { title: "Refused/s", hint: "calls refused, mean of 5 s; with ≈ those that would be, were the breaker not observing", value: (s, i) => s.refused(i) },
  drop: { title: "Drop ratio", hint: "share of calls that would be refused now", value: (s, i) => s.drop[i] },
  flight: { title: "In flight", hint: "calls admitted and not settled", value: (s, i) => s.inFlight[i] },
  since: { title: "Since", hint: "time in this state", up: true, value: (s, i) => -s.since[i] },
  mode: { title: "Mode", value: (s, i) => (s.mode[i] + 2) % 4 },
  attention: { title: "Attention", value: (s, i) => attention(s, i) },
};

// attention puts first what is open or forced, then what tries to recover, then what refuses, then
// what fails.
function attention(s, i) {
  const rank = s.state[i] === 2 || forced(s.mode[i]) ? 2 : s.state[i] === 1 ? 1 : 0;
  const more = (n) => n / (n + 1000); // below 1, in order
  return rank * 4 + 2 * more(s.refused(i)) + more(s.rates[i * KINDS + FAILED]);
}

export const tokens = {
  open: (s, i) => s.state[i] === 2,
  "half-open": (s, i) => s.state[i] === 1,
  closed: (s, i) => s.state[i] === 0,
  forced: (s, i) => forced(s.mode[i]),
  observing: (s, i) => s.mode[i] === 1,
};
const ofState = ["open", "half-open", "closed"];

export class View {
  constructor() {
    this.order = [];     // slots, as shown
    this.words = [];     // of the query
    this.sort = "attention";
    this.up = false;     // smallest first
    this.query = "";
    this.group = "";     // "" is all
    this.only = new Set(); // tokens
    this.open = null;    // {group, key} of the details
  }

  matches(s, i) {
    const m = s.meta[i];
    if (!m.alive || (this.group && m.group !== this.group)) return false;
    for (const word of this.words) if (!m.lower.includes(word)) return false;
    if (!this.only.size) return true;
    const any = (names) => {
      const asked = names.filter((n) => this.only.has(n));
      return !asked.length || asked.some((n) => tokens[n](s, i));
    };
    return any(ofState) && any(["forced", "observing"]);
  }

  // settle makes order anew.
  settle(s) {
    this.words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const { value } = columns[this.sort];
    const sign = this.up ? 1 : -1;
    const rows = [];
    for (let i = 0; i < s.used; i++) {
      if (!this.matches(s, i)) continue;
      const v = value(s, i);
      rows.push({ i, v: Number.isNaN(v) ? sign * Infinity : v, key: s.meta[i].key, group: s.meta[i].group });
    }
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    rows.sort((a, b) => sign * compare(a.v, b.v) || compare(a.key, b.key) || compare(a.group, b.group));
    this.order = rows.map((r) => r.i);
  }

  // patch takes away what matches no more and appends what newly does; the rest stays in place.
  patch(s) {
    const before = this.order;
    const kept = new Uint8Array(s.used);
    this.order = before.filter((i) => this.matches(s, i) && (kept[i] = 1));
    for (let i = 0; i < s.used; i++) if (!kept[i] && this.matches(s, i)) this.order.push(i);
  }

  toHash() {
    const p = new URLSearchParams();
    if (this.query) p.set("q", this.query);
    if (this.group) p.set("group", this.group);
    if (this.only.size) p.set("only", [...this.only].join(","));
    if (this.sort !== "attention") p.set("sort", (this.up ? "" : "-") + this.sort);
    if (this.open) {
      p.set("open", this.open.key);
      p.set("in", this.open.group);
    }
    return p.toString();
  }

  fromHash(hash) {
    const p = new URLSearchParams(hash.replace(/^#/, ""));
    this.query = p.get("q") || "";
    this.group = p.get("group") || "";
    this.only = new Set((p.get("only") || "").split(",").filter((n) => Object.hasOwn(tokens, n)));
    const sort = p.get("sort") || "-attention";
    this.up = !sort.startsWith("-");
    this.sort = sort.replace(/^-/, "");
    if (!Object.hasOwn(columns, this.sort)) [this.sort, this.up] = ["attention", false];
    this.open = p.has("open") ? { key: p.get("open"), group: p.get("in") || "" } : null;
  }
}
