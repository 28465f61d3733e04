/** Light, dark, or as the system has it. */
import { effect, signal } from "@preact/signals";

/** @typedef {"auto" | "light" | "dark"} Theme */
const KEY = "fewsteps-theme";

/** @returns {Theme} */
function stored() {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "auto";
  } catch {
    return "auto"; // Some embedded frames have no storage.
  }
}

const system = window.matchMedia("(prefers-color-scheme: dark)");
const choice = signal(stored());
const systemDark = signal(system.matches);
system.addEventListener("change", () => (systemDark.value = system.matches));

/** What is shown now. @type {import("@preact/signals").Signal<"light" | "dark">} */
export const theme = signal("light");
effect(() => {
  const now = choice.value === "auto" ? (systemDark.value ? "dark" : "light") : choice.value;
  document.documentElement.dataset.theme = now;
  theme.value = now;
});

export function toggleTheme() {
  const next = theme.value === "dark" ? "light" : "dark";
  const matches = (next === "dark") === systemDark.value;
  choice.value = matches ? "auto" : next;
  try {
    if (matches) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // It lasts as long as the page does, then.
  }
}
