/**
 * What a lane is made of, laid over the other half of the stage: the lane that is being changed stays in sight, and so
 * does the transport. It is no modal dialog: one can play, and come back.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { changeLane, removeLane } from "../../store/lanes/edit.js";
import { settings } from "../../store/settings/settings.js";
import { GridControl } from "../controls/grid.jsx";
import { laneName } from "./names.js";
import { Chosen } from "./sampler-details.jsx";
import { SamplerList } from "./sampler-list.jsx";
import { SourceControl } from "./source.jsx";

/** The lane that is being changed. @type {import("@preact/signals").Signal<number | null>} */
export const sheet = signal(null);

/** @param {number | null} index */
export function openSheet(index) {
  const before = sheet.peek();
  sheet.value = index;
  if (index === null && before !== null) document.getElementById(`lane-${before}-open`)?.focus();
}

/** @param {{ index: number }} props */
export function LaneSheet({ index }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    const chosen = /** @type {HTMLElement | null | undefined} */ (box.current?.querySelector("input:checked"));
    chosen?.focus({ preventScroll: true });
    const [list, row] = [box.current?.querySelector(".families"), chosen?.closest("label")];
    if (list && row) list.scrollTop = row.offsetTop - list.clientHeight / 2;
    // The page itself moves only where the lane would be hidden.
    if (window.matchMedia("(max-width: 44rem)").matches)
      box.current?.closest(".lane")?.scrollIntoView({ block: "start" });
  }, []);
  const { lanes, grid } = settings.value;
  const setting = lanes[index];
  const name = laneName(lanes, index);
  return (
    <div
      ref={box}
      class={`sheet ${index < lanes.length / 2 ? "sheet-right" : "sheet-left"}`}
      role="dialog"
      aria-label={`${name}: settings`}
      data-keys
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        openSheet(null);
      }}
    >
      <header class="sheet-head">
        <h3>
          <i class="dot" aria-hidden="true" />
          {name}
        </h3>
        {lanes.length > 1 && (
          <button
            type="button"
            class="plain"
            onClick={() => {
              openSheet(null);
              void removeLane(index);
            }}
          >
            Remove this sampler
          </button>
        )}
        <button
          type="button"
          class="round small"
          aria-label="Close"
          title="Close (Esc)"
          onClick={() => openSheet(null)}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z" />
          </svg>
        </button>
      </header>
      <SamplerList index={index} />
      <div class="sheet-details">
        <Chosen index={index} />
        <SourceControl index={index} />
        <GridControl
          id={`lane-${index}-grid`}
          label="Noise levels"
          value={setting.grid ?? null}
          shared={grid}
          onChange={(value) => changeLane(index, { grid: value })}
        />
      </div>
    </div>
  );
}
