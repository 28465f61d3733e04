/** The laboratory's part of the address, as text: the description of the open study, or nothing while it was not touched. */
import { signal } from "@preact/signals";

export const lab = signal("");
