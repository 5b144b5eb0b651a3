// Stacked bars of the last minute on a canvas: small in a row, large with axes in the details.

import { OK, FAILED, IGNORED, REFUSED, WOULD_REFUSE, KINDS } from "./store.js";
import { rate } from "./format.js";

const stack = [[OK, "--ok"], [IGNORED, "--ignored"], [FAILED, "--failed"], [REFUSED, "--refused"]];

// colour resolves a custom property to what a canvas understands.
const known = new Map();
document.documentElement.addEventListener("themechange", () => known.clear());
function colour(name) {
  if (!known.has(name)) {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(${name})`;
    known.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return known.get(name);
}

// ready makes the canvas as fine as the screen, and returns a context that measures in CSS pixels.
function ready(canvas, width, height) {
  const fine = window.devicePixelRatio || 1;
  const w = Math.round(width * fine), h = Math.round(height * fine);
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const ctx = canvas.getContext("2d");
  ctx.setTransform(fine, 0, 0, fine, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

// highest is the tallest bar of n samples, the first of which is at(0).
function highest(data, at, n) {
  let max = 0;
  for (let i = 0; i < n; i++) {
    const p = at(i);
    max = Math.max(max, data[p + OK] + data[p + IGNORED] + data[p + FAILED] + data[p + REFUSED]);
  }
  return max;
}

// bars draws n samples into a box, max as high as the box. One colour after the other: a canvas is
// slow at changing them.
function bars(ctx, data, at, n, box, max) {
  const step = box.w / n, width = step > 3 ? step - 1 : step;
  const below = new Float32Array(n);
  for (const [kind, name] of stack) {
    ctx.fillStyle = colour(name);
    for (let i = 0; i < n; i++) {
      const v = data[at(i) + kind];
      if (!v) continue;
      let h = v / max * box.h;
      if (kind === FAILED || kind === REFUSED) h = Math.max(h, 1); // few are seen, too
      ctx.fillRect(box.x + i * step, box.y + box.h - below[i] - h, width, h);
      below[i] += h;
    }
  }
  // What would have been refused is in the bars already, by how it ended: a line across them.
  ctx.fillStyle = colour("--refused");
  for (let i = 0; i < n; i++) {
    const v = data[at(i) + WOULD_REFUSE];
    if (v) ctx.fillRect(box.x + i * step, Math.max(box.y, box.y + box.h - v / max * box.h - 1), width, 1.5);
  }
}

// spark draws the small chart, on a scale of its own.
export function spark(canvas, data, at, n, width, height) {
  const ctx = ready(canvas, width, height);
  ctx.fillStyle = colour("--line");
  ctx.fillRect(0, height - 1, width, 1);
  const max = highest(data, at, n);
  if (max) bars(ctx, data, at, n, { x: 0, y: 1, w: width, h: height - 2 }, Math.max(max, 2));
}

// large draws the chart of the details; marked is the sample under the pointer, or −1.
export function large(canvas, data, n, interval, marked) {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width) return;
  const ctx = ready(canvas, width, height);
  const at = (i) => i * KINDS;
  const top = nice(Math.max(highest(data, at, n), 2));
  const box = largeBox(width, height);
  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (let i = 0; i <= 2; i++) {
    const y = Math.round(box.y + box.h - i / 2 * box.h) - 0.5;
    ctx.fillStyle = colour(i ? "--line" : "--edge");
    ctx.fillRect(box.x, y, box.w, 1);
    ctx.fillStyle = colour("--muted");
    ctx.fillText(rate(top * i / 2), box.x - 6, y);
  }
  ctx.textBaseline = "alphabetic";
  for (const [share, align] of [[0, "left"], [0.5, "center"], [1, "right"]]) {
    ctx.textAlign = align;
    const s = Math.round((1 - share) * n * interval / 1000);
    ctx.fillText(s ? `−${s} s` : "now", box.x + share * box.w, height - 3);
  }
  if (marked >= 0) {
    ctx.fillStyle = colour("--raised");
    ctx.fillRect(box.x + marked * box.w / n - 0.5, box.y, box.w / n, box.h);
  }
  bars(ctx, data, at, n, box, top);
}

const largeBox = (width, height) => ({ x: 36, y: 8, w: width - 37, h: height - 28 });

// sampleAt is the sample under a pointer at offset x, or −1.
export function sampleAt(canvas, x, n) {
  const box = largeBox(canvas.clientWidth, canvas.clientHeight);
  const i = Math.floor((x - box.x) / box.w * n);
  return i >= 0 && i < n ? i : -1;
}

// nice is the first of 2, 3, 4, 6, 8, 10, 20, 30, … that is not below n.
function nice(n) {
  const ten = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 3, 4, 6, 8, 10].map((f) => f * ten).find((m) => m >= n);
}
