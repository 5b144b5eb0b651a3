// What stands above and below the table: totals, filters, connection.

import { spark } from "./chart.js";
import { h, icon, put, attr, byId } from "./dom.js";
import { count, percent, rate, span } from "./format.js";
import { FAILED, IGNORED, OK, REFUSED, WOULD_REFUSE, KINDS } from "./store.js";
import { columns, tokens } from "./view.js";

const names = { open: "Open", "half-open": "Half-open", closed: "Closed", forced: "Forced", observing: "Observing" };

export class Header {
  // on has changed(), when the view was changed.
  constructor(view, on) {
    this.view = view;
    this.chips = Object.keys(tokens).map((token) => {
      const number = h("b", {}, "0");
      const chip = h("button", {
        type: "button", class: "chip", "data-token": token, "aria-pressed": "false",
        onclick: () => {
          if (!view.only.delete(token)) view.only.add(token);
          on.changed();
        },
      }, Object.hasOwn({ open: 1, "half-open": 1, closed: 1 }, token) ? icon(token) : null, names[token], number);
      byId("chips").append(chip);
      return { token, chip, number };
    });
    byId("query").addEventListener("input", (e) => {
      view.query = e.target.value;
      on.changed();
    });
    byId("group").addEventListener("change", (e) => {
      view.group = e.target.value;
      on.changed();
    });
    for (const [name, { title }] of Object.entries(columns)) byId("sort").append(h("option", { value: name }, title));
    byId("sort").addEventListener("change", (e) => {
      view.sort = e.target.value;
      view.up = Boolean(columns[view.sort].up);
      on.changed();
    });
    byId("theme").addEventListener("click", () => window.toggleTheme());
  }

  // draw shows the figures of all breakers in the chosen group.
  draw(s, held) {
    const v = this.view;
    this.groups(s);
    const inGroup = [];
    const sums = Object.fromEntries(Object.keys(tokens).map((t) => [t, 0]));
    const total = new Float64Array(KINDS);
    for (let i = 0; i < s.used; i++) {
      if (!s.meta[i].alive || (v.group && s.meta[i].group !== v.group)) continue;
      inGroup.push(i);
      for (const t in tokens) if (tokens[t](s, i)) sums[t]++;
      for (let k = 0; k < KINDS; k++) total[k] += s.rates[i * KINDS + k];
    }
    for (const { token, chip, number } of this.chips) {
      put(number, count(sums[token]));
      chip.classList.toggle("none", !sums[token]);
      attr(chip, "aria-pressed", String(v.only.has(token)));
    }
    const judged = total[OK] + total[FAILED];
    put(byId("t-admitted"), rate(judged + total[IGNORED]));
    put(byId("t-failed"), judged ? percent(total[FAILED] / judged) : "–");
    put(byId("t-refused"), rate(total[REFUSED]));
    put(byId("t-would"), rate(total[WOULD_REFUSE]));
    byId("t-would-box").hidden = !total[WOULD_REFUSE];
    const chart = byId("t-chart");
    if (chart.clientWidth) {
      const minute = s.minute(inGroup);
      for (let i = WOULD_REFUSE; i < minute.length; i += KINDS) minute[i] = 0; // a line near the ground among so many
      spark(chart, minute, (i) => i * KINDS, s.history, chart.clientWidth, chart.clientHeight);
    }

    const sort = v.sort === "attention" ? "what needs attention first" : "";
    const shown = v.order.length === inGroup.length ? count(inGroup.length) : `${count(v.order.length)} of ${count(inGroup.length)}`;
    put(byId("status"), [`${shown} breaker${inGroup.length === 1 ? "" : "s"}`, held ? "order held while you read" : sort].filter(Boolean).join(" · "));
    if (byId("query").value !== v.query) byId("query").value = v.query;
    if (byId("sort").value !== v.sort) byId("sort").value = v.sort;
    return inGroup.length;
  }

  // title tells in the browser's tab, where no frames are drawn, how many are open.
  title(s) {
    let open = 0;
    for (const slot of s.slots.values()) open += tokens.open(s, slot);
    const text = open ? `(${count(open)} open) Fusebox` : "Fusebox";
    if (document.title !== text) document.title = text;
  }

  groups(s) {
    const all = s.groups, v = this.view, select = byId("group");
    const list = JSON.stringify(all.map((g) => g[0]));
    if (list !== this.list) {
      this.list = list;
      select.replaceChildren(h("option", { value: "" }, "All groups"), ...all.map(([name]) => h("option", { value: name }, name || "(unnamed)")));
      select.parentElement.hidden = all.length < 2;
      if (v.group && !all.some((g) => g[0] === v.group)) v.group = "";
    }
    if (select.value !== v.group) select.value = v.group;
    put(byId("stats"), all.filter((g) => !v.group || g[0] === v.group).map(([name, len, cap, evicted, overflowed]) =>
      `${name}: ${count(len)} of ${count(cap)} keys` + (evicted ? `, ${count(evicted)} evicted` : "") + (overflowed ? `, ${count(overflowed)} calls overflowed` : "")).join(" · "));
  }

  // connection shows whether what is seen is what is.
  connection(state, since) {
    const el = byId("connection");
    el.dataset.is = state;
    put(el.lastChild, { live: "Live", lost: "Reconnecting", connecting: "Connecting" }[state]);
    document.body.classList.toggle("stale", state === "lost");
    byId("lost").hidden = state !== "lost";
    if (state === "lost") {
      put(byId("lost"), since
        ? `The connection was lost. What you see is ${span(Date.now() - since)} old. Trying again …`
        : "The server doesn't answer. Trying again …");
    }
  }
}
