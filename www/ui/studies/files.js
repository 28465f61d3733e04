/** A study as files: its numbers, its pictures, itself. */
import { say } from "../../store/notices.js";
import { fileOf } from "../../store/studies/jobs.js";
import { saveFile } from "../controls/file.js";
import { pngOf, svgOf } from "./snapshot.js";

/** @typedef {import("../../store/studies/results.js").Results} Results */
/** @typedef {import("../../store/studies/state.js").Job} Job */

/** As the native command writes it. @param {string} study @param {Results} results */
export function exportCsv(study, results) {
  const quoted = (/** @type {string} */ name) => `"${name.replaceAll('"', '""')}"`;
  const parts = results.outline.tables.map((table, index) => {
    const lines = results.rows[index].map((row) =>
      row
        .map((value, column) =>
          table.columns[column].names[value] !== undefined
            ? quoted(table.columns[column].names[value])
            : Number.isFinite(value)
              ? String(value)
              : "",
        )
        .join(","),
    );
    return [`# ${table.caption}`, table.columns.map(({ key }) => key).join(","), ...lines, ""].join("\n");
  });
  saveFile(`fewsteps-${study}.csv`, parts.join("\n"), "text/csv");
}

/** The description, with its outcome: the page opens it again, and `cargo fewsteps study` runs it. @param {string} study @param {Job} job */
export function exportJson(study, job) {
  saveFile(`fewsteps-${study}.json`, fileOf(job), "application/json");
}

/** @param {Job} job */
export function exportWeights(job) {
  saveFile(
    `fewsteps-${job.data ?? "model"}.safetensors`,
    /** @type {Uint8Array<ArrayBuffer>} */ (job.weights),
    "application/octet-stream",
  );
}

/** What a study's settings are, but for their defaults. @param {import("../../store/studies/table.js").StudyEntry} entry @param {Job} job */
function said({ parameters }, job) {
  const values = JSON.parse(job.description);
  const own = parameters
    .filter(({ key, kind }) => values[key] !== undefined && kind !== "grid")
    .map(({ key, label }) => `${label}: ${[values[key]].flat().join(", ").replaceAll("_", " ")}`);
  const network = job.data === null ? [] : [`The network on ${job.data.replaceAll("_", " ")}`];
  return [...network, ...(own.length ? own : ["Default settings"]), "fewsteps"].join(" · ");
}

/** All views of a study as one picture, as they look now. @param {"png" | "svg"} kind @param {import("../../store/studies/table.js").StudyEntry} entry @param {Job} job @param {HTMLElement} box */
export async function exportPicture(kind, entry, job, box) {
  const sheet = { title: entry.label, subtitle: said(entry, job), figures: [...box.querySelectorAll("figure")] };
  try {
    const blob = await (kind === "png" ? pngOf(sheet) : svgOf(sheet));
    saveFile(`fewsteps-${entry.value}.${kind}`, blob, blob.type);
  } catch (error) {
    say(`The picture could not be made (${error instanceof Error ? error.message : error}).`, { key: "picture" });
  }
}
