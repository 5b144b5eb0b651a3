// The page: it joins the stream, the store of what it tells, and the parts that show it.

import { h, byId } from "./dom.js";
import { states } from "./format.js";
import { Header } from "./header.js";
import { Panel } from "./panel.js";
import { Store } from "./store.js";
import { connect } from "./stream.js";
import { Table } from "./table.js";
import { View, columns } from "./view.js";

const sortEvery = 3; // ticks between two changes of the order
const holdFor = 10_000; // ms for which the order stays after a reader's last move

const view = new View();
view.fromHash(location.hash);
let store = new Store();
let coming = null;    // the store of a new connection, until its first tick fills it
let controls = false;
let heard = 0;        // when the last tick came, by this clock
let told = false;     // whether the store's first tick came
let ticks = 0;        // that could change the order
let touched = -Infinity;
let due = false;      // a frame is asked for
let drawn = -1;       // the stamp of what the last frame showed
let fresh = false;    // a tick came since the last frame

const header = new Header(view, { changed });
const panel = new Panel(byId("panel"), { close });
const table = new Table({ grid: byId("grid"), head: byId("head"), rows: byId("rows") }, view, {
  sort, pick, move, draw: ask, touch: (is) => { touched = is ? performance.now() : -Infinity; },
});

const held = () => !document.hidden && performance.now() - touched < holdFor;

// ask has everything drawn in the next frame, once; a hidden page draws nothing until it is seen.
function ask() {
  if (due) return;
  due = true;
  requestAnimationFrame(draw);
}

function draw() {
  due = false;
  if (!told) return;
  table.draw(store);
  if (drawn === table.stamp) return; // scrolled, no more
  drawn = table.stamp;
  const all = header.draw(store, held());
  const slot = view.open ? store.find(view.open.group, view.open.key) : -1;
  if (slot >= 0) {
    panel.show(store.meta[slot], controls);
    panel.draw(store, slot, fresh);
  } else if (panel.meta) {
    panel.hide();
  }
  fresh = false;
  empty(all);
}

function empty(all) {
  const el = byId("empty");
  el.hidden = view.order.length > 0;
  const why = view.order.length ? "" : all ? "nothing" : "none";
  if (el.dataset.why === why) return;
  el.dataset.why = why;
  if (why === "none") {
    el.replaceChildren(h("strong", {}, "No breakers yet"), h("span", {}, "Each comes with the first call of its key."));
  } else if (why === "nothing") {
    el.replaceChildren(h("strong", {}, "Nothing matches"), h("button", { type: "button", class: "act", id: "clear", onclick: clear }, "Clear the filters"));
  }
}

// changed is for the filters and the order: they show at once, and in the address.
function changed() {
  view.settle(store);
  keep();
  table.stamp++;
  ask();
}

// keep writes the view into the address when it has settled: browsers refuse more than some
// hundred changes within seconds, which keys that are held down would make.
let keeping = 0;
function keep() {
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    const hash = view.toHash();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  }, 200);
}

function clear() {
  view.query = "";
  view.only.clear();
  changed();
  byId("query").focus();
}

// sort goes from a column's own direction to the other, and back to what needs attention.
function sort(name) {
  const own = Boolean(columns[name].up);
  if (view.sort !== name) [view.sort, view.up] = [name, own];
  else if (view.up === own) view.up = !own;
  else [view.sort, view.up] = ["attention", false];
  byId("grid").scrollTop = 0;
  changed();
}

function pick(meta, open, again) {
  table.pick(meta, store, true);
  if (open) {
    const into = again && panel.meta === meta || matchMedia("(max-width: 700px)").matches;
    view.open = { group: meta.group, key: meta.key };
    keep();
    table.stamp++;
    draw();
    if (into) byId("panel-close").focus();
  }
  ask();
}

function move(by) {
  const n = view.order.length;
  if (!n) return;
  const at = table.picked ? view.order.findIndex((slot) => store.meta[slot] === table.picked) : -1;
  const to = Math.max(0, Math.min(n - 1, at < 0 && by === -1 ? n - 1 : at + by));
  pick(store.meta[view.order[to]], Boolean(view.open));
}

function close() {
  view.open = null;
  keep();
  panel.hide();
  byId("grid").focus();
  table.stamp++;
  ask();
}

// announce tells a screen reader what changed, all at once every few seconds, and never a tick.
let untold = [], toldAt = 0;
function announce(changes) {
  untold.push(...changes.map(([slot, , to]) => `${store.meta[slot].key} is ${states[to]}`));
  if (!untold.length || heard - toldAt < 4000) return;
  const more = untold.length - 3;
  byId("live").textContent = untold.slice(0, 3).join(". ") + (more > 0 ? `. ${more} more changed` : "");
  [untold, toldAt] = [[], heard];
}

connect({
  hello(hello) {
    coming = new Store(hello.history, hello.interval); // the first tick tells all anew
    controls = Boolean(hello.controls);
    byId("read-only").hidden = controls;
  },
  tick(m) {
    if (coming) [store, coming, told] = [coming, null, false];
    const changes = store.tick(m);
    heard = Date.now();
    fresh = true;
    if (table.picked && !store.meta.includes(table.picked)) { // after the server came back
      const slot = store.find(table.picked.group, table.picked.key);
      table.pick(slot < 0 ? null : store.meta[slot], store);
    }
    if (!told || (!held() && ++ticks % sortEvery === 0)) view.settle(store);
    else view.patch(store);
    told = true;
    table.stamp++;
    header.title(store);
    announce(changes);
    ask();
  },
  state(is) {
    header.connection(is, heard);
  },
});
setInterval(() => {
  if (byId("connection").dataset.is === "lost") header.connection("lost", heard);
}, 1000);

document.documentElement.addEventListener("themechange", () => {
  table.stamp++;
  ask();
});
addEventListener("hashchange", () => {
  clearTimeout(keeping);
  view.fromHash(location.hash);
  changed();
});
addEventListener("keydown", (e) => {
  const typing = e.target.closest("input, select, textarea");
  if (e.key === "Escape") {
    if (panel.cancel()) return;
    if (typing && typing.id === "query") {
      if (view.query) { view.query = ""; changed(); } else byId("grid").focus();
    } else if (view.open) close();
    return;
  }
  if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "/") {
    byId("query").focus();
    byId("query").select();
    e.preventDefault();
  } else if ((e.key === "j" || e.key === "k") && e.target !== byId("grid") && !e.target.closest("button, a")) {
    byId("grid").focus(); // from anywhere
    move(e.key === "j" ? 1 : -1);
    e.preventDefault();
  }
});
byId("query").addEventListener("keydown", (e) => {
  if (e.key === "ArrowDown" || e.key === "Enter") {
    byId("grid").focus();
    move(1);
    e.preventDefault();
  }
});
