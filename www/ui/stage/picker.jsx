/** The images of a lane as a grid over its picture: each to be pressed, arrows move from one to the next. */
import { signal } from "@preact/signals";
import { settings } from "../../store/settings/settings.js";
import { laneName } from "../lanes/names.js";
import { inspected } from "./inspected.js";

/** The image that has, or had, the focus. */
const at = signal(0);
/** What the close look was opened from. @type {HTMLElement | null} */
let opener = null;

/** Ends the close look; the focus goes back to where it came from. */
export function endInspection() {
  inspected.value = null;
  opener?.focus({ preventScroll: true });
}

/** @param {{ index: number, grid: import("./digits.js").Place, classes: Uint8Array | null }} props */
export function Picker({ index, grid, classes }) {
  const { left, top, width, height, columns, images, gap } = grid;
  const per = (/** @type {number} */ part) => `${(100 * part).toFixed(3)}%`;
  const here = Math.min(at.value, images - 1);
  const rows = Array.from({ length: Math.ceil(images / columns) }, (_, row) =>
    Array.from({ length: Math.min(columns, images - row * columns) }, (_, column) => row * columns + column),
  );

  /** @param {KeyboardEvent & { currentTarget: HTMLElement }} event */
  function key(event) {
    if (event.key === "Escape" && inspected.value !== null) {
      event.stopPropagation();
      endInspection();
      return;
    }
    const steps = /** @type {Record<string, number>} */ ({
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      Home: -here,
      End: images - 1 - here,
    });
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const to = here + by;
    if (to < 0 || to >= images) return;
    at.value = to;
    if (inspected.value !== null) inspected.value = to;
    /** @type {HTMLElement} */ (event.currentTarget.querySelectorAll("button")[to]).focus({ preventScroll: true });
  }

  return (
    <div
      class="picker"
      role="grid"
      aria-label={`${laneName(settings.value.lanes, index)}: its images; press one for a close look`}
      data-keys
      style={{
        left: per(left),
        top: per(top),
        width: per(width),
        height: per(height),
        gridTemplateColumns: `repeat(${columns}, 1fr)`,
        columnGap: per(gap[0]),
        rowGap: per(gap[1]),
      }}
      onKeyDown={key}
    >
      {rows.map((row) => (
        <div key={row[0]} role="row" tabIndex={-1}>
          {row.map((i) => (
            <div key={i} role="gridcell" tabIndex={-1}>
              <button
                type="button"
                tabIndex={i === here ? 0 : -1}
                aria-label={`${classes ? `A ${classes[i]}, image` : "Image"} ${i + 1} of ${images}`}
                aria-pressed={inspected.value === i}
                onClick={(event) => {
                  opener = event.currentTarget;
                  at.value = i;
                  inspected.value = inspected.value === i ? null : i;
                }}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
