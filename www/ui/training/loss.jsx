/** The losses as they fall: every step faint, the running mean on top, and the least that the velocity's can be. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { part } from "../../store/outdated.js";
import { compared, floor, latest, losses, revision } from "../../store/run/losses.js";
import { colour } from "../controls/colour.js";
import { theme } from "../controls/theme.js";

const table = signal(false);

export function LossChart() {
  void revision.value;
  const others = compared.value;
  const empty = losses.step.length < 2 && !others.length;
  const least = floor.value;
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
      {empty ? <p class="loss-empty">Press Train and the curve is drawn here, step by step.</p> : <Curve />}
      {!empty && least !== null && (
        <p class="quiet">
          No network’s velocity can come below <span class="figure">{least.toPrecision(2)}</span>: what noise was put on
          a point can’t be told from the point alone. What lies above it is still to be learned.
        </p>
      )}
      {!empty && table.value && <Table />}
    </div>
  );
}

function Curve() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const chart = useRef(/** @type {{ plot: import("uplot"), draw: () => void } | null} */ (null));
  const others = compared.value;
  const scheme = theme.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let ended = false;
    /** @type {ResizeObserver | null} */
    let observer = null;
    void part(() => import("./chart.js"), "The chart").then((module) => {
      if (ended || !module) return;
      const { HEIGHT, columns, makeChart } = module;
      const data = () => columns(losses, floor.peek(), others);
      const plot = makeChart(element, data(), others, {
        warm: colour(element, "--simple-ink"),
        cool: colour(element, "--accelerated-ink"),
        third: colour(element, "--third-ink"),
        ink: colour(element, "--ink-2"),
        line: colour(element, "--line"),
        font: `12px ${getComputedStyle(element).fontFamily}`,
      });
      chart.current = { plot, draw: () => plot.setData(data()) };
      observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
      observer.observe(element);
    });
    return () => {
      ended = true;
      observer?.disconnect();
      chart.current?.plot.destroy();
      chart.current = null;
    };
  }, [scheme, others]);
  const [count, least] = [revision.value, floor.value];
  useEffect(() => {
    chart.current?.draw();
  }, [count, least]);
  const last = latest();
  return (
    <div
      ref={box}
      class="loss-chart"
      role="img"
      aria-label={`Loss over ${losses.step.at(-1) ?? 0} steps; the velocity’s is now about ${last?.toPrecision(3) ?? "unknown"}${least === null ? "" : `, and can’t fall below ${least.toPrecision(2)}`}.${others.length ? ` Beside it, ${others.map(({ name }) => name).join(" and ")}.` : ""}`}
    />
  );
}

function Table() {
  const count = losses.step.length;
  const rows = Math.min(12, count);
  const picks = Array.from({ length: rows }, (_, i) => Math.round((i / Math.max(1, rows - 1)) * (count - 1)));
  const text = (/** @type {number | null | undefined} */ value) =>
    value === null || value === undefined ? "–" : value.toPrecision(3);
  return (
    <table class="numbers">
      <caption>Mean squared error per dimension, smoothed over about fifty steps</caption>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col" class="ink-simple">
            Velocity
          </th>
          <th scope="col" class="ink-accelerated">
            Turn
          </th>
          <th scope="col" class="ink-third">
            Whole step
          </th>
        </tr>
      </thead>
      <tbody>
        {picks.map((i) => (
          <tr key={i}>
            <th scope="row">{losses.step[i].toLocaleString("en")}</th>
            <td>{text(losses.noiseSmooth[i])}</td>
            <td>{text(losses.turnSmooth[i])}</td>
            <td>{text(losses.mapSmooth[i])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
