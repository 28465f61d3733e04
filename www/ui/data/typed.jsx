/** A curve or a density, typed as formulas, drawn while one types, and used as data. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { FUNCTION_NAMES } from "../../store/data/formula.js";
import { pointsOfTyped } from "../../store/data/typed.js";
import { useOwn } from "../../store/run/changes.js";
import { uploaded } from "../../store/settings/settings.js";
import { nameOfTyped } from "../../store/settings/typed-link.js";
import { classInk } from "../stage/class-colours.js";
import "../../styles/typed.css";

/** @typedef {import("../../store/data/typed.js").Curve} Curve */
/** @typedef {import("../../store/data/typed.js").DensityOf} DensityOf */

/** @type {import("@preact/signals").Signal<Curve>} */
const curve = signal({ kind: "curve", x: "sin(3 t)", y: "sin(4 t)", from: "0", to: "2 pi", spread: 0.01 });
/** @type {import("@preact/signals").Signal<DensityOf>} */
const density = signal({
  kind: "density",
  density: "exp(-8 * (sqrt(x^2 + y^2) - 1 - 0.3 * sin(5 * atan2(y, x)))^2)",
  reach: 2,
});
/** @type {import("@preact/signals").Signal<"curve" | "density">} */
const kind = signal("curve");

const FIELDS = /** @type {const} */ ([
  ["x", "Across, x(t)"],
  ["y", "Up, y(t)"],
  ["from", "t from"],
  ["to", "t to"],
]);

/** A formula of a link is at hand here too. */
function takeUp() {
  const typed = uploaded.value?.typed;
  if (!typed) return;
  kind.value = typed.kind;
  if (typed.kind === "curve") curve.value = typed;
  else density.value = typed;
}

export function Typed() {
  useEffect(takeUp, []);
  const typed = kind.value === "curve" ? curve.value : density.value;
  const made = useMemo(() => pointsOfTyped(typed), [typed]);
  const { error } = made;
  const points = made.error ? null : made.points;
  const labels = made.error ? null : made.labels;
  const complaint = (/** @type {string} */ field) =>
    error?.field === field
      ? `${error.at === null ? "" : `At character ${error.at + 1}: `}${error.message}.`.replace(/^./, (c) =>
          c.toUpperCase(),
        )
      : "";
  return (
    <div class="typed" role="group" aria-label="Type a formula">
      <Preview points={points} labels={labels} />
      <form
        class="typed-fields"
        onSubmit={(event) => {
          event.preventDefault();
          if (!points) return;
          uploaded.value = { name: nameOfTyped(typed), points, labels, typed };
          void useOwn("uploaded");
        }}
      >
        <div class="toggle" role="radiogroup" aria-label="What is typed">
          {
            /** @type {const} */ ([
              ["curve", "A curve"],
              ["density", "A density"],
            ]).map(([value, label]) => (
              <label key={value}>
                <input type="radio" name="typed" checked={kind.value === value} onChange={() => (kind.value = value)} />
                <span>{label}</span>
              </label>
            ))
          }
        </div>
        {typed.kind === "curve" ? (
          <>
            {FIELDS.map(([key, label]) => (
              <Formula
                key={key}
                name={key}
                label={label}
                value={typed[key]}
                complaint={complaint(key)}
                onInput={(value) => (curve.value = { ...typed, [key]: value })}
              />
            ))}
            <label class="control">
              <span>Spread around it</span>
              <input
                type="range"
                min={0}
                max={0.1}
                step={0.005}
                value={typed.spread}
                onInput={(event) => (curve.value = { ...typed, spread: Number(event.currentTarget.value) })}
              />
            </label>
          </>
        ) : (
          <>
            <Formula
              name="density"
              label="Density, p(x, y), up to a factor"
              value={typed.density}
              complaint={complaint("density")}
              onInput={(value) => (density.value = { ...typed, density: value })}
            />
            <label class="control">
              <span>
                Within ±<span class="figure">{typed.reach}</span>
              </span>
              <input
                type="range"
                min={0.5}
                max={10}
                step={0.5}
                value={typed.reach}
                onInput={(event) => (density.value = { ...typed, reach: Number(event.currentTarget.value) })}
              />
            </label>
          </>
        )}
        <p class="quiet">
          + − * / ^ &lt; &gt;, pi, e, {FUNCTION_NAMES.join(", ")}. A comparison is 1 where it holds, else 0; 2 t is 2 *
          t. Several {typed.kind === "curve" ? "curves" : "densities"}, with commas between, are a class each.
        </p>
        <button type="submit" class="solid" disabled={!points}>
          Use these points
        </button>
      </form>
    </div>
  );
}

/** @param {{ name: string, label: string, value: string, complaint: string, onInput: (value: string) => void }} props */
function Formula({ name, label, value, complaint, onInput }) {
  const id = `typed-${name}`;
  return (
    <div class="control">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        value={value}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        aria-invalid={complaint !== ""}
        aria-describedby={`${id}-error`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span id={`${id}-error`} class="control-error" role="status">
        {complaint}
      </span>
    </div>
  );
}

const SIZE = 400;

/** @param {{ points: Float32Array | null, labels: import("../../store/data/labels.js").Labels | null }} props */
function Preview({ points, labels }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, SIZE, SIZE);
    if (!points) return;
    const of = (/** @type {number} */ k) => points.filter((_, i) => i % 2 === k);
    const [xs, ys] = [of(0), of(1)];
    const ends = (/** @type {Float32Array} */ all) => [
      all.reduce((least, value) => Math.min(least, value), Infinity),
      all.reduce((most, value) => Math.max(most, value), -Infinity),
    ];
    const [[left, right], [low, high]] = [ends(xs), ends(ys)];
    const scale = (0.86 * SIZE) / Math.max(right - left, high - low, 1e-9);
    context.fillStyle = "rgb(214 218 230 / 0.7)";
    for (let i = 0; i < xs.length; i++) {
      if (labels) context.fillStyle = classInk(labels.of[i]);
      context.fillRect(
        SIZE / 2 + scale * (xs[i] - (left + right) / 2) - 1,
        SIZE / 2 - scale * (ys[i] - (low + high) / 2) - 1,
        2,
        2,
      );
    }
  }, [points, labels]);
  return (
    <canvas
      ref={canvas}
      width={SIZE}
      height={SIZE}
      role="img"
      aria-label={points ? "The points of the formula" : "No points: the formula can’t be read"}
    />
  );
}
