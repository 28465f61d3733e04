/** The image that is inspected at closely, in every lane. */
import { signal } from "@preact/signals";

/** @type {import("@preact/signals").Signal<number | null>} */
export const inspected = signal(null);
