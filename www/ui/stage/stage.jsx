/** The stage: lanes side by side, the same data, the same noise; and what moves them. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { phase, progress, retry, wake } from "../../store/engine.js";
import { cancelSampling } from "../../store/lanes/edit.js";
import { arriving, guests, secondsLeft } from "../../store/lanes/lanes.js";
import { origin, training } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { fetchLater, Lazy } from "../controls/fold.jsx";
import { Live } from "../controls/live.jsx";
import { duration } from "../text.js";
import { inspected } from "./inspected.js";
import { Guest, Lane } from "./lane.jsx";
import { overWanted } from "./over.js";
import { watch } from "./seen.js";
import { Steps } from "./steps.jsx";
import { Playback, Under } from "./transport.jsx";

/** @param {{ children?: import("preact").ComponentChildren }} props what stands over the pictures */
export function Stage({ children }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => (box.current ? watch(box.current) : undefined), []);
  useSignalEffect(() => {
    if (overWanted.value) void fetchLater("What is drawn over the picture");
  });
  return (
    <figure id="stage" class="stage" aria-label="The stage">
      <div class="transport">
        <Playback />
        <State />
      </div>
      <div class="lanes" ref={box} data-count={settings.value.lanes.length + guests.value.length}>
        {settings.value.lanes.map((/** @type {unknown} */ _, /** @type {number} */ index) => (
          <Lane key={index} index={index} />
        ))}
        {guests.value.map((/** @type {unknown} */ _, /** @type {number} */ i) => (
          <Guest key={`guest ${i}`} index={settings.value.lanes.length + i} />
        ))}
        {children}
      </div>
      {settings.value.data === "digits" && inspected.value !== null && <Lazy label="A close look" name="Inspection" />}
      <Steps />
      <Under />
    </figure>
  );
}

/** What the stage is doing: a recording, an engine on its way, a sampling under way. */
function State() {
  const now = phase.value;
  const doing = progress.value;
  const share = doing ? doing.fraction : now === "live" ? arriving.value : null;
  const busy = doing !== null || now === "starting" || (now === "live" && arriving.value !== null);
  const sampling = now === "live" && arriving.value !== null;
  const left = sampling ? secondsLeft() : null;
  let text = "";
  if (now === "failed") text = "The engine could not start: this is the last picture.";
  else if (doing) text = `${doing.text}${doing.fraction === null ? "…" : ` ${Math.round(doing.fraction * 100)} %`}`;
  else if (now === "off") text = "A recording.";
  else if (sampling) text = `Sampling…${left === null ? "" : ` ${duration(left)} left`}`;
  else if (
    now === "live" &&
    origin.value === "fresh" &&
    !training.value.running &&
    settings.value.lanes.some((/** @type {any} */ lane) => lane.source === "network")
  )
    text = "This network has learned nothing yet. Press Train.";
  return (
    <div class="stage-state">
      <div class="stage-line" aria-hidden="true">
        {busy && (
          <i
            class={share === null ? "unknown" : ""}
            style={{ transform: share === null ? undefined : `scaleX(${Math.max(0.02, share)})` }}
          />
        )}
      </div>
      <p class="stage-text">
        <Live>{text}</Live>
        {left !== null && (
          <button type="button" class="plain" onClick={cancelSampling}>
            Cancel
          </button>
        )}
        {now === "off" && (
          <button type="button" class="plain" onClick={wake}>
            Run it live
          </button>
        )}
        {now === "failed" && (
          <button type="button" class="plain" onClick={retry}>
            Try again
          </button>
        )}
      </p>
    </div>
  );
}
