/** Training: what one presses, how far it is, how well it goes. */
import { signal } from "@preact/signals";
import { phase } from "../../store/engine.js";
import { chooseObjective } from "../../store/lanes/edit.js";
import { replayNext } from "../../store/player.js";
import { reset } from "../../store/run/changes.js";
import { canUsePretrained, fineTunes } from "../../store/run/shipped.js";
import { model, openedFile, origin, training } from "../../store/run/status.js";
import { pauseTraining, train } from "../../store/run/training.js";
import { usePretrained } from "../../store/run/weights.js";
import { settings } from "../../store/settings/settings.js";
import { field, fields, optionsOf } from "../../store/settings/table.js";
import { Group } from "../controls/control.jsx";
import { Live } from "../controls/live.jsx";
import { counted } from "../text.js";
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

/** What one presses first; it stands right under the stage. */
export function TrainHead() {
  return (
    <div class="train-head">
      <TrainButton />
      <Objective />
      <Progress />
    </div>
  );
}

/** The rest of training: how well it goes, and what it can be set to. */
export function Training() {
  return (
    <section class="panel training" aria-labelledby="training-title">
      <h2 id="training-title">Training</h2>
      <LossChart />
      <StartFrom />
      <Buttons />
      <Checkpoints />
      <WeightFiles />
      <details class="more">
        <summary>Training settings</summary>
        <Group group="training" except={[...APART, ...rare]} />
        {rare.length > 0 && (
          <details class="more">
            <summary>More about what is learned</summary>
            <Group group="training" except={[...APART, ...FIRST]} />
          </details>
        )}
      </details>
    </section>
  );
}

function Objective() {
  const entry = field("objective");
  const now = settings.value.objective;
  const options = optionsOf("objective");
  const chosen = options.find((choice) => choice.value === now);
  return (
    <fieldset class="objective">
      <legend class="unseen">{entry.label}</legend>
      <div class="toggle">
        {options.map((choice) => (
          <label key={choice.value} class={`toggle-${choice.value}`}>
            <input
              type="radio"
              name="objective"
              value={choice.value}
              checked={now === choice.value}
              onChange={() => chooseObjective(choice.value)}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
      <p class="quiet objective-help">{chosen?.help ?? entry.help}</p>
    </fieldset>
  );
}

function TrainButton() {
  const { running, step, budget } = training.value;
  const from = origin.value;
  const start = fineTunes.value ? "from the pretrained weights" : "from scratch";
  const label = running ? "Pause" : from === "trained" ? (step >= budget ? "Train on" : "Continue") : "Train";
  return (
    <button
      type="button"
      class="solid train"
      title={
        running || from === "trained"
          ? undefined
          : `Trains ${fineTunes.value ? "on from the pretrained weights" : "a fresh network from scratch"}, in this browser`
      }
      aria-label={running ? "Pause training" : `${label}${from === "trained" ? " training" : ` ${start}`}`}
      onClick={() => {
        if (running) pauseTraining();
        else {
          replayNext();
          void train();
        }
      }}
    >
      <Live>{label}</Live>
    </button>
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

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function Progress() {
  const { running, step, budget, stepsPerSecond, secondsLeft, trajectories } = training.value;
  const from = origin.value;
  const share = budget > 0 && from === "trained" ? Math.min(1, step / budget) : 0;
  const parameters = model.value ? ` · ${counted(model.value.parameters, "parameter")}` : "";
  let text;
  if (from === "trained" || running) {
    text = (
      <>
        {openedFile.value ? `${openedFile.value}, at` : fineTunes.value ? "Fine-tuned here," : "Trained here,"} training
        step <span class="figure">{step.toLocaleString("en")}</span> of{" "}
        <span class="figure">{budget.toLocaleString("en")}</span>
        {running && trajectories !== null && (
          <>
            {" "}
            · collecting its own paths, <span class="figure">{Math.round(100 * trajectories)} %</span>
          </>
        )}
        {running && trajectories === null && stepsPerSecond > 0 && (
          <>
            {" "}
            ·{" "}
            <span class="figure">{stepsPerSecond >= 10 ? Math.round(stepsPerSecond) : stepsPerSecond.toFixed(1)}</span>{" "}
            steps/s
          </>
        )}
        {running && secondsLeft !== null && (
          <>
            {" "}
            · <span class="figure">{duration(secondsLeft)}</span> left
          </>
        )}
      </>
    );
  } else if (from === "pretrained")
    text = fineTunes.value
      ? `Pretrained weights, from which training goes on${parameters}`
      : `Pretrained weights, made by this project’s own code${parameters}`;
  else if (from === "fresh") text = `A fresh network, not trained yet${parameters}`;
  else
    text = `Pretrained weights come with the page; Train ${fineTunes.value ? "goes on from them" : "starts from scratch"}, in your browser.`;
  return (
    <div class="train-progress">
      <div
        class="bar"
        role="progressbar"
        aria-label="Training progress"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <i style={{ transform: `scaleX(${share})` }} />
      </div>
      <p class="quiet">{text}</p>
    </div>
  );
}

/** Settings that are of no use to sets of images; to points, none of these three is. @type {Record<string, string[]>} */
const NO_USE = { digits: [], images: ["digit", "guidance"] };

const samplingOpen = signal(false);

/** How the lanes are sampled, beyond the number of steps. */
export function Sampling() {
  return (
    <details
      class="more"
      open={samplingOpen.value}
      onToggle={(event) => (samplingOpen.value = event.currentTarget.open)}
    >
      <summary>Sampling settings</summary>
      <Group group="sampling" except={["steps", ...(NO_USE[settings.value.data] ?? ["morph", "digit", "guidance"])]} />
    </details>
  );
}
