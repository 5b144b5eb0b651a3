// The table: of thousands of rows, only those in sight are in the document.

import { spark } from "./chart.js";
import { h, icon, put, attr } from "./dom.js";
import { left, modeNames, modes, percent, rate, short, split, states } from "./format.js";
import { KINDS, REFUSED, WOULD_REFUSE } from "./store.js";
import { columns } from "./view.js";

const shown = ["state", "key", "group", "engine", "admitted", "failed", "refused", "drop", "flight", "since", "mode"];
const spare = 4; // rows kept beyond either edge

export class Table {
  // on has sort(column), pick(meta, open) and touch(held).
  constructor({ grid, head, rows }, view, on) {
    Object.assign(this, { grid, head, rows, view, on });
    this.pool = [];
    this.picked = null; // meta of the selected row
    this.top = 0;
    this.stamp = 0; // of what the rows show
    this.makeHead();
    new ResizeObserver(() => this.measure()).observe(grid);
    grid.addEventListener("scroll", () => {
      this.top = grid.scrollTop;
      on.touch(true);
      on.draw();
    }, { passive: true });
    grid.addEventListener("pointermove", () => on.touch(true), { passive: true });
    grid.addEventListener("pointerleave", () => on.touch(false));
    grid.addEventListener("blur", () => on.touch(false));
    grid.addEventListener("keydown", (e) => this.key(e));
    rows.addEventListener("click", (e) => {
      const row = e.target.closest(".row");
      if (row && !String(getSelection())) on.pick(row.meta, true); // who marks text wants to copy it
    });
  }

  makeHead() {
    this.heads = shown.map((name) => {
      const { title, hint } = columns[name];
      const cell = h("div", { class: `cell c-${name}`, role: "columnheader" },
        h("button", { type: "button", title: hint, onclick: () => this.on.sort(name) }, title));
      this.head.append(cell);
      return { name, cell };
    });
    this.head.append(h("div", { class: "cell c-chart", role: "columnheader", title: "succeeded, failed, refused; each row on its own scale" }, "Last minute"));
  }

  measure() {
    this.rowHeight = parseFloat(getComputedStyle(this.grid).getPropertyValue("--row")) || 34;
    this.height = this.grid.clientHeight - this.head.offsetHeight;
    this.sparkWidth = this.rowHeight > 40 ? 90 : 120;
    this.stamp++;
    this.on.draw();
  }

  // draw brings the rows in sight up to date.
  draw(store) {
    const { order, sort, up } = this.view;
    for (const { name, cell } of this.heads) {
      if (name === sort) attr(cell, "aria-sort", up ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    }
    this.grid.classList.toggle("grouped", store.groups.length > 1);
    attr(this.grid, "aria-rowcount", String(order.length + 1));
    const tall = order.length * this.rowHeight + "px";
    if (this.rows.style.height !== tall) this.rows.style.height = tall;

    const fit = Math.ceil(this.height / this.rowHeight) + 1;
    const first = Math.max(0, Math.min(Math.floor(this.top / this.rowHeight), order.length - fit) - spare);
    const last = Math.min(order.length, first + fit + 2 * spare);
    while (this.pool.length < last - first) this.pool.push(this.rows.appendChild(makeRow()));
    const size = this.pool.length;
    const taken = new Set();
    let active = "";
    for (let i = first; i < last; i++) {
      const row = this.pool[i % size]; // a row that stays in sight keeps its element
      taken.add(row);
      this.bind(row, i, order[i], store);
      if (row.meta === this.picked) active = row.id;
    }
    for (const row of this.pool) row.hidden = !taken.has(row);
    if (active) attr(this.grid, "aria-activedescendant", active);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  bind(row, i, slot, s) {
    const c = row.cells, meta = s.meta[slot];
    if (row.index !== i || row.tall !== this.rowHeight) {
      [row.index, row.tall] = [i, this.rowHeight];
      row.style.transform = `translateY(${i * this.rowHeight}px)`;
      attr(row, "aria-rowindex", String(i + 2));
    }
    const same = row.meta === meta;
    if (!same) {
      row.meta = meta;
      row.id = "row-" + meta.id;
      showKey(c.key, meta.key);
      put(c.group, meta.group);
      put(c.engine, meta.engine || "–");
      row.classList.remove("changed");
    }
    attr(row, "aria-selected", String(meta === this.picked));
    if (same && row.stamp === this.stamp) return;
    row.stamp = this.stamp;
    this.fill(row, slot, s, same);
    spark(c.spark, s.ring, (k) => s.at(slot, s.history - 1 - k), s.history, this.sparkWidth, 22);
  }

  fill(row, slot, s, same) {
    const c = row.cells;
    if (same && row.state !== s.state[slot]) row.classList.add("changed");
    row.state = s.state[slot];
    showState(c.state, s.state[slot]);
    const admitted = s.admitted(slot), share = s.failedShare(slot), refused = s.refused(slot);
    figure(c.admitted, rate(admitted), admitted);
    figure(c.failed, Number.isNaN(share) ? "–" : percent(share), share || 0);
    c.failed.classList.toggle("bad", share >= 0.05);
    const would = s.rates[slot * KINDS + WOULD_REFUSE] > 0 && !s.rates[slot * KINDS + REFUSED];
    figure(c.refused, (would ? "≈ " : "") + rate(refused), refused);
    attr(c.refused, "title", would ? "would be refused" : "");
    figure(c.drop.text, percent(s.drop[slot]), s.drop[slot]);
    c.drop.bar.style.setProperty("--share", s.drop[slot]);
    c.drop.bar.hidden = !s.drop[slot];
    figure(c.flight, rate(s.inFlight[slot]).replace(/\.0$/, ""), s.inFlight[slot]);
    put(c.since, s.since[slot] ? short(s.t - s.since[slot]) : "–");
    showMode(c.mode, s, slot);
  }

  // pick selects a row, and brings it into sight.
  pick(meta, store, bring) {
    this.picked = meta;
    const i = meta ? this.view.order.findIndex((slot) => store.meta[slot] === meta) : -1;
    if (i < 0 || !bring) return;
    const from = i * this.rowHeight, to = from + this.rowHeight;
    if (from < this.top) this.grid.scrollTop = from;
    else if (to > this.top + this.height) this.grid.scrollTop = to - this.height;
    this.top = this.grid.scrollTop;
  }

  key(e) {
    if (e.target !== this.grid || e.ctrlKey || e.metaKey || e.altKey) return;
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 1);
    const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[e.key];
    if (by !== undefined) this.on.move(by);
    else if (e.key === "Enter" && this.picked) this.on.pick(this.picked, true, true);
    else return;
    this.on.touch(true);
    e.preventDefault();
  }
}

function makeRow() {
  const cells = {};
  const row = h("div", { class: "row", role: "row" });
  row.addEventListener("animationend", () => row.classList.remove("changed"));
  for (const name of shown) row.append(cells[name] = h("div", { class: `cell c-${name}`, role: "gridcell" }));
  cells.state.append(h("span", { class: "state" }, icon("closed"), h("span")));
  cells.key.classList.add("key");
  cells.key.append(h("span"), h("span"));
  cells.mode.append(makeBadge());
  cells.drop.append(h("div", { class: "ratio" }, h("i"), h("span")));
  Object.assign(cells.drop, { bar: cells.drop.querySelector("i"), text: cells.drop.querySelector("span") });
  cells.spark = h("canvas", { class: "spark", "aria-hidden": "true" });
  row.append(h("div", { class: "cell c-chart", role: "gridcell" }, cells.spark));
  row.cells = cells;
  return row;
}

function figure(el, text, value) {
  put(el, text);
  el.classList.toggle("zero", value === 0);
  el.classList.toggle("some", value > 0);
}

function showKey(el, key) {
  const [head, tail] = split(key);
  put(el.firstChild, head);
  put(el.lastChild, tail || "(empty key)");
  el.classList.toggle("unnamed", key === "");
  el.title = key;
}

// showState writes a state into an element that holds an icon and a text.
export function showState(el, state) {
  const name = states[state];
  if (el.dataset.state === name) return;
  el.dataset.state = name;
  el.querySelector("use").setAttribute("href", "#i-" + name);
  el.querySelector(".state > span").textContent = name;
}

// makeBadge is what showMode writes into: a mode, and the time that is left.
export const makeBadge = () => h("span", { class: "badge" }, h("span"), h("span", { class: "time" }));

// showMode writes the mode in force, and how long for.
export function showMode(el, s, slot) {
  const mode = s.mode[slot];
  el.dataset.mode = modes[mode];
  const [name, time] = el.firstChild.children;
  put(name, modeNames[mode]);
  put(time, s.ends[slot] ? " " + left(s.ends[slot] - s.t) : "");
  attr(el, "title", s.overridden(slot) ? `by an operator, in place of ${modeNames[s.base[slot]]}` : "");
}
