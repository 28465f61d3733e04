/** An engine is there: it is given what the last one had, if there was one. */

import { clearField } from "../lanes/field.js";
import { say } from "../notices.js";
import { latestWeights } from "./checkpoints.js";
import { configure, inputsChanged } from "./configure.js";
import * as losses from "./losses.js";
import { origin, training } from "./status.js";
import { train, trainAsWanted } from "./training.js";

/** @param {boolean} restarted whether it follows one that died */
export async function onReady(restarted) {
  inputsChanged();
  clearField();
  const { running, step } = training.value;
  training.value = { ...training.value, running: false };
  const latest = latestWeights();
  // Steps that were reported, and whose weights are gone with the engine.
  const lost = origin.value === "trained" ? step - (latest?.step ?? 0) : 0;
  const from = latest ? ` from step ${latest.step.toLocaleString("en")}` : "";
  if (restarted) say(`A fresh engine took over${from}.`, { key: "engine", seconds: 20 });
  if (latest) losses.rewind(latest.step);
  else if (restarted || origin.value === "trained") origin.value = "none";
  // Training configures by itself where it begins a run.
  if (!latest && trainAsWanted()) return;
  await configure({ weights: latest ?? undefined });
  if (running) void train();
  else if (lost > 0) void train(lost);
  else trainAsWanted();
}
