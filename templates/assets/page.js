// Reading settings: three text sizes and day or night, kept on this device; and `/` for the search.
// The page reads well without this script; its buttons show only where scripts run (see early.js).

const root = document.documentElement;
const SIZES = ["标准", "大", "特大"];

/** @param {string} key @param {string} value */
function keep(key, value) {
  root.dataset[key] = value;
  try {
    localStorage.setItem(`broadsheet-${key}`, value);
  } catch {
    // private windows may refuse; the setting then lasts as long as the page
  }
}

/** @returns {number} 0, 1 or 2 */
const size = () => Number(root.dataset.size) || 0;

/** @returns {boolean} */
const isNight = () =>
  root.dataset.scheme ? root.dataset.scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

/** @param {HTMLButtonElement} button */
function label(button) {
  if (button.dataset.control === "size") {
    button.textContent = `字号 ${SIZES[size()]}`;
  } else {
    button.textContent = isNight() ? "日读" : "夜读";
  }
}

// `/` leads to the search field, where nobody is writing
addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable]")) return;
  const field = /** @type {?HTMLInputElement} */ (document.querySelector("input[type=search]"));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// the search page says so when its own script does not come
document.querySelector("script[type=module]")?.addEventListener("error", () => {
  root.dataset.asked = "in vain";
});

const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-control]"));

// a page that Back brings out of the browser's memory has the settings of when it was left
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  try {
    for (const key of ["size", "scheme"]) {
      const kept = localStorage.getItem(`broadsheet-${key}`);
      if (kept) root.dataset[key] = kept;
    }
  } catch {
    // nothing is kept where storage is refused
  }
  buttons.forEach(label);
});

for (const button of buttons) {
  label(button);
  button.addEventListener("click", () => {
    if (button.dataset.control === "size") keep("size", String((size() + 1) % SIZES.length));
    else keep("scheme", isNight() ? "light" : "dark");
    label(button);
  });
}
