/** Brightness over two axes, the same for several columns side by side on one scale, with curves drawn over it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { revision } from "../../../store/studies/state.js";
import { theme } from "../../controls/theme.js";
import { onPixelRatio } from "../../pixel-ratio.js";
import { heading, text } from "./numbers.js";
import { margins, paint, paintRamp } from "./paint-heat.js";

/** @typedef {Extract<import("../../../generated/studies").View, { kind: "heat" }>} Viewed */

/** @param {{ view: Viewed, results: import("../../../store/studies/results.js").Results }} props */
export function Heat({ view, results }) {
  void revision.value;
  const shown = results.table(view.table);
  const [xs, ys] = [shown.values(view.x), shown.values(view.y)];
  const columns = [...new Set(xs)];
  const rows = columns.length
    ? ys.slice(0, xs.findIndex((x) => x !== xs[0]) + 1 || ys.length).filter((_, i) => xs[i] === xs[0])
    : [];
  const pictures = view.values.map((key) => ({ label: heading(shown.column(key)), values: shown.values(key) }));
  // The first picture is the truth; whatever is brighter than its brightest is as bright as can be.
  const brightest = pictures[0].values.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, value) : most),
    0,
  );
  const axes = { x: heading(shown.column(view.x)), y: heading(shown.column(view.y)) };
  return (
    <>
      <p class="quiet">↑ {axes.y}</p>
      <div class="heats" data-count={pictures.length}>
        {pictures.map((picture, index) => (
          <Picture
            key={picture.label}
            {...{ ...picture, columns, rows, brightest, axes, paths: view.paths ? pathsOf(results, view, index) : [] }}
          />
        ))}
      </div>
      <p class="quiet heat-scale">
        <Ramp /> from 0 to {text(brightest)} and above, the same in all of them
      </p>
    </>
  );
}

/** The colours from nothing to the brightest. */
function Ramp() {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    if (canvas.current) paintRamp(canvas.current);
  }, []);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; the words beside it say what it shows.
  return <canvas ref={canvas} width={100} height={1} aria-hidden="true" />;
}

/** @param {import("../../../store/studies/results.js").Results} results @param {Viewed} view @param {number} picture */
function pathsOf(results, view, picture) {
  const shown = results.table(/** @type {string} */ (view.paths));
  const [which, path, x, y] = ["picture", "path", view.x, view.y].map((key) => shown.values(key));
  /** @type {Map<number, [number, number][]>} */
  const paths = new Map();
  which.forEach((own, row) => {
    if (own !== picture) return;
    const points = paths.get(path[row]) ?? [];
    points.push([x[row], y[row]]);
    paths.set(path[row], points);
  });
  return [...paths.values()];
}

/** @param {import("./paint-heat.js").Painted} props */
function Picture(props) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [tip, setTip] = useState("");
  const scheme = theme.value;
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const draw = () => paint(element, props);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    const endRatio = onPixelRatio(draw);
    return () => {
      observer.disconnect();
      endRatio();
    };
  }, [scheme, props.values.length, props.paths.reduce((sum, path) => sum + path.length, 0), props.brightest]);
  return (
    <div class="heat">
      <p class="heat-name">{props.label}</p>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${props.label} over ${props.axes.x} and ${props.axes.y}. The numbers are in the table below.`}
        onPointerMove={(event) => setTip(read(event, props))}
        onPointerDown={(event) => setTip(read(event, props))}
        onPointerLeave={() => setTip("")}
      />
      <p class="quiet figure heat-tip">{tip}</p>
    </div>
  );
}

/** The number under the pointer. @param {PointerEvent} event @param {import("./paint-heat.js").Painted} painted */
function read(event, { values, columns, rows, axes }) {
  const canvas = /** @type {HTMLCanvasElement} */ (event.currentTarget);
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const { leftMargin, bottomMargin } = margins;
  const column = Math.floor(((event.clientX - left - leftMargin) / (width - leftMargin)) * columns.length);
  const row = Math.floor((1 - (event.clientY - top) / (height - bottomMargin)) * rows.length);
  if (column < 0 || column >= columns.length || row < 0 || row >= rows.length) return "";
  const value = values[column * rows.length + row];
  return `${axes.x} ${text(columns[column])}, ${axes.y} ${text(rows[row])}: ${text(value)}`;
}
