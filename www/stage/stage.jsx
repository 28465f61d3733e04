/** The stage: two lanes, the same data, the same noise; what they show in one sentence; what moves them. */
import { useEffect, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { phase, progress, retry } from "../state/engine.js";
import { arriving, finalDistance, shown } from "../state/lanes.js";
import { visible } from "../state/player.js";
import { origin, training } from "../state/run.js";
import { settings } from "../state/settings.js";
import { Lane } from "./lane.jsx";
import { LANES, distanceText, samplerName } from "./names.js";
import { TrackTable } from "./track.jsx";
import { Transport } from "./transport.jsx";

export function Stage() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    if (!box.current) return;
    const observer = new IntersectionObserver(([entry]) => (visible.value = entry.isIntersecting && !document.hidden));
    observer.observe(box.current);
    const hidden = () => (visible.value = !document.hidden);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", hidden);
    };
  }, []);
  return (
    <figure class="stage" aria-label="The stage">
      <State />
      <div class="lanes" ref={box}>
        <Lane index={0} />
        <Lane index={1} />
      </div>
      <Transport />
    </figure>
  );
}

/** What the stage is doing: a recording, an engine on its way, a sampling under way. */
function State() {
  const now = phase.value;
  const doing = progress.value;
  const share = doing ? doing.fraction : now === "live" ? arriving.value : null;
  const busy = doing !== null || now === "starting" || (now === "live" && arriving.value !== null);
  let text = "";
  if (now === "failed") text = "The engine could not start; what you see is the last picture.";
  else if (doing) text = `${doing.text}${doing.fraction === null ? "…" : ` ${Math.round(doing.fraction * 100)} %`}`;
  else if (now === "recording") text = "A recording. Touch any control to run it live.";
  else if (arriving.value !== null) text = "Sampling…";
  else if (now === "live" && origin.value === "fresh" && !training.value.running && settings.value.lanes.some((/** @type {any} */ lane) => lane.source === "network"))
    text = "This network has learned nothing yet. Press Train.";
  return (
    <div id="stage" class={`stage-state${busy ? " is-busy" : ""}`}>
      <div class="stage-line" aria-hidden="true">
        {busy && <i class={share === null ? "unknown" : ""} style={{ transform: share === null ? undefined : `scaleX(${Math.max(0.02, share)})` }} />}
      </div>
      <p class="stage-text">
        {text}
        {now === "failed" && (
          <button type="button" class="plain" onClick={retry}>
            Try again
          </button>
        )}
      </p>
    </div>
  );
}

const tableOpen = signal(false);

/** The comparison in words; it reads the numbers of the run that is shown, whatever they say. */
export function Verdict() {
  const [left, right] = shown.value;
  const [a, b] = [finalDistance(left), finalDistance(right)];
  const dear = shown.value.filter((lane) => lane !== null).filter((lane) => lane.cost > lane.evaluations * 1.02);
  let sentence = null;
  if (left && right && a !== null && b !== null) {
    const same = left.evaluations === right.evaluations;
    const [l, r] = [left.setting, right.setting];
    const names = l.sampler === r.sampler && l.source === r.source;
    // Below the floor, the distance of fresh data, differences are chance.
    const floor = Math.max(left.floor ?? 0, right.floor ?? 0, 2e-4);
    const [near, far] = [Math.min(a, b), Math.max(a, b)];
    const warm = <b class="ink-simple">{names ? "left" : samplerName(l)}</b>;
    const cool = <b class="ink-accelerated">{names ? "right" : samplerName(r)}</b>;
    const [winner, loser] = a > b ? [cool, warm] : [warm, cool];
    const times = (/** @type {number} */ x) => <b class="figure">{x >= 10 ? Math.round(x).toString() : x.toFixed(1)}</b>;
    const lead = same ? `With ${left.evaluations} ${left.evaluations === 1 ? "evaluation" : "evaluations"} each, ` : `With ${left.evaluations} against ${right.evaluations} evaluations, `;
    if (far <= 1.5 * floor)
      sentence = (
        <>
          {lead}
          {left.dimension === 2 ? (
            <>
              {warm} and {cool} both end as close to the data as fresh data would.
            </>
          ) : (
            <>
              the distance of {left.points} images does not tell {warm} from {cool}; look closely.
            </>
          )}
        </>
      );
    else if (far - near < floor || far < 1.15 * near)
      sentence = (
        <>
          {lead}
          {warm} and {cool} end equally close to the data.
        </>
      );
    else if (near <= floor)
      sentence = (
        <>
          {lead}
          {winner} ends as close to the data as fresh data would; {loser} is still <b class="figure">{distanceText(far)}</b> away.
        </>
      );
    else
      sentence = (
        <>
          {lead}
          {winner} ends {times(far / near)} times closer to the data than {loser}.
        </>
      );
  }
  return (
    <div class="verdict">
      <p class={`verdict-text${arriving.value !== null && phase.value === "live" ? " is-waiting" : ""}`}>{sentence ?? "Two samplers, the same data, the same starting noise."}</p>
      {sentence && dear.length > 0 && (
        <p class="quiet">
          {dear.map((lane, i) => (
            <span key={i}>
              Its second head counted, <span class={`ink-${LANES[shown.value.indexOf(lane)].key}`}>{samplerName(lane.setting)}</span> costs as much as <span class="figure">{lane.cost.toFixed(1)}</span> plain evaluations.{" "}
            </span>
          ))}
        </p>
      )}
      <button type="button" class="plain" aria-expanded={tableOpen.value} onClick={() => (tableOpen.value = !tableOpen.value)}>
        {tableOpen.value ? "Hide the numbers" : "The numbers"}
      </button>
      {tableOpen.value && <TrackTable />}
      <LiveSummary text={left && right && a !== null && b !== null ? `${settings.value.steps} steps: distance ${distanceText(a)} on the left, ${distanceText(b)} on the right.` : ""} />
    </div>
  );
}

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
