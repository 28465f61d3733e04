/** A list of samplers or of step grids: what is in it, each with a way out, and a menu of what could be. */
import { grids, samplerGroups, samplers } from "../../store/settings/table.js";

/** @typedef {Extract<import("../../store/studies/table.js").Parameter, { kind: "names" }>} Parameter */

/** @param {Parameter} parameter @returns {{ label: string, entries: { value: string, label: string }[] }[]} */
function families({ of }) {
  if (of === "grids") return [{ label: "Step grids", entries: grids.map(({ value, label }) => ({ value, label })) }];
  return samplerGroups.map((group) => ({
    label: group.label,
    entries: samplers.filter((entry) => entry.group === group.value).map(({ value, label }) => ({ value, label })),
  }));
}

/** @param {{ parameter: Parameter, id: string, value: string[], onChange: (value: string[]) => void }} props */
export function Names({ parameter, id, value, onChange }) {
  const { label, help } = parameter;
  const all = families(parameter);
  const nameOf = (/** @type {string} */ name) =>
    all.flatMap(({ entries }) => entries).find((entry) => entry.value === name)?.label ?? name;
  const usual = JSON.stringify(value) === JSON.stringify(parameter.default);
  // A whole table would bury the other settings: it is said, not listed.
  const everything = value.length > 12;
  return (
    <div class="control names">
      <span class="control-label">
        <label for={id}>{label}</label>
        {!usual && (
          <button type="button" class="plain" onClick={() => onChange(parameter.default)}>
            back to the usual ones
          </button>
        )}
      </span>
      {everything ? (
        <p class="quiet">
          {value.length} of them.{" "}
          <button type="button" class="plain" onClick={() => onChange(value.slice(0, 1))}>
            Choose fewer
          </button>
        </p>
      ) : (
        <ul class="chips">
          {value.map((name) => (
            <li key={name}>
              {nameOf(name)}
              <button
                type="button"
                class="round small"
                aria-label={`Leave out ${nameOf(name)}`}
                title="Leave out"
                disabled={value.length === 1}
                onClick={() => onChange(value.filter((other) => other !== name))}
              >
                <svg viewBox="0 0 24 24" aria-hidden="true">
                  <path d="m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z" />
                </svg>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div class="control-input">
        <select
          id={id}
          value=""
          aria-describedby={`${id}-help`}
          onChange={(event) => {
            const name = event.currentTarget.value;
            event.currentTarget.value = "";
            if (name) onChange([...value, name]);
          }}
        >
          <option value="">Add one…</option>
          {all.map(({ label: family, entries }) => (
            <optgroup key={family} label={family}>
              {entries
                .filter((entry) => !value.includes(entry.value))
                .map((entry) => (
                  <option key={entry.value} value={entry.value}>
                    {entry.label}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </div>
      <p class="control-help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  );
}
