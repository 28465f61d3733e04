/** The losses as a curve and as a table, with the library that draws: fetched when there is a first loss. */
import { useEffect, useRef } from "preact/hooks";
import { compared, floor, latest, losses, revision } from "../../store/run/losses.js";
import { colour } from "../controls/colour.js";
import { theme } from "../controls/theme.js";
import { columns, HEIGHT, makeChart } from "./chart.js";

export function Curve() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const draw = useRef(/** @type {(() => void) | null} */ (null));
  const others = compared.value;
  const scheme = theme.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const data = () => columns(losses, floor.peek(), others);
    const plot = makeChart(element, data(), others, {
      warm: colour(element, "--simple-ink"),
      cool: colour(element, "--accelerated-ink"),
      third: colour(element, "--third-ink"),
      ink: colour(element, "--ink-2"),
      line: colour(element, "--line"),
      font: `12px ${getComputedStyle(element).fontFamily}`,
    });
    draw.current = () => plot.setData(data());
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      draw.current = null;
    };
  }, [scheme, others]);
  const [count, least] = [revision.value, floor.value];
  useEffect(() => {
    draw.current?.();
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

export function Table() {
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
