/** A table to compare by: sorted by the column that was pressed, the best of each marked, and all that are as good as it. */
import { useState } from "preact/hooks";
import { revision } from "../../../store/studies/state.js";
import { cell, heading, text, withError } from "./numbers.js";

/** @typedef {Extract<import("../../../generated/studies").View, { kind: "ranking" }>} Viewed */

/** @param {{ view: Viewed, results: import("../../../store/studies/results.js").Results }} props */
export function Ranking({ view, results }) {
  void revision.value;
  const shown = results.table(view.table);
  const [sort, setSort] = useState(/** @type {number | null} */ (null));
  const errorKey = shown.column(view.value).error;
  const at = {
    columns: shown.index(view.columns),
    value: shown.index(view.value),
    error: errorKey === null ? -1 : shown.index(errorKey),
  };
  const names = view.rows.map((key) => shown.index(key));
  const columns = [...new Set(shown.rows.map((row) => row[at.columns]))].sort((a, b) => a - b);
  /** @type {Map<string, { names: string[], cells: Map<number, { value: number, error: number }> }>} */
  const lines = new Map();
  for (const row of shown.rows) {
    const key = names.map((index) => row[index]).join();
    const line = lines.get(key) ?? {
      names: names.map((index) => cell(shown.table.columns[index], row[index])),
      cells: new Map(),
    };
    line.cells.set(row[at.columns], { value: row[at.value], error: at.error < 0 ? 0 : row[at.error] });
    lines.set(key, line);
  }
  const all = [...lines.values()];
  const inColumn = (/** @type {(typeof all)[number]} */ line, /** @type {number} */ column) =>
    line.cells.get(column)?.value ?? Infinity;
  const sorted = sort === null ? all : [...all].sort((a, b) => inColumn(a, sort) - inColumn(b, sort));
  const best = new Map(columns.map((column) => [column, smallest(all.map((line) => line.cells.get(column)))]));
  const unit = heading(shown.column(view.columns));
  return (
    <>
      <div class="ranking" role="region" aria-label={view.title} tabIndex={0}>
        <table class="numbers">
          <thead>
            <tr>
              {view.rows.map((key) => (
                <th scope="col" key={key}>
                  {shown.column(key).label}
                </th>
              ))}
              {columns.map((column) => (
                <th scope="col" key={column} aria-sort={sort === column ? "ascending" : "none"}>
                  <button
                    type="button"
                    class="plain"
                    onClick={() => setSort(sort === column ? null : column)}
                    title={sort === column ? "Back to the table’s order" : "Sort by this column, best first"}
                  >
                    {text(column)} <span class="unseen">{unit}</span>
                    <span aria-hidden="true">{sort === column ? "↑" : ""}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.map((line) => (
              <tr key={line.names.join()}>
                {line.names.map((name, index) =>
                  index === 0 ? (
                    <th scope="row" key={name}>
                      {name}
                    </th>
                  ) : (
                    <td key={name} class="name">
                      {name}
                    </td>
                  ),
                )}
                {columns.map((column) => {
                  const found = line.cells.get(column);
                  if (!found) return <td key={column}>–</td>;
                  const winner = best.get(column);
                  const isBest = found === winner;
                  const asGood =
                    !isBest &&
                    winner !== undefined &&
                    found.value - winner.value <= Math.hypot(found.error, winner.error);
                  return (
                    <td key={column} class={isBest ? "is-best" : asGood ? "is-good" : ""}>
                      {withError(found.value, found.error)}
                      {isBest && <span class="unseen"> best</span>}
                      {asGood && <span class="unseen"> as good as the best</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">
        {heading(shown.column(view.value))} by {unit.toLowerCase()}. The best of each column is filled, and what lies
        within the two uncertainties of it is underlined.
      </p>
    </>
  );
}

/** @param {({ value: number, error: number } | undefined)[]} cells */
function smallest(cells) {
  return cells
    .filter((found) => found !== undefined && Number.isFinite(found.value))
    .sort((a, b) => /** @type {any} */ (a).value - /** @type {any} */ (b).value)[0];
}
