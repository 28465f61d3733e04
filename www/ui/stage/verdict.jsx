/** The comparison in words; it reads the numbers of the run that is shown, whatever they say. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { phase } from "../../store/engine.js";
import { addLane } from "../../store/lanes/edit.js";
import { arriving, finalDistance, shown } from "../../store/lanes/lanes.js";
import { settings } from "../../store/settings/settings.js";
import { maxLanes } from "../../store/settings/table.js";
import { Live } from "../controls/live.jsx";
import { LANES, samplerName, shortName } from "../lanes/names.js";
import { openSheet } from "../lanes/sheet.jsx";
import { counted, distanceText } from "../text.js";
import { MeasureButton, Quality } from "./quality.jsx";
import { TrackTable } from "./track.jsx";

/** @typedef {import("../../store/lanes/lanes.js").Lane} Lane */
/** A lane that has arrived. @typedef {{ lane: Lane, distance: number, name: import("preact").ComponentChild }} Arrived */

const WAITING = "The same data, the same starting noise: change Steps, and compare.";
const LOST =
  "Samples left the finite numbers on their way, so there is nothing to compare: take more steps, or another sampler.";

const tableOpen = signal(false);

export function Verdict() {
  const lanes = shown.value;
  const arrived = arrivals(lanes);
  const dear = (arrived ?? []).filter(({ lane }) => lane.cost > lane.evaluations * 1.02);
  const sentence = arrived && compare(arrived);
  return (
    <div class="verdict">
      <p class={`verdict-text${arriving.value !== null && phase.value === "live" ? " is-waiting" : ""}`}>
        <Live
          of={
            arrived?.map(({ lane, distance }) => `${lane.setting.sampler} ${lane.evaluations} ${distance}`).join() ??
            "none"
          }
        >
          {sentence ?? (lanes.some((lane) => finalDistance(lane) === Infinity) ? LOST : WAITING)}
        </Live>
      </p>
      {sentence && dear.length > 0 && (
        <p class="quiet">
          {dear.map(({ lane, name }, i) => (
            <span key={i}>
              The {counted(lane.evaluations, "evaluation")} of {name} {lane.evaluations === 1 ? "costs" : "cost"} as
              much as <span class="figure">{lane.cost.toFixed(1)}</span> of the velocity alone.{" "}
            </span>
          ))}
        </p>
      )}
      <Quality />
      <div class="row">
        <button
          type="button"
          class="plain"
          aria-expanded={tableOpen.value}
          onClick={() => (tableOpen.value = !tableOpen.value)}
        >
          {tableOpen.value ? "Hide the distances" : "Distances, step by step"}
        </button>
        <MeasureButton />
        {settings.value.lanes.length < maxLanes && (
          <button
            type="button"
            class="plain"
            title="Compare with another sampler, in a colour of its own"
            onClick={() => openSheet(addLane())}
          >
            Add a sampler
          </button>
        )}
      </div>
      {tableOpen.value && <TrackTable />}
      <LiveSummary
        text={
          arrived
            ? `${counted(arrived[0].lane.budget, "evaluation")}: ${arrived.map(({ lane, distance }) => `${samplerName(lane.setting)} at distance ${distanceText(distance)}`).join(", ")}.`
            : ""
        }
      />
    </div>
  );
}

/** All lanes with their distances, or null while one has none. @param {(Lane | null)[]} lanes @returns {Arrived[] | null} */
function arrivals(lanes) {
  const settings = lanes.flatMap((lane) => lane?.setting ?? []);
  if (settings.length < lanes.length) return null;
  const all = lanes.flatMap((lane, i) => {
    const distance = finalDistance(lane);
    if (!lane || distance === null) return [];
    return [{ lane, distance, name: <b class={`ink-${LANES[i]}`}>{shortName(settings, i)}</b> }];
  });
  // Numbers that are not finite have no verdict.
  return all.length === lanes.length && all.length > 0 && all.every(({ distance }) => Number.isFinite(distance))
    ? all
    : null;
}

/** @param {Arrived[]} all */
function compare(all) {
  const spent = all.map(({ lane }) => lane.evaluations);
  const [least, most] = [Math.min(...spent), Math.max(...spent)];
  const text = (/** @type {number} */ count) => count.toLocaleString("en");
  const lead =
    least === most
      ? `With ${counted(least, "evaluation")}${all.length > 1 ? " each" : ""}, `
      : all.length === 2
        ? `With ${text(spent[0])} against ${text(spent[1])} evaluations, `
        : `With ${text(least)} to ${text(most)} evaluations, `;
  // Below the floor, the distance of fresh data, differences are chance.
  const floor = Math.max(2e-4, ...all.map(({ lane }) => lane.floor ?? 0));
  return (
    <>
      {lead}
      {all.length === 2 ? pair(all[0], all[1], floor) : ranking(all, floor)}
    </>
  );
}

/** @param {Arrived} first @param {Arrived} second @param {number} floor */
function pair(first, second, floor) {
  const { lane } = first;
  const [winner, loser] = first.distance > second.distance ? [second, first] : [first, second];
  const [near, far] = [winner.distance, loser.distance];
  if (far <= 1.5 * floor)
    return lane.kind === "points" ? (
      <>
        {first.name} and {second.name} both end as close to the data as fresh data would.
      </>
    ) : (
      <>
        {lane.points} images are too few to tell {first.name} from {second.name} by distance; compare them by eye.
      </>
    );
  if (far - near < floor || far < 1.15 * near)
    return (
      <>
        {first.name} and {second.name} end equally close to the data.
      </>
    );
  const times = far / near;
  // What is that far away is lost, and how many times as far says nothing.
  if (times >= 100 && near > floor)
    return (
      <>
        {winner.name} ends <b class="figure">{distanceText(near)}</b> from the data; {loser.name} is still{" "}
        <b class="figure">{distanceText(far)}</b> away.
      </>
    );
  if (near <= floor)
    return (
      <>
        {winner.name} ends as close to the data as fresh data would; {loser.name} is still{" "}
        <b class="figure">{distanceText(far)}</b> away.
      </>
    );
  return (
    <>
      {winner.name} ends <b class="figure">{times >= 10 ? Math.round(times) : times.toFixed(1)}</b> times closer to the
      data than {loser.name}.
    </>
  );
}

/** From the closest to the farthest; what is at the floor is level. @param {Arrived[]} all @param {number} floor */
function ranking(all, floor) {
  const sorted = [...all].sort((a, b) => a.distance - b.distance);
  const level = sorted.filter(({ distance }) => distance <= 1.5 * floor);
  const { lane } = sorted[0];
  if (level.length === all.length && lane.kind === "images")
    return <>{lane.points} images are too few to tell them apart by distance; compare them by eye.</>;
  const [first, rest] = level.length > 0 ? [level, sorted.slice(level.length)] : [sorted.slice(0, 1), sorted.slice(1)];
  const end = first.length === 1 ? "ends" : "end";
  const others = rest.map(({ name, distance }) => (
    <>
      {name} <b class="figure">{distanceText(distance)}</b>
    </>
  ));
  return (
    <>
      {listed(first.map(({ name }) => name))}{" "}
      {level.length > 0
        ? `${end} as close to the data as fresh data would`
        : `${end} ${rest.length > 0 ? "closest, " : ""}`}
      {level.length === 0 && (
        <>
          <b class="figure">{distanceText(first[0].distance)}</b> from the data
        </>
      )}
      {others.length > 0 && <>; then {listed(others)}</>}.
    </>
  );
}

/** One, two and three. @param {import("preact").ComponentChild[]} parts */
const listed = (parts) =>
  parts.map((part, i) => (
    <span key={i}>
      {i === 0 ? "" : i === parts.length - 1 ? " and " : ", "}
      {part}
    </span>
  ));

/** Speaks at most every four seconds. @param {{ text: string }} props */
function LiveSummary({ text }) {
  const box = useRef(/** @type {HTMLParagraphElement | null} */ (null));
  const state = useRef({ said: 0, timer: 0 });
  useEffect(() => {
    const { current } = state;
    window.clearTimeout(current.timer);
    current.timer = window.setTimeout(
      () => {
        current.said = Date.now();
        if (box.current && box.current.textContent !== text) box.current.textContent = text;
      },
      Math.max(600, current.said + 4000 - Date.now()),
    );
  }, [text]);
  return <p ref={box} class="unseen" role="status" />;
}
