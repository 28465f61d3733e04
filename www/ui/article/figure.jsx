/** The lanes of the stage once more, small, beside the text that speaks of them: the same run, the same moment. */
import { useEffect, useRef } from "preact/hooks";
import { distanceAt, shown } from "../../store/lanes/lanes.js";
import { playing, position, toggle } from "../../store/player.js";
import { settings } from "../../store/settings/settings.js";
import { LANES, laneTitle, settingsShown } from "../lanes/names.js";
import { Picture } from "../stage/picture.jsx";
import { watch } from "../stage/seen.js";
import { counted, errorText } from "../text.js";

export function SmallStage() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => (box.current ? watch(box.current) : undefined), []);
  const lanes = settingsShown();
  const place = position.value;
  return (
    <figure ref={box} class="small-stage" aria-label="The stage, small">
      <div class="small-lanes">
        {lanes.map((setting, index) => {
          const lane = shown.value[index];
          return (
            <div key={index} class={`lane-${LANES[index]}`}>
              <p class="small-title">{laneTitle(setting)}</p>
              <Picture index={index} small />
              <p class="quiet">
                error <span class="figure">{errorText(lane && distanceAt(lane, place))}</span>
              </p>
            </div>
          );
        })}
      </div>
      <figcaption class="row">
        <button type="button" class="plain" onClick={toggle}>
          {playing.value ? "Hold still" : "Play on"}
        </button>
        <span class="quiet">{counted(settings.value.steps, "step")} from noise to data</span>
      </figcaption>
    </figure>
  );
}
