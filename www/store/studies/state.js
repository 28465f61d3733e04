/** What the laboratory is doing, without the table of studies: figures that show none need not fetch it. */
import { signal } from "@preact/signals";
import { StudyClient } from "../../engine/studies/client.js";
import { workers } from "../engine.js";
import { site } from "../site.js";

/**
 * @typedef {object} Job
 * @property {"starting" | "running" | "done" | "cancelled" | "failed" | "imported" | "kept"} status `kept`: from an earlier visit
 * @property {string} description JSON
 * @property {string | null} data the network's data set, where the network is what it is about
 * @property {import("./results.js").Results | null} results
 * @property {number} progress
 * @property {string} doing
 * @property {string} error
 * @property {number} milliseconds
 * @property {number} began by the clock
 * @property {Uint8Array | null} weights
 */

/** Each study's latest results. @type {import("@preact/signals").Signal<Record<string, Job>>} */
export const jobs = signal({});
/** Counts up as rows come, so that pictures are drawn anew. */
export const revision = signal(0);
/** The study that runs, if one does. @type {import("@preact/signals").Signal<string | null>} */
export const running = signal(null);

export const client = new StudyClient(site, workers);

/** Ends the laboratory's engine; results so far stay. */
export const rest = () => client.end();
