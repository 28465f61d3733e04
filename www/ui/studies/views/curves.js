/** From rows to curves: which points belong together, what they are called, and how they are drawn. */
import { COLOURS, coloursOf, neutral } from "./colours.js";
import { heading } from "./numbers.js";

/**
 * @typedef {object} Curve
 * @property {string} name
 * @property {string} label of its column
 * @property {number} colour index of a token
 * @property {"measured" | "theory" | "other"} line
 * @property {number[]} x rising
 * @property {number[]} y
 * @property {number[] | null} error
 * @property {{ slope: number, error: number, theory: number } | null} slope
 */

/**
 * @param {Extract<import("../../../generated/studies").View, { kind: "lines" | "dots" }>} view
 * @param {import("../../../store/studies/results.js").Results} results
 * @returns {Curve[]}
 */
export function curvesOf(view, results) {
  const shown = results.table(view.table);
  const columns = typeof view.y === "string" ? [view.y] : view.y;
  const by = view.by === null ? null : shown.values(view.by);
  const names = view.by === null ? [""] : shown.column(view.by).names;
  const xs = shown.values(view.x);
  const slopes = view.kind === "lines" && view.slopes ? slopesOf(results, view.slopes) : null;
  const several = columns.length > 1;
  const colours = coloursOf(names);
  const measured = columns.filter((key) => shown.column(key).line === "measured");
  /** @type {Curve[]} */
  const curves = [];
  for (const [which, key] of columns.entries()) {
    const column = shown.column(key);
    const [ys, errors] = [shown.values(key), shown.errors(key)];
    for (const [index, name] of names.entries()) {
      const rows = xs
        .map((_, row) => row)
        .filter((row) => (by === null || by[row] === index) && Number.isFinite(xs[row]) && Number.isFinite(ys[row]));
      if (!rows.length) continue;
      if (view.kind === "lines") rows.sort((a, b) => xs[a] - xs[b]);
      const label = heading(column);
      curves.push({
        name:
          by === null
            ? label
            : column.line === "measured" && measured.length === 1
              ? name
              : several
                ? `${name}: ${label}`
                : name,
        label,
        // A theory's curve is of the colour of what it is the theory of.
        colour:
          (by === null
            ? which
            : column.line === "measured" && measured.indexOf(key) > 0
              ? index + names.length * measured.indexOf(key)
              : colours[index]) % COLOURS,
        line: column.line,
        x: rows.map((row) => xs[row]),
        y: rows.map((row) => ys[row]),
        error: errors && rows.map((row) => errors[row]),
        slope: slopes?.get(index) ?? null,
      });
    }
  }
  return together(curves);
}

const isLevel = (/** @type {number[]} */ values) => values.every((value) => value === values[0]);

/** What theory says of all alike is said once. @param {Curve[]} curves */
function together(curves) {
  /** @type {Curve[]} */
  const distinct = [];
  for (const curve of curves) {
    const same =
      curve.line === "measured"
        ? undefined
        : distinct.find(
            ({ line, label, x, y }) =>
              line === curve.line &&
              label === curve.label &&
              (String([x, y]) === String([curve.x, curve.y]) || isLevel([...y, ...curve.y])),
          );
    if (same) Object.assign(same, { name: same.label, colour: neutral });
    else distinct.push(curve);
  }
  return distinct;
}

/** @param {import("../../../store/studies/results.js").Results} results @param {string} key */
function slopesOf(results, key) {
  const shown = results.table(key);
  const [name, slope, error, theory] = [shown.table.columns[0].key, "slope", "slope_error", "theory"].map((column) =>
    shown.values(column),
  );
  return new Map(name.map((index, row) => [index, { slope: slope[row], error: error[row], theory: theory[row] }]));
}
