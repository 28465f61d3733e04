/** One lane: its title, what it runs and on what, its picture, its distance and cost. */

import { changeLane } from "../../store/lanes/edit.js";
import { distanceAt, evaluationsAt, shown, sigmaAt } from "../../store/lanes/lanes.js";
import { position } from "../../store/player.js";
import { turnUntrained } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { sampler, sources } from "../../store/settings/table.js";
import { counted, distanceText, LANES, laneName, laneTitle, sigmaText } from "../lanes/names.js";
import { LaneSheet, openSheet, sheet } from "../lanes/sheet.jsx";
import { Picture } from "./picture.jsx";

/** @param {{ index: number }} props */
export function Lane({ index }) {
  const { lanes } = settings.value;
  const setting = lanes[index];
  const name = laneName(lanes, index);
  const open = sheet.value === index;
  return (
    <section class={`lane lane-${LANES[index]}`} aria-label={name}>
      <div class="lane-body">
        <header class="lane-head">
          <h2 class="lane-title">
            <i class="dot" aria-hidden="true" />
            {laneTitle(setting)}
          </h2>
          <button
            id={`lane-${index}-open`}
            type="button"
            class="lane-pick"
            aria-label={`${name}: ${sampler(setting.sampler).label}, choose a sampler`}
            aria-haspopup="dialog"
            aria-expanded={open}
            title={sampler(setting.sampler).help}
            onClick={() => openSheet(open ? null : index)}
          >
            {sampler(setting.sampler).label}
          </button>
          <select
            class="lane-pick"
            aria-label={`${name}: source of the velocity`}
            title={sources.find((choice) => choice.value === setting.source)?.help}
            value={setting.source}
            onChange={(event) => changeLane(index, { source: /** @type {any} */ (event.currentTarget.value) })}
          >
            {sources.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </select>
        </header>
        <Picture index={index} />
        <Readout index={index} />
      </div>
      {open && <LaneSheet key={index} index={index} />}
    </section>
  );
}

/** @param {{ index: number }} props */
function Readout({ index }) {
  const lane = shown.value[index];
  const setting = settings.value.lanes[index];
  const needsTurn = sampler(setting.sampler).usesTurn && setting.source === "network";
  const place = position.value;
  const measured = !lane || lane.distance.some((distance) => !Number.isNaN(distance));
  return (
    <div class="lane-foot">
      <p class="lane-distance">
        <span class="label">distance to the data</span>
        <output class="figure" aria-live="off">
          {lane ? distanceText(distanceAt(lane, place)) : "–"}
        </output>
      </p>
      <p class="lane-cost">
        {lane ? <Spent lane={lane} place={place} /> : "waiting for the first run"}
        {!measured && (
          <span class="lane-note">
            {settings.value.data === "images"
              ? "Too few images to hold some back and measure against."
              : "Not drawn at random, so there is no distance to the data."}
          </span>
        )}
        {needsTurn && turnUntrained.value && <span class="lane-note">The turn has not been learned yet.</span>}
      </p>
    </div>
  );
}

/** What of its evaluations a lane has spent, and where it is. @param {{ lane: import("../../store/lanes/lanes.js").Lane, place: number }} props */
function Spent({ lane, place }) {
  const { budget, evaluations, steps, cost } = lane;
  const spent = <span class="figure">{evaluationsAt(lane, place).toLocaleString("en")}</span>;
  return (
    <>
      {evaluations > budget ? (
        <span class="lane-note" title="It takes as many as it needs, whatever the other lanes are held to.">
          {spent} {evaluations === 1 ? "evaluation" : "evaluations"}, {budget} allowed
        </span>
      ) : (
        <span>
          {spent} of {counted(budget, "evaluation")}
        </span>
      )}{" "}
      <span>
        {steps !== evaluations && `in ${counted(steps, "step")} · `}
        {cost > evaluations * 1.005 && (
          <span title="The head that learns the turn makes an evaluation slightly dearer: this is the cost in plain evaluations.">
            cost <span class="figure">{cost.toFixed(1)}</span> ·{" "}
          </span>
        )}
        σ <span class="figure">{sigmaText(sigmaAt(lane, place))}</span>
      </span>
    </>
  );
}
