/** Which class the lanes make, and how far beyond it they go: of digits, or of the visitor's own points. */
import { change } from "../../store/run/changes.js";
import { ownPoints, settings } from "../../store/settings/settings.js";
import { field, numberField, optionsOf } from "../../store/settings/table.js";
import { classInk } from "./class-colours.js";

/** @typedef {import("../../store/settings/table.js").Settings["digit"]} Class */

/** What the classes of points are called, and what colours they have. */
function OfPoints() {
  const names = ownPoints()?.labels?.names ?? [];
  return (
    <ul class="class-key">
      {names.map((name, i) => (
        <li key={name}>
          <i style={{ background: classInk(i) }} aria-hidden="true" />
          {name}
        </li>
      ))}
    </ul>
  );
}

/** @param {boolean} points @returns {{ value: Class, label: string }[]} */
function choices(points) {
  const { digits } = settings.value;
  const one = (/** @type {string} */ value) => /^\d$/.test(value);
  if (!points) return optionsOf("digit").filter(({ value }) => !one(value) || digits.includes(value));
  const names = ownPoints()?.labels?.names ?? [];
  return [
    { value: "each", label: "All, as in the data" },
    { value: "any", label: "Not asked for" },
    ...names.map((label, i) => ({ value: /** @type {Class} */ (String(i)), label })),
  ];
}

export function Classes() {
  const { data, digit, guidance, guidance_lowest: lowest, guidance_highest: highest } = settings.value;
  const points = ownPoints(data) !== null;
  const [which, far, everywhere] = [field("digit"), numberField("guidance"), numberField("guidance_lowest")];
  return (
    <div class="classes" role="group" aria-label={points ? "Classes to make" : "Digits to make"}>
      <label class="tickbox" title={points ? "Which class the model is asked for." : which.help}>
        {points ? "Class" : which.label}
        <select
          class="lane-pick"
          value={digit}
          onChange={(event) => void change({ digit: /** @type {Class} */ (event.currentTarget.value) })}
        >
          {choices(points).map(({ value, label }) => (
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
        <span class="cost">
          {lowest === everywhere.min && highest === everywhere.max
            ? "Two evaluations a step: half the steps are left."
            : `Two evaluations a step from σ = ${lowest} to ${highest}.`}
        </span>
      )}
      {points && <OfPoints />}
    </div>
  );
}
