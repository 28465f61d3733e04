/** All numbers of a study, as tables. */

import { revision } from "../../../store/studies/state.js";
import { cell, heading, text } from "./numbers.js";

/** Rows that are shown; files have all. */
const SHOWN = 200;

/** @param {{ results: import("../../../store/studies/results.js").Results }} props */
export function Tables({ results }) {
  void revision.value;
  return (
    <details class="more study-fold tables">
      <summary>As a table</summary>
      {results.outline.tables.map((table, index) => (
        <div class="table-box" key={table.key} tabIndex={0} role="region" aria-label={table.caption}>
          <One table={table} rows={results.rows[index]} />
        </div>
      ))}
    </details>
  );
}

/** @param {{ table: import("../../../generated/studies").Table, rows: number[][] }} props */
function One({ table, rows }) {
  // An uncertainty stands with what it belongs to.
  const errors = new Map(
    table.columns.map(({ error }, index) => [index, table.columns.findIndex(({ key }) => key === error)]),
  );
  const own = table.columns.map((_, index) => index).filter((index) => ![...errors.values()].includes(index));
  return (
    <table class="numbers">
      <caption>
        {table.caption}
        {rows.length > SHOWN && ` (the first ${SHOWN} of ${rows.length.toLocaleString("en")} rows; the files have all)`}
      </caption>
      <thead>
        <tr>
          {own.map((index) => (
            <th scope="col" key={index}>
              {heading(table.columns[index])}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, SHOWN).map((row, r) => (
          <tr key={r}>
            {own.map((index) => {
              const error = errors.get(index) ?? -1;
              return (
                <td key={index} class={table.columns[index].names.length ? "name" : ""}>
                  {cell(table.columns[index], row[index])}
                  {error >= 0 && Number.isFinite(row[error]) && ` ± ${text(row[error])}`}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
