// The one classic script: it runs before the first paint, so that a chosen theme doesn't flash.
(() => {
  "use strict";
  const key = "fusebox-theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const stored = () => {
    try { return localStorage.getItem(key); } catch { return null; } // storage may be forbidden
  };

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    root.dispatchEvent(new CustomEvent("themechange"));
  };
  apply(stored());
  dark.addEventListener("change", () => root.dispatchEvent(new CustomEvent("themechange")));

  // A choice that is what the system asks for is no choice: the page follows the system again.
  window.toggleTheme = () => {
    const now = root.dataset.theme || (dark.matches ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    const choice = next === (dark.matches ? "dark" : "light") ? null : next;
    try {
      if (choice) localStorage.setItem(key, choice);
      else localStorage.removeItem(key);
    } catch { /* the choice lasts until the page is left */ }
    apply(choice);
  };
})();
