/** Where a lane's velocity comes from: the network, or one of two ideal denoisers. */
import { changeLane } from "../../store/lanes/edit.js";
import { settings } from "../../store/settings/settings.js";
import { hasMixture, sources } from "../../store/settings/table.js";

/** @typedef {import("../../store/settings/table.js").Lane["source"]} Source */

/** @param {{ index: number, id?: string, class?: string, "aria-label"?: string, "aria-describedby"?: string }} props */
export function SourceSelect({ index, ...rest }) {
  const { data, lanes } = settings.value;
  const { source } = lanes[index];
  return (
    <select
      {...rest}
      title={sources.find((choice) => choice.value === source)?.help}
      value={source}
      onChange={(event) => changeLane(index, { source: /** @type {Source} */ (event.currentTarget.value) })}
    >
      {sources.map(({ value, label }) => (
        <option key={value} value={value} disabled={value === "mixture" && !hasMixture(data)}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** The same with its words, among what else a lane is made of. @param {{ index: number }} props */
export function SourceControl({ index }) {
  const { data, lanes } = settings.value;
  const id = `lane-${index}-source`;
  const help = sources.find(({ value }) => value === lanes[index].source)?.help;
  return (
    <div class="control">
      <label class="control-label" for={id}>
        Velocity
      </label>
      <SourceSelect index={index} id={id} aria-describedby={`${id}-help`} />
      <p class="control-help" id={`${id}-help`}>
        {help}
        {!hasMixture(data) && " This data set has no formula."}
      </p>
    </div>
  );
}
