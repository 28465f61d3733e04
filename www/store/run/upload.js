/** Points of a file of the visitor's own. */
import { classesOf, pointsOf, readPoints } from "../data/csv.js";
import { decodeText } from "../data/table-text.js";
import { retract, say } from "../notices.js";
import { uploaded } from "../settings/settings.js";
import { useOwn } from "./changes.js";

const LARGEST = 20e6;

/** The points of a table become the data. A file without them changes nothing. @param {File} file */
export async function uploadCsv(file) {
  retract("csv");
  const refuse = (/** @type {string} */ why) => void say(`${file.name} ${why} Nothing was changed.`, { key: "csv" });
  if (file.size > LARGEST) return refuse("is larger than 20 MB.");
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    return refuse("could not be read.");
  }
  await use(file.name, decodeText(bytes));
}

/** @param {string} name @param {string} text @param {import("../data/csv.js").Wishes} [wishes] */
async function use(name, text, wishes) {
  const result = readPoints(text, wishes);
  if ("error" in result) {
    const [action, other] = result.ways.map((way) => ({
      label: way.label,
      run: () => {
        retract("csv");
        return use(name, text, way.wishes);
      },
    }));
    say(`${name}: ${result.error}`, { key: "csv", action, other });
    return;
  }
  if (result.note) say(`${name}: ${result.note}`, { key: "csv", seconds: 20 });
  const { points, columns } = result;
  uploaded.value = { name, points, columns, labels: classesOf(columns) };
  await useOwn("uploaded");
}

/** Other columns of the file become the points, or their classes. @param {Partial<{ x: number, y: number, label: number }>} choice */
export async function chooseColumns(choice) {
  const now = uploaded.value;
  if (!now?.columns) return;
  const columns = { ...now.columns, ...choice };
  const points = pointsOf(columns);
  const named = `“${columns.names[columns.x]}” and “${columns.names[columns.y]}”`;
  if (!points) {
    say(`${named} do not differ from row to row. Nothing was changed.`, { key: "csv" });
    return;
  }
  retract("csv");
  uploaded.value = { ...now, points, columns, labels: classesOf(columns) };
  await useOwn("uploaded");
}
