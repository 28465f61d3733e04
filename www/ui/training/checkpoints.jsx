/** The run's earlier weights, and weights as files. */

import { replayNext } from "../../store/player.js";
import { checkpoints } from "../../store/run/checkpoints.js";
import { origin, training } from "../../store/run/status.js";
import { goBackTo, openWeights, weightsFile } from "../../store/run/weights.js";
import { saveFile } from "../controls/file.js";
import { FileButton } from "../controls/file.jsx";

export function Checkpoints() {
  const all = checkpoints.value;
  const { running, step: now } = training.value;
  if (!all.length || origin.value !== "trained") return null;
  return (
    <div class="checkpoints" role="group" aria-label="Checkpoints">
      <span class="quiet" aria-hidden="true">
        Back to step
      </span>
      {all.map((point) => {
        const here = !running && point.step === now;
        return (
          <button
            key={point.step}
            type="button"
            class="plain figure"
            aria-current={here ? "step" : undefined}
            aria-label={`Back to step ${point.step.toLocaleString("en")}`}
            title={`${point.loss === null ? "" : `Loss ${point.loss.toFixed(3)}. `}The lanes then use these weights, and training goes on from them`}
            disabled={here}
            onClick={() => {
              replayNext();
              void goBackTo(point);
            }}
          >
            {point.step.toLocaleString("en")}
          </button>
        );
      })}
    </div>
  );
}

async function download() {
  const file = await weightsFile();
  if (file) saveFile(file.name, file.bytes, "application/octet-stream");
}

export function WeightFiles() {
  return (
    <div class="row">
      <button
        type="button"
        class="plain"
        title="The network that the lanes use now, as a safetensors file"
        onClick={() => void download()}
      >
        Download weights
      </button>
      <FileButton
        plain
        title="A safetensors file from this page, of a network for the same kind of data"
        accept=".safetensors"
        onFiles={([file]) => openWeights(file)}
      >
        Open weights
      </FileButton>
    </div>
  );
}
