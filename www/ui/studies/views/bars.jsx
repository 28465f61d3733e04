/** Bars with their uncertainty as whiskers, stacked where they add up; every length is written beside it. */

import { revision } from "../../../store/studies/state.js";
import { coloursOf } from "./colours.js";
import { heading, withError } from "./numbers.js";

/** @typedef {Extract<import("../../../generated/studies").View, { kind: "bars" }>} Viewed */

/** @param {{ view: Viewed, results: import("../../../store/studies/results.js").Results }} props */
export function Bars({ view, results }) {
  void revision.value;
  const shown = results.table(view.table);
  const [labels, values, errors] = [shown.values(view.label), shown.values(view.value), shown.errors(view.value)];
  const stacks = view.stack === null ? labels.map((_, row) => row) : shown.values(view.stack);
  const stackNames = view.stack === null ? null : shown.column(view.stack).names;
  const names = shown.column(view.label).names;
  const colours = coloursOf(names);
  const groups = [...new Set(stacks)];
  const rowsOf = (/** @type {number} */ group) =>
    labels.map((_, row) => row).filter((row) => stacks[row] === group && Number.isFinite(values[row]));
  const length = (/** @type {number} */ row) => Math.max(0, values[row]);
  const total = (/** @type {number} */ group) => rowsOf(group).reduce((sum, row) => sum + length(row), 0);
  const whisker = (/** @type {number} */ group) =>
    Math.hypot(...rowsOf(group).map((row) => (Number.isFinite(errors?.[row]) ? (errors?.[row] ?? 0) : 0)));
  const most = Math.max(...groups.map((group) => total(group) + whisker(group)), Number.MIN_VALUE);
  const share = (/** @type {number} */ value) => `${(100 * value) / most}%`;
  return (
    <div class="bars">
      <p class="quiet">{heading(shown.column(view.value))}</p>
      {groups.map((group) => {
        const rows = rowsOf(group);
        const name = stackNames ? stackNames[group] : names[labels[rows[0]]];
        return (
          <div class="length" key={group}>
            <span class="length-name">{name}</span>
            <div class="length-track">
              {rows.map((row) => (
                <div
                  key={row}
                  class="length-part"
                  title={`${names[labels[row]]}: ${withError(values[row], errors?.[row])}`}
                  style={{ width: share(length(row)), background: `var(--curve-${colours[labels[row]] + 1})` }}
                />
              ))}
              {whisker(group) > 0 && (
                <div
                  class="length-whisker"
                  style={{ left: share(Math.max(0, total(group) - whisker(group))), width: share(2 * whisker(group)) }}
                />
              )}
            </div>
            <span class="length-value figure">
              {withError(
                rows.reduce((sum, row) => sum + values[row], 0),
                whisker(group),
              )}
            </span>
          </div>
        );
      })}
      {stackNames && (
        <ul class="chart-key">
          {labels.map((label, row) => (
            <li key={row} style={{ "--curve": `var(--curve-${colours[label] + 1})` }}>
              <i class="stroke stroke-block" aria-hidden="true" />
              <span>
                {names[label]} <span class="figure">{withError(values[row], errors?.[row])}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
