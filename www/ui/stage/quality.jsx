/** The quality number of digits: how far each lane's samples are from real ones, measured at rest, or when someone asks. */
import { phase } from "../../store/engine.js";
import { measureQuality, measuring, qualities, stopMeasuring } from "../../store/lanes/quality.js";
import { model, origin, training } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { LANES, samplerName, shortName } from "../lanes/names.js";
import { counted } from "../text.js";
import { scoreText } from "./sentence.js";

/** Begins to measure all lanes, or stops. */
export function MeasureButton() {
  if (settings.value.data !== "digits") return null;
  const now = measuring.value;
  if (now)
    return (
      <button type="button" class="plain" onClick={stopMeasuring}>
        Stop measuring
      </button>
    );
  const busy = training.value.running;
  return (
    <button
      type="button"
      class="plain"
      disabled={busy || phase.value !== "live"}
      title={
        busy
          ? "The network changes while it trains: pause training to measure it"
          : "Fréchet distance of a few hundred new samples of each lane to real digits, in the features of a small classifier"
      }
      onClick={() => measureQuality(settings.value.lanes.length)}
    >
      Measure quality
    </button>
  );
}

/** What was measured, and what is under way. */
export function Quality() {
  const { lanes, data } = settings.value;
  if (data !== "digits") return null;
  const now = measuring.value;
  const found = lanes.map((_, lane) => qualities.value[lane]);
  const first = found.find((quality) => quality);
  return (
    <div class="quality">
      <div role="status">
        {first && (
          <p>
            Frechet distance to real digits:{" "}
            {found.map(
              (
                /** @type {import("../../store/lanes/quality.js").Quality | undefined} */ quality,
                /** @type {number} */ lane,
              ) =>
                quality ? (
                  <span key={lane}>
                    <span class={`ink-${LANES[lane]}`}>{shortName(lanes, lane)}</span>{" "}
                    <b class="figure">
                      {scoreText(quality.distance)} ± {scoreText(quality.uncertainty)}
                    </b>
                    ,{" "}
                  </span>
                ) : null,
            )}
            of {counted(first.samples, "sample")}
            {lanes.length > 1 && " each"}
            {model.value?.classes && settings.value.digit !== "any" ? ", each digit as often as the others" : ""} (as
            many real images: <span class="figure">{scoreText(first.floor)}</span>).
          </p>
        )}
        {first && origin.value !== "pretrained" && (
          <p class="quiet">Measured after {counted(first.step, "training step")}.</p>
        )}
      </div>
      {now && (
        <label class="quality-progress">
          <span>
            Measuring {samplerName(lanes[now.lane] ?? lanes[0])},{" "}
            <span class="figure">{Math.round(100 * now.progress)}</span> %
          </span>
          <progress max={now.of} value={now.lane + now.progress} />
        </label>
      )}
    </div>
  );
}
