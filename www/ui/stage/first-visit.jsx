/** Offers the guide on a first visit, once the stage moves: nobody waits for its code. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { openedByLink } from "../../store/settings/settings.js";
import { site } from "../../store/site.js";
import { fetchLater, later } from "../controls/fold.jsx";

const SEEN = "fewsteps-guide";
const DELAY = 1500;

/** Whether it is shown. */
const guided = signal(false);

function isNew() {
  try {
    return localStorage.getItem(SEEN) === null;
  } catch {
    // Who stores nothing would be told again and again.
    return false;
  }
}

function end() {
  guided.value = false;
  try {
    localStorage.setItem(SEEN, "1");
  } catch {
    // It was stored a moment ago that there is storage.
  }
}

export function FirstVisit() {
  useEffect(() => {
    if (site.embedded || openedByLink || !isNew()) return;
    const timer = setTimeout(() => {
      guided.value = true;
      void fetchLater("The guide");
    }, DELAY);
    return () => clearTimeout(timer);
  }, []);
  const Guide = later.value?.Guide;
  return guided.value && Guide ? <Guide onEnd={end} /> : null;
}
