/** One setting as a control: label, unit, limits and sentence all come from the engine's table. */
import { change } from "../../store/run/changes.js";
import { settings } from "../../store/settings/settings.js";
import { field, fields } from "../../store/settings/table.js";
import { GridControl } from "./grid.jsx";
import { NumberInput } from "./number.jsx";

/** @param {{ name: keyof import("../../store/settings/table.js").Settings }} props */
function Control({ name }) {
  const entry = field(name);
  const value = settings.value[name];
  const id = `set-${name}`;
  const help = `${id}-help`;
  return (
    <div class="control">
      <label class="control-label" for={id}>
        {entry.label}
        {entry.restart && <span class="restarts">restarts training</span>}
      </label>
      <div class="control-input">
        {entry.kind === "choice" ? (
          <select
            id={id}
            value={String(value)}
            aria-describedby={help}
            onChange={(event) => void change({ [name]: event.currentTarget.value })}
          >
            {entry.options?.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </select>
        ) : entry.kind === "boolean" ? (
          <input
            id={id}
            type="checkbox"
            checked={value === true}
            aria-describedby={help}
            onChange={(event) => void change({ [name]: event.currentTarget.checked })}
          />
        ) : (
          <NumberInput
            id={id}
            limits={entry}
            value={Number(value)}
            describedBy={help}
            onChange={(typed) => void change({ [name]: typed })}
          />
        )}
        {entry.unit && <span class="unit">{entry.unit}</span>}
        {name === "seed" && (
          <button
            type="button"
            class="round small"
            aria-label="Another seed"
            title="Another seed"
            onClick={() => void change({ seed: Math.floor(Math.random() * 10_000) })}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path
                fill-rule="evenodd"
                d="M6 4h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm2.5 3a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zm7 7a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3zM12 10.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3z"
              />
            </svg>
          </button>
        )}
      </div>
      <p class="control-help" id={help}>
        {entry.kind === "choice"
          ? (entry.options?.find((choice) => choice.value === value)?.help ?? entry.help)
          : entry.help}
      </p>
    </div>
  );
}

/** The controls of one group of settings, less those that have a place of their own. @param {{ group: string, except?: string[] }} props */
export function Group({ group, except = [] }) {
  const names = fields.filter(
    (entry) => entry.group === group && !except.includes(entry.key) && entry.kind !== "lanes",
  );
  return (
    <div class="controls">
      {names.map(({ key, kind, label }) =>
        kind === "grid" ? (
          <GridControl
            key={key}
            id={`set-${key}`}
            label={label}
            value={/** @type {import("../../store/settings/table.js").Grid} */ (settings.value[key])}
            onChange={(value) => value && void change({ [key]: value })}
          />
        ) : (
          <Control key={key} name={key} />
        ),
      )}
    </div>
  );
}
