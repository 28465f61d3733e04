/** A number that is looked for by moving it, beside its field. */

/** Positions of the slider. */
const POSITIONS = 200;

/** @param {{ parameter: Extract<import("../../store/studies/table.js").Parameter, { kind: "number" | "integer" }>, value: number, onChange: (value: number) => void }} props */
export function Slider({ parameter: { kind, label, min, max }, value, onChange }) {
  // Where the ends are far apart, factors matter rather than differences.
  const log = min > 0 && max / min > 30;
  const [low, high] = log ? [Math.log(min), Math.log(max)] : [min, max];
  const at = Math.round((POSITIONS * ((log ? Math.log(value) : value) - low)) / (high - low));
  return (
    <input
      type="range"
      class="study-slider"
      min={0}
      max={POSITIONS}
      value={at}
      aria-label={`${label}, by a slider`}
      aria-valuetext={String(value)}
      onInput={(event) => {
        const place = low + ((high - low) * Number(event.currentTarget.value)) / POSITIONS;
        const exact = log ? Math.exp(place) : place;
        const round = kind === "integer" ? Math.round(exact) : Number(exact.toPrecision(2));
        onChange(Math.min(max, Math.max(min, round)));
      }}
    />
  );
}
