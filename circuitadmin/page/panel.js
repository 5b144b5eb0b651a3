// The details of one breaker, and the controls that force it.

import { large, sampleAt } from "./chart.js";
import { h, icon, put, byId } from "./dom.js";
import { count, left, modeNames, modes, percent, rate, span } from "./format.js";
import { KINDS, OK, FAILED, IGNORED, REFUSED, WOULD_REFUSE } from "./store.js";
import { makeBadge, showMode, showState } from "./table.js";

const kinds = [["succeeded", OK, "successes"], ["failed", FAILED, "failures"], ["ignored", IGNORED, "ignored"],
  ["refused", REFUSED, "refused"], ["would be refused", WOULD_REFUSE, "wouldRefuse"]];
const actions = [["force-open", "Force open"], ["force-close", "Force closed"], ["observe", "Observe"], ["auto", "Auto"]];

export class Panel {
  // on has close().
  constructor(el, on) {
    Object.assign(this, { el, on, meta: null, marked: -1, snapshot: null, looking: null });
  }

  // show opens the details of a breaker; controls says whether it may be forced.
  // They stay as they are when a server comes back with the same breaker under another id.
  show(meta, controls) {
    const same = this.meta && ["group", "key", "engine"].every((name) => this.meta[name] === meta[name]);
    this.meta = meta;
    if (same && this.controls === controls) return;
    Object.assign(this, { controls, snapshot: null, marked: -1 });
    this.make();
    this.el.hidden = false;
    this.look();
  }

  hide() {
    this.meta = null;
    this.el.hidden = true;
    this.el.replaceChildren();
  }

  make() {
    const { key, group, engine } = this.meta;
    const p = this.parts = {
      state: h("span", {}, h("span", { class: "state" }, icon("closed"), h("span"))),
      mode: h("span", {}, makeBadge()),
      since: h("span"),
      chart: h("canvas", { class: "big", role: "img" }),
      when: h("span"),
      legend: h("p", { class: "legend" }),
      counts: kinds.map(([name]) => ({ name, minute: h("td"), total: h("td") })),
      facts: h("dl", { class: "facts" }),
    };
    p.chart.addEventListener("pointermove", (e) => this.mark(sampleAt(p.chart, e.offsetX, this.samples)));
    p.chart.addEventListener("pointerleave", () => this.mark(-1));
    this.el.replaceChildren(
      h("header", {},
        h("h2", { id: "panel-key", tabindex: "-1" }, key || "(empty key)"),
        h("button", { type: "button", class: "plain", id: "panel-close", "aria-label": "Close details", title: "Close (Esc)", onclick: () => this.on.close() }, "✕")),
      h("div", { class: "line" }, p.state, p.since, p.mode, h("span", {}, [engine, group].filter(Boolean).join(" · "))),
      h("h3", {}, "Last minute", p.when), p.chart, p.legend,
      this.controls ? this.makeControls() : h("p", { class: "result" }, "Read-only: the server takes no changes from this page."),
      h("div", { class: "figures" },
        h("h3", {}, "Calls"),
        h("table", {},
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, h("span", { class: "sr" }, "Outcome")), h("th", { scope: "col" }, "last minute"), h("th", { scope: "col" }, "since start"))),
          h("tbody", {}, ...p.counts.map((c) => h("tr", {}, h("th", { scope: "row" }, c.name), c.minute, c.total)))),
        h("h3", {}, "Now"), p.facts));
  }

  makeControls() {
    const p = this.parts;
    p.result = h("p", { class: "result", role: "status" });
    p.duration = h("select", { id: "duration" },
      h("option", { value: "5m" }, "5 minutes"), h("option", { value: "30m" }, "30 minutes"), h("option", { value: "" }, "until released"));
    p.buttons = actions.map(([mode, text]) => h("button", {
      type: "button", class: mode === "force-open" ? "act danger" : "act", "data-mode": mode,
      onclick: () => (mode === "force-open" ? this.ask() : this.send(mode)),
    }, text));
    p.release = h("button", { type: "button", class: "act wide", "data-mode": "release", onclick: () => this.send("release") }, "Release");
    p.choices = h("div", { class: "choices" }, ...p.buttons, p.release);
    p.confirm = h("div", { class: "confirm", role: "alertdialog", "aria-labelledby": "confirm-text", hidden: true },
      h("p", { id: "confirm-text" }),
      h("div", { class: "choices" },
        h("button", { type: "button", class: "act sure", id: "confirm-yes", onclick: () => this.answer(true) }, "Force open"),
        h("button", { type: "button", class: "act", id: "confirm-no", onclick: () => this.answer(false) }, "Cancel")));
    p.picker = h("label", {}, "for", p.duration);
    return h("section", { class: "controls", "aria-label": "Override the mode" }, h("h3", {}, "Override the mode"),
      p.picker, p.choices, p.confirm, p.result);
  }

  // ask has a forced opening confirmed: it refuses everybody.
  ask() {
    const p = this.parts, time = p.duration.value ? "for " + p.duration.selectedOptions[0].textContent : "until it is released";
    p.confirm.firstChild.textContent = `Refuse every call of ${this.meta.key || "(empty key)"} ${time}?`;
    this.asking(true);
    byId("confirm-no").focus();
  }

  answer(yes) {
    this.asking(false);
    this.parts.buttons[0].focus();
    if (yes) this.send("force-open");
  }

  asking(is) {
    const p = this.parts;
    [p.confirm.hidden, p.choices.hidden, p.picker.hidden] = [!is, is, is];
  }

  // cancel takes a question back; it reports whether there was one.
  cancel() {
    const asked = this.meta && this.controls && !this.parts.confirm.hidden;
    if (asked) this.answer(false);
    return asked;
  }

  async send(mode) {
    const p = this.parts, meta = this.meta;
    const tell = (text, bad) => {
      if (this.parts !== p) return; // another's details by now
      put(p.result, text);
      p.result.classList.toggle("bad", bad);
    };
    tell("Sending …", false);
    try {
      const res = await fetch("mode", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ group: meta.group, key: meta.key, mode, for: mode === "release" ? "" : p.duration.value }),
      });
      const body = await res.json().catch(() => ({}));
      if (!res.ok) throw new Error(body.error || `the server answered ${res.status}`);
      if (!body.mode) throw new Error("the answer is not the server's own; is a login over?");
      tell(mode === "release" ? "Released." : `Done: ${actions.find((a) => a[0] === mode)[1].toLowerCase()}${body.modeEnds ? " until " + new Date(body.modeEnds).toLocaleTimeString() : ""}.`, false);
      this.look();
    } catch (err) {
      tell(err instanceof TypeError ? "No answer from the server: look above whether the mode has changed." : `Not changed: ${err.message}`, true);
    }
  }

  // look fetches what the stream doesn't tell.
  async look() {
    const meta = this.meta;
    if (this.looking === meta) return;
    this.looking = meta;
    try {
      const res = await fetch("snapshot?" + new URLSearchParams({ group: meta.group, key: meta.key }));
      const found = (await res.json()).breakers?.find((b) => b.group === meta.group && b.key === meta.key);
      if (this.meta?.group === meta.group && this.meta.key === meta.key && found) {
        this.snapshot = found;
        this.facts();
      }
    } catch { /* the stream says that the connection is lost */ }
    if (this.looking === meta) this.looking = null;
  }

  draw(store, slot, fresh) {
    if (!this.meta) return;
    const p = this.parts;
    showState(p.state, store.state[slot]);
    put(p.since, store.since[slot] ? "since " + span(store.t - store.since[slot]) : "");
    showMode(p.mode, store, slot);
    this.samples = store.history;
    this.interval = store.interval;
    this.data = store.minute([slot]);
    const sum = (kind) => this.data.reduce((n, v, i) => (i % KINDS === kind ? n + v : n), 0);
    kinds.forEach(([, kind], i) => put(p.counts[i].minute, count(sum(kind))));
    p.chart.setAttribute("aria-label", `Last minute: ${count(sum(OK))} succeeded, ${count(sum(FAILED))} failed, ${count(sum(REFUSED))} refused`);
    this.chart();
    if (this.controls) {
      for (const b of p.buttons) b.setAttribute("aria-pressed", String(store.overridden(slot) && b.dataset.mode === modes[store.mode[slot]]));
      p.release.disabled = !store.overridden(slot);
      put(p.release, store.overridden(slot)
        ? `Release to ${modeNames[store.base[slot]]}` + (store.ends[slot] ? ` (by itself in ${left(store.ends[slot] - store.t)})` : "")
        : "Not overridden");
    }
    if (fresh) this.look();
  }

  mark(i) {
    if (i === this.marked) return;
    this.marked = i;
    this.chart();
  }

  chart() {
    large(this.parts.chart, this.data, this.samples, this.interval, this.marked);
    const at = this.marked * KINDS, n = (kind) => (this.marked < 0 ? "" : " " + count(this.data[at + kind]));
    const ago = Math.round((this.samples - 1 - this.marked) * this.interval / 1000);
    this.parts.legend.replaceChildren(
      h("span", { class: "ok" }, "ok" + n(OK)), h("span", { class: "ignored" }, "ignored" + n(IGNORED)),
      h("span", { class: "failed" }, "failed" + n(FAILED)), h("span", { class: "refused" }, "refused" + n(REFUSED)),
      this.data.some((v, i) => v && i % KINDS === WOULD_REFUSE) ? h("span", { class: "would" }, "would be refused" + n(WOULD_REFUSE)) : "");
    put(this.parts.when, this.marked < 0 ? "" : ago ? `${ago} s ago` : "now");
  }

  facts() {
    const s = this.snapshot, p = this.parts;
    kinds.forEach(([, , name], i) => put(p.counts[i].total, count(s.total?.[name] ?? 0)));
    const w = s.window || {};
    const known = [
      ["drop ratio", percent(s.dropRatio || 0)],
      ["in the window", `${count(w.successes || 0)} ok, ${count(w.failures || 0)} failed`],
      ["probes in flight", count(s.probes || 0)],
      s.retryAfter ? ["retry makes sense in", span(s.retryAfter / 1e6)] : null,
      ["times opened", count(s.entered?.open || 0)],
      s.deficit ? ["deficit", rate(s.deficit)] : null,
      s.credit ? ["credit", rate(s.credit)] : null,
      s.eventsDropped ? ["events dropped", count(s.eventsDropped)] : null,
    ].filter(Boolean);
    p.facts.replaceChildren(...known.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  }
}
