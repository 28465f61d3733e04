/** The settings of a study: the page's own controls, and two more, for lists. */
import { useState } from "preact/hooks";
import { choose, valuesOf } from "../../store/studies/choice.js";
import { defaultOf } from "../../store/studies/table.js";
import { ParameterControl } from "../controls/entry.jsx";
import { GridControl } from "../controls/grid.jsx";
import { Names } from "./names.jsx";
import { Slider } from "./slider.jsx";

/** @typedef {import("../../store/studies/table.js").StudyEntry} StudyEntry */
/** @typedef {import("../../store/studies/table.js").Parameter} Parameter */

/** @param {{ entry: StudyEntry }} props */
export function Settings({ entry }) {
  const values = valuesOf(entry.value);
  const set = (/** @type {string} */ key) => (/** @type {any} */ value) =>
    choose(entry.value, { ...valuesOf(entry.value), [key]: value });
  return (
    <div class="study-settings parameters">
      {entry.parameters.map((parameter) => {
        const { key, label } = parameter;
        const value = values[key] ?? defaultOf(parameter);
        const own = { id: `study-${entry.value}-${key}`, value, onChange: set(key) };
        const name = `${entry.value}-${key}`;
        switch (parameter.kind) {
          case "grid":
            return <GridControl key={name} label={label} {...own} />;
          case "names":
            return <Names key={name} parameter={parameter} {...own} />;
          case "counts":
            return <Counts key={name} parameter={parameter} {...own} />;
          case "numbers":
            return null;
          default:
            return (
              <div key={name}>
                <ParameterControl parameter={parameter} {...own} />
                {parameter.kind !== "choice" && key !== "seed" && (
                  <Slider parameter={parameter} value={own.value} onChange={own.onChange} />
                )}
              </div>
            );
        }
      })}
    </div>
  );
}

/** Whole numbers, parted by commas. @param {{ parameter: Extract<Parameter, { kind: "counts" }>, id: string, value: number[], onChange: (value: number[]) => void }} props */
function Counts({ parameter: { label, help, min, max }, id, value, onChange }) {
  const [error, setError] = useState("");
  const shown = value.join(", ");
  return (
    <div class="control">
      <label class="control-label" for={id}>
        {label}
      </label>
      <div class="control-input">
        <input
          id={id}
          class="figure"
          type="text"
          inputMode="numeric"
          value={shown}
          aria-describedby={`${id}-help ${id}-error`}
          aria-invalid={error !== ""}
          onChange={(event) => {
            const read = event.currentTarget.value
              .split(/[\s,;]+/)
              .filter(Boolean)
              .map(Number);
            const good =
              read.length > 0 && read.every((number) => Number.isInteger(number) && number >= min && number <= max);
            setError(
              good ? "" : `They are whole numbers from ${min} to ${max}, parted by commas. ${shown} still applies.`,
            );
            if (good) onChange([...new Set(read)].sort((a, b) => a - b));
          }}
        />
        <span id={`${id}-error`} class="control-error" role="alert">
          {error}
        </span>
      </div>
      <p class="control-help" id={`${id}-help`}>
        {help}
      </p>
    </div>
  );
}
