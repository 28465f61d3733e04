/** An entry of one of the engine's tables: its formula, where it comes from, and its parameters as controls. */
import { signal } from "@preact/signals";
import { h } from "preact";
import { settable } from "../../store/settings/parameters.js";
import { NumberInput } from "./number.jsx";

/** @typedef {import("../../store/settings/parameters.js").Entry} Entry */
/** @typedef {import("../../store/settings/parameters.js").Parameters} Values */

/** Formulas by the name of the entry, part by part; fetched when the first one is shown. @type {import("@preact/signals").Signal<Record<string, import("preact").ComponentChildren[]> | null>} */
const formulas = signal(null);
let fetched = false;

function fetchFormulas() {
  if (fetched) return;
  fetched = true;
  // Without the file, the words have to do.
  void import("./mathml.js")
    .then(({ formulasBy }) => {
      formulas.value = formulasBy(h);
    })
    .catch(() => {});
}

/** The entry as mathematics. @param {{ entry: Entry }} props */
export function Formula({ entry }) {
  fetchFormulas();
  const parts = formulas.value?.[entry.value];
  if (!parts) return null;
  return (
    <div class="formula" tabIndex={0} role="group" aria-label="Formula">
      {parts.map((part, i) => (
        <span key={i}>{part}</span>
      ))}
    </div>
  );
}

const ID = /(\d{4}\.\d{5})/;

/** Papers become links. @param {{ text: string }} props */
export function Source({ text }) {
  const parts = text.split(ID);
  return (
    <>
      {parts.map((part, i) =>
        ID.test(part) ? (
          <a key={i} href={`https://arxiv.org/abs/${part}`} target="_blank" rel="noreferrer">
            arXiv {part}
          </a>
        ) : (
          part
        ),
      )}
    </>
  );
}

/**
 * @param {object} props
 * @param {Entry} props.entry
 * @param {Values} props.values what is missing has its default
 * @param {string} props.id begins the ids of the controls
 * @param {(values: Values) => void} props.onChange
 */
export function Parameters({ entry, values, id, onChange }) {
  const parameters = settable(entry);
  if (!parameters.length) return null;
  return (
    <div class="parameters">
      {parameters.map((parameter) => (
        <ParameterControl
          key={`${entry.value}-${parameter.key}`}
          parameter={parameter}
          value={values[parameter.key]}
          id={`${id}-${parameter.key}`}
          onChange={(next) => onChange({ ...values, [parameter.key]: next })}
        />
      ))}
    </div>
  );
}

/**
 * A number or a choice.
 * @param {object} props
 * @param {import("../../store/settings/parameters.js").Single} props.parameter
 * @param {any} props.value nothing: the default
 * @param {string} props.id
 * @param {(value: number | string) => void} props.onChange
 */
export function ParameterControl({ parameter, value: chosen, id, onChange }) {
  const { label, help } = parameter;
  const options = parameter.kind === "choice" ? parameter.options : [];
  const value = chosen ?? parameter.default;
  const usual = options.find((option) => option.value === parameter.default)?.label ?? parameter.default;
  return (
    <div class="control">
      <span class="control-label">
        <label for={id}>{label}</label>
        {value !== parameter.default && (
          <button
            type="button"
            class="plain"
            aria-label={`${label}: back to ${usual}`}
            onClick={() => onChange(parameter.default)}
          >
            back to {usual}
          </button>
        )}
      </span>
      <div class="control-input">
        {parameter.kind === "choice" ? (
          <select
            id={id}
            value={String(value)}
            aria-describedby={`${id}-help`}
            onChange={(event) => onChange(event.currentTarget.value)}
          >
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        ) : (
          <NumberInput
            id={id}
            limits={parameter}
            value={Number(value)}
            describedBy={`${id}-help`}
            onChange={onChange}
          />
        )}
      </div>
      <p class="control-help" id={`${id}-help`}>
        {options.find((option) => option.value === value)?.help || help}
      </p>
    </div>
  );
}
