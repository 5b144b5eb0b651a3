// Numbers, times and keys as text.

export const states = ["closed", "half-open", "open"];
export const modes = ["auto", "observe", "force-open", "force-close"];
export const modeNames = ["auto", "observing", "forced open", "forced closed"];

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const count = (n) => whole.format(n);

// rate has three digits or so: 0.2, 14, 1,280, 25.3k.
export function rate(n) {
  if (n === 0) return "0";
  if (n < 9.95) return n.toFixed(1);
  if (n < 9999.5) return whole.format(n);
  return n < 999_950 ? (n / 1e3).toFixed(1) + "k" : (n / 1e6).toFixed(1) + "M";
}

// percent takes a share from 0 to 1. What isn't none and isn't all doesn't look like it.
export function percent(share) {
  if (share === 0) return "0 %";
  if (share < 0.001) return "<0.1 %";
  const p = share * 100;
  if (p < 9.95) return p.toFixed(1) + " %";
  return (share < 1 ? Math.min(99, Math.round(p)) : 100) + " %";
}

// span is a time in its largest unit, with a second one where that says something.
export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return s + " s";
  if (s < 600) return Math.floor(s / 60) + " min" + (s % 60 ? " " + (s % 60) + " s" : "");
  if (s < 3600) return Math.floor(s / 60) + " min";
  if (s < 36_000) return Math.floor(s / 3600) + " h" + (s % 3600 >= 60 ? " " + Math.floor(s % 3600 / 60) + " min" : "");
  if (s < 172_800) return Math.floor(s / 3600) + " h";
  return Math.floor(s / 86_400) + " d";
}

// short is span for a narrow column.
export function short(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min";
  if (s < 172_800) return Math.floor(s / 3600) + " h";
  return Math.floor(s / 86_400) + " d";
}

// left counts down as clocks do: 4:59.
export function left(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s >= 36_000) return Math.round(s / 3600) + " h";
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600
    ? Math.floor(s / 60) + ":" + two(s % 60)
    : Math.floor(s / 3600) + ":" + two(Math.floor(s % 3600 / 60)) + ":" + two(s % 60);
}

const tailLength = 28;

// split cuts a key in two, the second of which stays whole where the first has to be shortened:
// the end of a method, a path or an address tells more than its middle.
export function split(key) {
  if (key.length <= 12) return ["", key];
  let at = key.lastIndexOf("/");
  if (key.length - at > tailLength || at <= 0) at = key.length - Math.min(14, key.length >> 1);
  const c = key.charCodeAt(at);
  if (c >= 0xdc00 && c <= 0xdfff) at--; // not between the halves of one character
  return [key.slice(0, at), key.slice(at)];
}
