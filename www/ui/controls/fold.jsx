/** Parts of the page that are fetched when they are first needed. */
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { part } from "../../store/outdated.js";

/** @typedef {typeof import("../later.js")} Later */

/** @type {import("@preact/signals").Signal<Later | null>} */
export const later = signal(null);

/** @param {string} what is waited for, as the beginning of a sentence */
export async function fetchLater(what) {
  later.value ??= await part(() => import("../later.js"), what);
  return later.value;
}

/** @typedef {{ label: string, name: "DrawBoard" | "HalfBoard" | "OwnImages" | "Typed" | "Export" | "Runs" | "Columns" | "Classes" | "Inspection" | "MeasureButton" | "Quality" }} Wanted */

/** Fetches it, and shows it. @param {Wanted} props */
export function Lazy({ label, name }) {
  useEffect(() => void fetchLater(`“${label}”`), []);
  const Inside = later.value?.[name];
  return Inside ? <Inside /> : <p class="quiet">Fetching…</p>;
}

/** What is inside stays as it was while it is closed. @param {Wanted} props */
export function Fold({ label, name }) {
  const opened = useSignal(false);
  return (
    <details
      class="more"
      onToggle={(event) => {
        if (event.currentTarget.open) opened.value = true;
      }}
    >
      <summary>{label}</summary>
      {opened.value && <Lazy label={label} name={name} />}
    </details>
  );
}
