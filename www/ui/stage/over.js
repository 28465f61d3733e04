/** What draws over pictures. It is fetched when it is first wanted, with other parts of the page. */
import { signal } from "@preact/signals";

/** @typedef {typeof import("./overlays.js") & typeof import("./line.js") & typeof import("./mesh.js") & typeof import("./picker.jsx") & typeof import("../../store/lanes/forward.js")} Over */

/** @type {import("@preact/signals").Signal<Over | null>} */
export const over = signal(null);
export const overWanted = signal(false);
