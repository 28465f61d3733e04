/** One lane: its title, what it runs and on what, its picture, its distance and cost. */

import { distanceAt, evaluationsAt, shown, sigmaAt } from "../../store/lanes/lanes.js";
import { position } from "../../store/player.js";
import { mapUntrained, training, turnUntrained } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { sampler } from "../../store/settings/table.js";
import { LANES, laneName, laneTitle, needsTurn, settingsShown } from "../lanes/names.js";
import { LaneSheet, openSheet, sheet } from "../lanes/sheet.jsx";
import { SourceSelect } from "../lanes/source.jsx";
import { counted, errorText, sigmaText } from "../text.js";
import { Picture } from "./picture.jsx";
import { SCALE } from "./sentence.js";

/** @param {{ index: number }} props */
export function Lane({ index }) {
  const { lanes } = settings.value;
  const setting = lanes[index];
  const name = laneName(lanes, index);
  const open = sheet.value === index;
  const { label, help } = sampler(setting.sampler);
  const title = laneTitle(setting);
  // Who is called after the sampler needs it said once.
  const named = title === label;
  const pick = (
    <button
      id={`lane-${index}-open`}
      type="button"
      class="lane-pick"
      aria-label={`${name}: ${label}, choose a sampler`}
      aria-haspopup="dialog"
      aria-expanded={open}
      title={help}
      onClick={() => openSheet(open ? null : index)}
    >
      {label}
    </button>
  );
  return (
    <section class={`lane lane-${LANES[index]}`} aria-label={name}>
      <header class="lane-head">
        <h2 class="lane-title">
          <i class="dot" aria-hidden="true" />
          {named ? (
            <>
              <span class="lane-name">{label}</span>
              {pick}
            </>
          ) : (
            title
          )}
        </h2>
        {!named && pick}
        <SourceSelect
          index={index}
          class={setting.source === "network" ? "lane-pick is-usual" : "lane-pick"}
          aria-label={`${name}: source of the velocity`}
        />
      </header>
      <Picture index={index} />
      <Readout index={index} />
      {open && <LaneSheet key={index} index={index} />}
    </section>
  );
}

/** The lane of a kept run, as it was. @param {{ index: number }} props */
export function Guest({ index }) {
  const setting = settingsShown()[index];
  const name = laneName(settingsShown(), index);
  return (
    <section class={`lane lane-${LANES[index]}`} aria-label={name}>
      <header class="lane-head">
        <h2 class="lane-title">
          <i class="dot" aria-hidden="true" />
          {setting.run}
        </h2>
        <span>{sampler(setting.sampler).label}, as it was kept</span>
      </header>
      <Picture index={index} />
      <Readout index={index} />
    </section>
  );
}

/** @param {{ index: number }} props */
function Readout({ index }) {
  const lane = shown.value[index];
  const setting = settingsShown()[index];
  const learned = setting.source === "network" && !setting.run;
  const place = position.value;
  const measured = !lane || lane.errors.some((error) => !Number.isNaN(error));
  return (
    <div class="lane-foot">
      <p class="lane-distance">
        <span class="label" title={`How far this lane is from the data. ${SCALE}`}>
          error
        </span>
        <output class="figure" aria-live="off">
          {errorText(lane && distanceAt(lane, place))}
        </output>
      </p>
      <p class="lane-cost">
        {lane ? <Spent lane={lane} place={place} /> : "waiting for the first run"}
        {!measured && (
          <span class="lane-note">
            {settings.value.data === "images"
              ? "Too few images to hold some out and compare with them."
              : "Morphed images are no random samples: their error is not measured."}
          </span>
        )}
        {learned && needsTurn(setting) && turnUntrained.value && (
          <span class="lane-note">This network has not learned the turn yet.</span>
        )}
        {learned && sampler(setting.sampler).usesMap && mapUntrained.value && (
          <span class="lane-note">{noWholeStep()}</span>
        )}
      </p>
    </div>
  );
}

/** Why a flow map that has learned nothing steps as it does, and what changes that. */
function noWholeStep() {
  if (settings.value.objective !== "whole")
    return "No whole step has been learned: this one is straight. Choose Whole, then Train.";
  return training.value.running
    ? "The whole step is learned after the velocity: until then this one is straight."
    : "No whole step has been learned yet: this one is straight. Press Train.";
}

/** What of its evaluations a lane has spent, and where it is. @param {{ lane: import("../../store/lanes/lanes.js").Lane, place: number }} props */
function Spent({ lane, place }) {
  const { budget, evaluations, steps, cost } = lane;
  const spent = <span class="figure">{evaluationsAt(lane, place).toLocaleString("en")}</span>;
  return (
    <>
      {evaluations > budget ? (
        <span
          class="lane-note"
          title="This sampler takes as many evaluations as it needs, whatever the others are allowed."
        >
          {spent} {evaluations === 1 ? "evaluation" : "evaluations"}, {budget} allowed
        </span>
      ) : (
        <>
          {spent} of {counted(budget, "evaluation")}
        </>
      )}
      {steps !== evaluations && ` in ${counted(steps, "step")}`}
      {cost > evaluations * 1.005 && (
        <span title="What the turn or the flow map costs is counted in: so many evaluations of the velocity alone cost as much.">
          {" "}
          · cost of <span class="figure">{cost.toFixed(1)}</span>
        </span>
      )}
      <span class="lane-noise" title="σ, the noise that is left, in units of the data’s spread">
        {" "}
        · noise <span class="figure">{sigmaText(sigmaAt(lane, place))}</span>
      </span>
    </>
  );
}
