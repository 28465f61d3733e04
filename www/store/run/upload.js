/** Points of a file of the visitor's own. */
import { readPoints } from "../data/csv.js";
import { retract, say } from "../notices.js";
import { uploaded } from "../settings/settings.js";
import { useOwn } from "./changes.js";

/** The points of a CSV file become the data. A file without them changes nothing. @param {File} file */
export async function uploadCsv(file) {
  retract("csv");
  if (file.size > 20e6) {
    say(`${file.name} is larger than 20 MB. Nothing was changed.`, { key: "csv" });
    return;
  }
  let text;
  try {
    text = await file.text();
  } catch {
    say(`${file.name} could not be read. Nothing was changed.`, { key: "csv" });
    return;
  }
  const result = readPoints(text);
  if ("error" in result) {
    say(`${file.name}: ${result.error}`, { key: "csv" });
    return;
  }
  if (result.note) say(`${file.name}: ${result.note}`, { key: "csv", seconds: 20 });
  uploaded.value = { name: file.name, points: result.points };
  await useOwn("uploaded");
}
