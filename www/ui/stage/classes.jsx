/** Which digit the lanes make, and how far beyond its class they go. */
import { change } from "../../store/run/changes.js";
import { settings } from "../../store/settings/settings.js";
import { field, numberField, optionsOf } from "../../store/settings/table.js";

export function Classes() {
  const { digit, digits, guidance } = settings.value;
  const [which, far] = [field("digit"), numberField("guidance")];
  const options = optionsOf("digit").filter(({ value }) => !/^\d$/.test(value) || digits.includes(value));
  return (
    <div class="classes" role="group" aria-label="Digits to make">
      <label class="tickbox" title={which.help}>
        {which.label}
        <select
          class="lane-pick"
          value={digit}
          onChange={(event) => void change({ digit: /** @type {typeof digit} */ (event.currentTarget.value) })}
        >
          {options.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="tickbox" title={far.help}>
        {far.label}
        <input
          type="range"
          class="guidance"
          min={far.min}
          max={far.max}
          step={0.25}
          value={guidance}
          disabled={digit === "any"}
          onInput={(event) => void change({ guidance: Number(event.currentTarget.value) })}
        />
        <span class="figure">{guidance}</span>
      </label>
      {digit !== "any" && guidance !== 0 && guidance !== 1 && (
        <span class="tickbox">Two evaluations a step: half the steps are left.</span>
      )}
    </div>
  );
}
