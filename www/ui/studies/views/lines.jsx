/** Curves or dots, with their uncertainty; the one under the pointer tells its numbers. */
import { useEffect, useRef, useState } from "preact/hooks";
import { part } from "../../../store/outdated.js";
import { revision } from "../../../store/studies/state.js";
import { theme } from "../../controls/theme.js";
import { curvesOf } from "./curves.js";
import { heading, text, withError } from "./numbers.js";

/** @typedef {Extract<import("../../../generated/studies").View, { kind: "lines" | "dots" }>} Viewed */

/** @param {{ view: Viewed, results: import("../../../store/studies/results.js").Results }} props */
export function Lines({ view, results }) {
  void revision.value;
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [near, setNear] = useState(/** @type {import("./chart.js").Near | null} */ (null));
  const [chart, setChart] = useState(/** @type {import("./chart.js").Chart | null} */ (null));
  const shown = results.table(view.table);
  const curves = curvesOf(view, results);
  const scheme = theme.value;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let ended = false;
    /** @type {import("./chart.js").Chart | null} */
    let made = null;
    void part(() => import("./chart.js"), "The chart").then((module) => {
      if (ended || !module) return;
      made = new module.Chart(element, view, heading(shown.column(view.x)), setNear);
      setChart(made);
    });
    return () => {
      ended = true;
      made?.destroy();
    };
  }, [scheme, view]);
  /** @param {string[]} keys */
  function yLabel(keys) {
    const lines = keys.map((key) => shown.column(key)).filter(({ line }) => line !== "other");
    // What was measured names the axis, and not what it is held against.
    const measured = lines.filter(({ line }) => line === "measured");
    const main = measured.length > 0 ? measured : lines;
    return main.length === 1
      ? heading(main[0])
      : (main.find(({ unit }) => unit)?.unit ?? main.map(({ label }) => label).join(", "));
  }
  useEffect(() => chart?.draw(curves));
  const curve = near && curves[near.curve];
  const axes = { x: shown.column(view.x).label };
  return (
    <>
      <p class="quiet chart-y">↑ {typeof view.y === "string" ? heading(shown.column(view.y)) : yLabel(view.y)}</p>
      <div
        class={`chart chart-${view.kind}`}
        ref={box}
        role="img"
        aria-label={`${view.title}: ${curves.map(({ name }) => name).join(", ")}. The numbers are in the table below.`}
      >
        {near && curve && (
          <div
            class={`chart-tip ${near.right ? "is-right" : ""}`}
            style={{ left: `${near.left}px`, top: `${near.top}px` }}
          >
            <b>{curve.name}</b>
            <span class="figure">
              {axes.x} {text(curve.x[near.point])}
            </span>
            <span class="figure">{withError(curve.y[near.point], curve.error?.[near.point])}</span>
          </div>
        )}
      </div>
      {(curves.length > 1 || curves[0]?.name) && (
        <ul class="chart-key">
          {curves.map(({ name, colour, line, slope }, index) => (
            <li
              key={name}
              style={{ "--curve": `var(--curve-${colour + 1})` }}
              data-near={near?.curve === index ? "" : undefined}
            >
              <i class={`stroke stroke-${view.kind === "dots" ? "dot" : line}`} aria-hidden="true">
                {view.kind === "lines" && line === "measured" && <b>{"●■▲◆"[colour % 4]}</b>}
              </i>
              <span>
                {name}
                {slope && (
                  <span class="slope figure">
                    {" "}
                    slope {withError(slope.slope, slope.error)}
                    {Number.isFinite(slope.theory) && `, theory ${text(slope.theory)}`}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
