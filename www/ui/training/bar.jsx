/** The bar under the stage, always in sight with it: what begins training, how far it is, how well it goes. */
import { chooseObjective } from "../../store/lanes/edit.js";
import { replayNext } from "../../store/player.js";
import { losses, revision } from "../../store/run/losses.js";
import { fineTunes } from "../../store/run/shipped.js";
import { model, openedFile, origin, training } from "../../store/run/status.js";
import { pauseTraining, train } from "../../store/run/training.js";
import { settings } from "../../store/settings/settings.js";
import { field, optionsOf } from "../../store/settings/table.js";
import { Live } from "../controls/live.jsx";
import { counted, duration } from "../text.js";

export function TrainBar() {
  return (
    <section class={`train-bar${training.value.running ? " is-running" : ""}`} aria-label="Train">
      <div class="train-inside">
        <TrainButton />
        <Objective />
        <Progress />
        <Spark />
      </div>
    </section>
  );
}

function Objective() {
  const now = settings.value.objective;
  return (
    <fieldset class="objective">
      <legend class="unseen">{field("objective").label}</legend>
      <div class="toggle">
        {optionsOf("objective").map(({ value, label, help }) => (
          <label key={value} class={`toggle-${value}`} title={help}>
            <input
              type="radio"
              name="objective"
              value={value}
              checked={now === value}
              onChange={() => chooseObjective(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function TrainButton() {
  const { running } = training.value;
  const trained = origin.value === "trained";
  const start = fineTunes.value ? "Train from the pretrained weights" : "Train from scratch";
  const label = running ? "Stop" : trained ? "Train on" : "Train";
  return (
    <button
      type="button"
      class="solid train"
      title={running || trained ? undefined : `${start}, in this browser`}
      aria-label={running ? "Stop training" : trained ? label : start}
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

function Progress() {
  const { running, step, stepsPerSecond, secondsLeft, trajectories } = training.value;
  const trained = origin.value === "trained" || running;
  // A file may bring more steps than a run is to have.
  const budget = Math.max(training.value.budget, step);
  const share = budget > 0 && trained ? step / budget : 0;
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
      <p class="quiet">
        {!trained ? (
          <Untrained />
        ) : openedFile.value && !running ? (
          <>
            {openedFile.value}, trained for <span class="figure">{counted(step, "step")}</span>
          </>
        ) : (
          <>
            <span class="train-where">{fineTunes.value ? "Trained on here: " : "Trained here: "}</span>step{" "}
            <span class="figure">{step.toLocaleString("en")}</span> of{" "}
            <span class="figure">{budget.toLocaleString("en")}</span>
          </>
        )}
        {running && trajectories !== null && (
          <>
            {" "}
            · collecting its own paths, <span class="figure">{Math.round(100 * trajectories)} %</span>
          </>
        )}
        {running && trajectories === null && stepsPerSecond > 0 && (
          <span class="train-speed">
            {" "}
            ·{" "}
            <span class="figure">{stepsPerSecond >= 10 ? Math.round(stepsPerSecond) : stepsPerSecond.toFixed(1)}</span>{" "}
            steps/s
          </span>
        )}
        {running && secondsLeft !== null && (
          <>
            {" "}
            · <span class="figure">{duration(secondsLeft)}</span> left
          </>
        )}
      </p>
    </div>
  );
}

/** What the lanes run on before anything was trained here. */
function Untrained() {
  const parameters = model.value ? `, ${counted(model.value.parameters, "parameter")}` : "";
  const begins = `Train ${fineTunes.value ? "goes on from them" : "begins anew"}, in your browser.`;
  if (origin.value === "fresh") return <>A fresh network{parameters}: it has learned nothing yet.</>;
  return (
    <>
      Pretrained weights{parameters}. {begins}
    </>
  );
}

/** Points of the small curve at most. */
const POINTS = 90;

/** The loss so far, small; the chart below has its axes. */
function Spark() {
  void revision.value;
  const { mapSmooth, noiseSmooth } = losses;
  const mapped = mapSmooth.some((loss) => loss !== null);
  const values = (mapped ? mapSmooth : noiseSmooth).filter((loss) => loss !== null);
  const last = values.at(-1);
  if (last === undefined) return null;
  const every = Math.max(1, Math.ceil(values.length / POINTS));
  const logs = values.filter((_, i) => (values.length - 1 - i) % every === 0).map((value) => Math.log(value));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const path = logs
    .map(
      (value, i) =>
        `${i ? "L" : "M"}${((100 * i) / Math.max(1, logs.length - 1)).toFixed(1)} ${(28 - (26 * (value - low)) / (high - low || 1)).toFixed(1)}`,
    )
    .join("");
  return (
    <p class="spark">
      <svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
        <path class={mapped ? "spark-map" : ""} d={path} />
      </svg>
      <span>
        loss <span class="figure">{last.toPrecision(3)}</span>
      </span>
    </p>
  );
}
