/** Large type on the whole screen, to be read from the last row. */
import { effect, signal } from "@preact/signals";

const KEY = "fewsteps-projector";

function stored() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false; // Some embedded frames have no storage.
  }
}

export const projector = signal(stored());
effect(() => void document.documentElement.toggleAttribute("data-projector", projector.value));

export async function toggleProjector() {
  projector.value = !projector.value;
  try {
    if (projector.value) localStorage.setItem(KEY, "");
    else localStorage.removeItem(KEY);
  } catch {
    // It lasts as long as the page does, then.
  }
  try {
    if (projector.value) await document.documentElement.requestFullscreen();
    else if (document.fullscreenElement) await document.exitFullscreen();
  } catch {
    // The type is large all the same.
  }
}
