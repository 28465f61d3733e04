/** A number within limits. What is out of them gets a sentence, and the setting stays as it was. */
import { useEffect, useState } from "preact/hooks";
import { numberText, parseNumber } from "../../store/settings/parameters.js";

/**
 * @param {object} props
 * @param {string} props.id
 * @param {{ kind: string, min?: number, max?: number }} props.limits
 * @param {number} props.value
 * @param {string} [props.describedBy]
 * @param {(value: number) => void} props.onChange
 */
export function NumberInput({ id, limits, value, describedBy = "", onChange }) {
  const [error, setError] = useState("");
  useEffect(() => setError(""), [value]);
  const whole = limits.kind === "integer";
  return (
    <>
      <input
        id={id}
        class="figure"
        type="number"
        inputMode={whole ? "numeric" : "decimal"}
        min={limits.min}
        max={limits.max}
        step={whole ? 1 : "any"}
        value={numberText(value)}
        aria-describedby={`${describedBy} ${id}-error`}
        aria-invalid={error !== ""}
        onChange={(event) => {
          const read = parseNumber(limits, event.currentTarget.value);
          if (read.error === undefined) {
            setError("");
            onChange(read.value);
          } else setError(`It ${read.error}. ${numberText(value)} still applies.`);
        }}
      />
      <span id={`${id}-error`} class="control-error" role="alert">
        {error}
      </span>
    </>
  );
}
