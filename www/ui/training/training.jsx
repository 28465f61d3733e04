/** Training beyond the bar under the stage: how well it goes, and what it can be set to. */
import { phase } from "../../store/engine.js";
import { reset } from "../../store/run/changes.js";
import { canUsePretrained, fineTunes } from "../../store/run/shipped.js";
import { model, origin, training } from "../../store/run/status.js";
import { train } from "../../store/run/training.js";
import { usePretrained } from "../../store/run/weights.js";
import { settings } from "../../store/settings/settings.js";
import { fields, kindOf, optionsOf } from "../../store/settings/table.js";
import { Group } from "../controls/control.jsx";
import { Fold } from "../controls/fold.jsx";
import { Checkpoints, WeightFiles } from "./checkpoints.jsx";
import { LossChart } from "./loss.jsx";
import { StartFrom } from "./start.jsx";

/** These stand by themselves. */
const APART = ["objective", "start"];
/** What most people set; whatever else the table has on training is one fold further. */
const FIRST = ["learning_rate", "batch", "width", "budget", "seed"];
const rare = fields
  .filter(({ group, key }) => group === "training" && ![...APART, ...FIRST].includes(key))
  .map(({ key }) => key);

export function Training() {
  const objective = settings.value.objective;
  return (
    <section class="panel training" aria-labelledby="training-title">
      <h2 id="training-title">Training</h2>
      <p class="quiet">{optionsOf("objective").find(({ value }) => value === objective)?.help}</p>
      <LossChart />
      <StartFrom />
      <Buttons />
      <Checkpoints />
      <WeightFiles />
      <Fold label="Kept runs" name="Runs" />
    </section>
  );
}

function Buttons() {
  const { running } = training.value;
  const from = origin.value;
  const busy = phase.value === "starting";
  return (
    <div class="row">
      <button type="button" disabled={running || busy} onClick={() => void train(1)}>
        One training step
      </button>
      <button
        type="button"
        disabled={from !== "trained" && !running}
        title="Back to where training began; what you trained can be restored"
        onClick={() => void reset()}
      >
        Reset
      </button>
      {(from === "trained" || from === "fresh") && canUsePretrained.value && !fineTunes.value && (
        <button type="button" class="plain" onClick={() => void usePretrained()}>
          Back to the pretrained weights
        </button>
      )}
    </div>
  );
}

/** Sampling settings that have a place on the stage. */
const ON_STAGE = ["steps", "morph", "digit", "guidance"];
const OF_CLASSES = ["guidance_lowest", "guidance_highest"];

/** What can be set beyond what is in sight, over the whole width. */
export function MoreSettings() {
  const { data, weighting } = settings.value;
  // What nothing uses is not shown.
  const images = kindOf(data) === "images";
  const idle = [...(weighting === "sigma_power" ? [] : ["weighting_power"]), ...(images ? ["hidden"] : [])];
  const useless = [...(model.value?.classes ? [] : OF_CLASSES), ...(images ? ["points"] : [])];
  return (
    <div class="more-settings">
      <details class="more">
        <summary>Training settings</summary>
        <Group group="training" except={[...APART, ...rare]} />
        {rare.length > 0 && (
          <details class="more">
            <summary>More about what is learned</summary>
            <Group group="training" except={[...APART, ...FIRST, ...idle]} />
          </details>
        )}
      </details>
      <details class="more">
        <summary>Sampling settings</summary>
        <Group group="sampling" except={[...ON_STAGE, ...useless]} />
      </details>
    </div>
  );
}
