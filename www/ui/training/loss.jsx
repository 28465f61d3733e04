/** The losses as they fall: every step faint, the running mean on top, and the least that the velocity's can be. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { part } from "../../store/outdated.js";
import { compared, floor, losses, revision } from "../../store/run/losses.js";

const table = signal(false);

/** The curve and its table: with the library that draws them a part of its own, fetched when there is a first loss. */
const drawn = signal(/** @type {typeof import("./curve.jsx") | null} */ (null));
async function fetchCurve() {
  drawn.value ??= await part(() => import("./curve.jsx"), "The chart");
}

export function LossChart() {
  void revision.value;
  const others = compared.value;
  const empty = losses.step.length < 2 && !others.length;
  const least = floor.value;
  useEffect(() => {
    if (!empty) void fetchCurve();
  }, [empty]);
  return (
    <div class="loss">
      <div class="loss-head">
        <h3>Loss</h3>
        <span
          class="key"
          title="How far the noise that the network sees in a point is from the noise that was put there"
        >
          <i class="dot ink-simple" aria-hidden="true" /> velocity
        </span>
        <span class="key" title="How far the turn that the network sees is from its target, which is noisy itself">
          <i class="dot ink-accelerated" aria-hidden="true" /> turn
        </span>
        {losses.map.some((loss) => loss !== null) && (
          <span class="key" title="How far the end of a step that the network gives is from where its teacher arrives">
            <i class="dot ink-third" aria-hidden="true" /> whole step
          </span>
        )}
        {others.map(({ key, name }, i) => (
          <span key={key} class="key">
            <i class={i ? "key-floor key-dots" : "key-floor"} aria-hidden="true" /> {name}
          </span>
        ))}
        {least !== null && (
          <span class="key">
            <i class="key-floor" aria-hidden="true" /> the least possible
          </span>
        )}
        {!empty && (
          <button type="button" class="plain" aria-expanded={table.value} onClick={() => (table.value = !table.value)}>
            {table.value ? "Hide the table" : "As a table"}
          </button>
        )}
      </div>
      {empty && <p class="loss-empty">Press Train and the curve is drawn here, step by step.</p>}
      {!empty && (drawn.value ? <drawn.value.Curve /> : <div class="loss-chart" />)}
      {!empty && least !== null && (
        <p class="quiet">
          No network’s velocity can come below <span class="figure">{least.toPrecision(2)}</span>: what noise was put on
          a point can’t be told from the point alone. What lies above it is still to be learned.
        </p>
      )}
      {!empty && table.value && drawn.value && <drawn.value.Table />}
    </div>
  );
}
