/**
 * The scrub bar, which is also a chart: time from noise to data runs across, and above it each lane's error falls from that
 * of noise to that of fresh data, so that one sees where on the way a lane arrives or is lost.
 */
import { useMemo } from "preact/hooks";
import { distanceAt, mostSteps, shown, sigmaAt } from "../../store/lanes/lanes.js";
import { position, seek, step } from "../../store/player.js";
import { LANES, shortName } from "../lanes/names.js";
import { errorText, sigmaText } from "../text.js";

const W = 1000;
const H = 100;
const MOST = 1.1; // the most that is drawn; 1 is pure noise

/** @typedef {import("../../store/lanes/lanes.js").Lane} Lane */

/** @param {(Lane | null)[]} lanes */
function curves(lanes) {
  return lanes.map((lane) => {
    if (!lane) return "";
    const frames = Array.from({ length: lane.have }, (_, i) => i).filter((i) => !Number.isNaN(lane.errors[2 * i]));
    const every = Math.ceil(frames.length / 400);
    return frames
      .filter((_, i) => i % every === 0 || i === frames.length - 1)
      .map((frame, i) => {
        const height = Math.min(MOST, Math.max(0, lane.errors[2 * frame])) / MOST;
        const x = (W * lane.step[frame]) / lane.steps;
        return `${i ? "L" : "M"}${x.toFixed(1)} ${(H - 6 - height * (H - 12)).toFixed(1)}`;
      })
      .join("");
  });
}

/** Whether all lanes take as many steps, and whether they are at the same noise levels all the way. @param {(Lane | null)[]} lanes */
function inStep(lanes) {
  const there = lanes.filter((lane) => lane !== null);
  const steps = there.every((lane) => lane.steps === there[0].steps && lane.total === there[0].total);
  const levels = steps && there.every(({ sigmas }) => sigmas.every((sigma, i) => sigma === there[0].sigmas[i]));
  return { steps, levels };
}

export function Track() {
  const lanes = shown.value;
  const paths = useMemo(() => curves(lanes), [lanes]);
  const steps = mostSteps();
  const lane = lanes.find((candidate) => candidate?.steps === steps);
  const place = position.value;
  const at = place * steps;
  const together = inStep(lanes);
  const ticks = steps <= 60 ? Array.from({ length: steps + 1 }, (_, i) => i / steps) : [];
  const sigma = lane ? sigmaText(sigmaAt(lane, place)) : "–";
  const percent = Math.round(place * 100);
  // Before the first run there is nothing to be at a step of.
  const text = !lane
    ? "No run yet"
    : together.steps
      ? `Step ${at.toFixed(1)} of ${steps}${together.levels ? `, noise level ${sigma}` : ""}`
      : `${percent} % of the way`;
  return (
    <div class="track">
      <svg class="track-chart" viewBox={`0 0 ${W} ${H}`} preserveAspectRatio="none" aria-hidden="true">
        {ticks.map((x) => (
          <line key={x} class="tick" x1={x * W} x2={x * W} y1={H - 7} y2={H} />
        ))}
        {paths.map((d, i) => d && <path key={i} class={`curve curve-${LANES[i]}`} d={d} />)}
        <line class="playhead" x1={place * W} x2={place * W} y1={0} y2={H} />
      </svg>
      <input
        class="scrub"
        type="range"
        min="0"
        max={steps}
        step="any"
        value={at}
        aria-label="Time from noise to data"
        aria-valuetext={text}
        onInput={(event) => seek(Number(event.currentTarget.value) / steps)}
        onKeyDown={(event) => {
          const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
          if (!by) return;
          event.preventDefault();
          event.stopPropagation();
          step(by, steps);
        }}
      />
      <p class="track-ends" aria-hidden="true">
        <span>noise</span>
        <span class="track-now">
          {!lane ? null : together.steps ? (
            <>
              step <span class="figure">{at.toFixed(1)}</span> of <span class="figure">{steps}</span>
              {together.levels && (
                <span class="track-sigma">
                  {" "}
                  · noise <span class="figure">{sigma}</span>
                </span>
              )}
            </>
          ) : (
            <>
              <span class="figure">{percent}</span> % of the way
            </>
          )}
        </span>
        <span>data</span>
      </p>
    </div>
  );
}

/** The same errors in a table, for those who do not see the curve. */
export function TrackTable() {
  const lanes = shown.value;
  const rows = useMemo(() => {
    const steps = mostSteps();
    const longest = lanes.find((lane) => lane?.steps === steps);
    if (!longest) return [];
    const count = Math.min(longest.steps, 12);
    const together = inStep(lanes);
    return Array.from({ length: count + 1 }, (_, i) => {
      const place = Math.round((i / count) * longest.steps) / longest.steps;
      return {
        when: together ? String(Math.round(place * steps)) : `${Math.round(place * 100)} %`,
        sigma: together ? sigmaText(sigmaAt(longest, place)) : "",
        errors: lanes.map((lane) => (lane ? distanceAt(lane, place) : null)),
      };
    });
  }, [lanes]);
  const known = lanes.flatMap((lane) => lane?.setting ?? []);
  return (
    <table class="numbers">
      <caption>Error, step by step: 0 % is as close to held-out data as fresh data, 100 % as pure noise</caption>
      <thead>
        <tr>
          <th scope="col">{rows[0]?.sigma ? "Step" : "Of the way"}</th>
          {rows[0]?.sigma && <th scope="col">Noise level σ</th>}
          {lanes.map((lane, i) => (
            <th scope="col" key={i} class={`ink-${LANES[i]}`}>
              {lane ? shortName(known, i) : ""}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.when}>
            <th scope="row">{row.when}</th>
            {row.sigma && <td>{row.sigma}</td>}
            {row.errors.map((found, i) => (
              <td key={i}>{errorText(found)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
