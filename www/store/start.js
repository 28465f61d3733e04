/** Connects the parts of the store, once: who hears what the engine tells, what the address says, and what is on the stage first. */
import { handle, wake } from "./engine.js";
import { onFrames, samplesLost } from "./lanes/lanes.js";
import { measureAtRest, measurementEnded, onMeasured } from "./lanes/quality.js";
import { checkOffline } from "./offline.js";
import { restart } from "./player.js";
import { showRecording } from "./recording.js";
import { onLinkEdited } from "./run/changes.js";
import { onFailure } from "./run/configure.js";
import { offerLastRun } from "./run/last-run.js";
import { onReady } from "./run/recovery.js";
import { onCheckpoint } from "./run/snapshots.js";
import { setModel } from "./run/status.js";
import { onTraining } from "./run/training.js";
import { openedByLink, whenLinkEdited } from "./settings/settings.js";
import { site } from "./site.js";

/** Hears what the engine tells. */
export function connect() {
  handle({
    ready: onReady,
    lost() {
      samplesLost();
      measurementEnded();
    },
    failed: onFailure,
    event(event) {
      switch (event.type) {
        case "frames":
          return onFrames(event);
        case "training":
          return onTraining(event);
        case "model":
          return setModel(event.model);
        case "checkpoint":
          return onCheckpoint(event);
        case "measured":
          return onMeasured(event);
      }
    },
  });
}

export async function start() {
  connect();
  whenLinkEdited(onLinkEdited);
  if (!site.embedded) {
    void offerLastRun();
    void checkOffline();
    measureAtRest();
  }
  if (!openedByLink && (await showRecording())) restart();
  // Without a recording the stage would stay dark: then the engine starts at once.
  else wake();
}
