/** The noise levels that the steps visit: a grid, its formula, its source and its parameters. */
import { withoutDefaults } from "../../store/settings/parameters.js";
import { grid, grids } from "../../store/settings/table.js";
import { Formula, Parameters, Source } from "./entry.jsx";

/** @typedef {import("../../store/settings/table.js").Grid} GridSetting */

/**
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.label
 * @param {GridSetting | null} props.value null: `shared`
 * @param {GridSetting} [props.shared] the grid that holds where none is chosen; without it one must be
 * @param {(value: GridSetting | null) => void} props.onChange
 */
export function GridControl({ id, label, value, shared, onChange }) {
  const now = value ?? shared;
  if (!now) throw new Error("a grid or a shared one");
  const { name, ...parameters } = now;
  const entry = grid(name);
  const set = (
    /** @type {string} */ name,
    /** @type {import("../../store/settings/parameters.js").Parameters} */ values,
  ) => onChange(/** @type {GridSetting} */ ({ name, ...withoutDefaults(grid(name), values) }));
  return (
    <div class="grid-control">
      <div class="control">
        <label class="control-label" for={id}>
          {label}
        </label>
        <div class="control-input">
          <select
            id={id}
            value={value ? name : ""}
            aria-describedby={`${id}-help`}
            onChange={(event) => {
              const chosen = event.currentTarget.value;
              if (chosen) set(chosen, {});
              else onChange(null);
            }}
          >
            {shared && <option value="">As all lanes: {grid(shared.name).label}</option>}
            {grids.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </select>
        </div>
        <p class="control-help" id={`${id}-help`}>
          {entry.help} <Source text={entry.source} />
        </p>
      </div>
      {value && <Formula entry={entry} />}
      {value && <Parameters entry={entry} values={parameters} id={id} onChange={(values) => set(name, values)} />}
    </div>
  );
}
