// Elements without markup: keys are text from elsewhere, and stay text.

// h makes an element; a property that starts with "on" is a listener, one in words an attribute.
export function h(tag, props, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "class") el.className = value;
    else el.setAttribute(name, value === true ? "" : value);
  }
  el.append(...children.filter((c) => c !== null && c !== undefined));
  return el;
}

// icon shows one of the symbols of the page.
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  use.setAttribute("href", "#i-" + name);
  return svg;
}

// put and attr touch the document only where something changes.
export function put(el, text) {
  if (el.shown === text) return;
  el.shown = text;
  el.textContent = text;
}

export function attr(el, name, value) {
  if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

export const byId = (id) => document.getElementById(id);
