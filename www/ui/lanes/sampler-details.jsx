/** The sampler that a lane runs: what it does, what it costs, where it comes from, and what can be set. */

import { setParameters } from "../../store/lanes/edit.js";
import { formatParameters } from "../../store/settings/parameters.js";
import { settings } from "../../store/settings/settings.js";
import { sampler } from "../../store/settings/table.js";
import { Formula, Parameters, Source } from "../controls/entry.jsx";
import { counted } from "../text.js";

/** @param {{ index: number }} props */
export function Chosen({ index }) {
  const setting = settings.value.lanes[index];
  const entry = sampler(setting.sampler);
  return (
    <div class="chosen">
      <h4>{entry.label}</h4>
      <p>{entry.help}</p>
      <Formula entry={entry} />
      <dl class="facts">
        <Fact name="Each step">
          {counted(entry.evaluations, "evaluation")}
          {entry.usesTurn && ", with the turn"}
          {entry.usesMap && " of the flow map"}
          {entry.stochastic && ", with fresh noise"}
        </Fact>
        <Fact name="Order">{orderText(entry.order, formatParameters(entry, setting.parameters) === "")}</Fact>
        <Fact name="Source">
          <Source text={entry.source} />
        </Fact>
      </dl>
      <Parameters
        entry={entry}
        values={setting.parameters ?? {}}
        id={`lane-${index}-parameter`}
        onChange={(values) => setParameters(index, values)}
      />
    </div>
  );
}

/** @param {{ name: string, children: import("preact").ComponentChildren }} props */
const Fact = ({ name, children }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** What an order of convergence means to somebody who turns the number of steps. @param {number} order @param {boolean} usual whether all parameters have their defaults */
const orderText = (order, usual) =>
  order === 0
    ? "none: more steps do not bring it to the data"
    : `${order}${usual ? "" : " with its defaults"}: in the long run, twice the steps leave 1/${2 ** order} of the error`;
