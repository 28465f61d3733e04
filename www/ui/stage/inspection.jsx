/** A close look at one image of each lane: what the classifier reads, and the nearest training image. */
import { useEffect, useRef } from "preact/hooks";
import { phase } from "../../store/engine.js";
import { inspect, inspection } from "../../store/lanes/inspection.js";
import { data, shown } from "../../store/lanes/lanes.js";
import { training } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { PIXELS, SIDE } from "../../store/settings/table.js";
import { LANES, laneName, samplerName } from "../lanes/names.js";
import { DigitGrid } from "./digits.js";
import { inspected } from "./inspected.js";
import { endInspection } from "./picker.jsx";
import { GLOWS } from "./splat.js";

/** Of real images. @type {import("./splat.js").Glow} */
const PAPER = { deep: [96, 100, 112], tone: [176, 180, 190], light: [246, 246, 248] };

/** Asks the engine for a look at the finished pictures of all lanes. @param {number} image */
function inspectAll(image) {
  const lanes = shown.peek().slice(0, settings.peek().lanes.length);
  if (!lanes.every((lane) => lane?.kind === "images" && image < lane.points)) return;
  const states = new Float32Array(PIXELS * lanes.length);
  lanes.forEach((lane, i) => {
    if (!lane) return;
    const from = ((lane.have - 1) * lane.points + image) * PIXELS;
    states.set(lane.frames.subarray(from, from + PIXELS), i * PIXELS);
  });
  inspect(
    image,
    states,
    Float64Array.from(lanes, (lane) => (lane ? lane.sigmas[lane.have - 1] : 0)),
  );
}

export function Inspection() {
  const { lanes, data: name } = settings.value;
  const image = name === "digits" ? inspected.value : null;
  const [now, live] = [shown.value, phase.value];
  useEffect(() => {
    if (image !== null && live === "live") inspectAll(image);
  }, [image, now, live]);
  // Until the new ones are there the last ones stay, so that nothing jumps.
  const answer = inspection.value;
  const found = answer && answer.found.looks.length === lanes.length ? answer.found : null;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.scrollIntoView({ block: "nearest" }), [image === null, found === null]);
  if (image === null) return null;
  const waiting = answer?.image !== image;
  return (
    <section
      ref={box}
      class={`inspection${waiting ? " is-waiting" : ""}`}
      aria-labelledby="inspection-title"
      aria-busy={waiting}
      data-keys
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        endInspection();
      }}
    >
      <header class="inspection-head">
        <h3 id="inspection-title">Image {image + 1}, finished</h3>
        {found && (
          <p>
            Beside it, the nearest of the {found.searched.toLocaleString("en")} training images the page holds.
            Handwriting that was held out is <span class="figure">{found.usual.toFixed(1)}</span> from its nearest on
            average: a sample much nearer than that is a copy.
          </p>
        )}
        <button
          type="button"
          class="round"
          aria-label="End the close look"
          title="Close (Escape)"
          onClick={endInspection}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z" />
          </svg>
        </button>
      </header>
      <div class="inspection-lanes" data-count={lanes.length} aria-live={training.value.running ? "off" : "polite"}>
        {found?.looks.map((look, lane) => (
          <Pair key={lane} one={look} lane={lane} />
        ))}
      </div>
    </section>
  );
}

/** @param {{ one: import("../../generated/session").Look, lane: number }} props */
function Pair({ one, lane }) {
  const setting = settings.value.lanes[lane];
  const colour = LANES[lane];
  return (
    <div class={`inspection-pair lane-${colour}`}>
      <Portrait
        values={one.image}
        glow={GLOWS[colour]}
        label={`The sample of the ${laneName(settings.value.lanes, lane)}`}
      />
      <Portrait
        values={one.nearest}
        glow={PAPER}
        label={`The nearest training image${one.label === null ? "" : `, a ${one.label}`}`}
      />
      <p>
        <b class="inspection-name">{samplerName(setting)}</b>{" "}
        <span>
          The classifier reads a <b>{one.digit}</b>, <span class="figure">{percent(one.chance)}</span>.
        </span>{" "}
        <span>
          The nearest{one.label === null ? "" : ", "}
          {one.label !== null && (
            <>
              a <b>{one.label}</b>,
            </>
          )}{" "}
          is <span class="figure">{one.distance.toFixed(1)}</span> away.
        </span>
      </p>
    </div>
  );
}

/** One image, large. @param {{ values: number[], glow: import("./splat.js").Glow, label: string }} props */
function Portrait({ values, glow, label }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const grid = new DigitGrid(glow);
    grid.learnRange(data.peek()?.points ?? null);
    grid.portrait(context, values);
  }, [values, glow]);
  return <canvas ref={canvas} class="portrait" width={SIDE} height={SIDE} role="img" aria-label={label} />;
}

/** Never more certain than it is. @param {number} share */
const percent = (share) => (share > 0.995 && share < 1 ? "over 99 %" : `${Math.round(100 * share)} %`);
