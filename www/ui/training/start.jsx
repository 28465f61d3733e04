/** Which weights training begins with, and what will happen. */
import { change } from "../../store/run/changes.js";
import { canUsePretrained } from "../../store/run/shipped.js";
import { settings } from "../../store/settings/settings.js";
import { field, optionsOf } from "../../store/settings/table.js";

export function StartFrom() {
  const entry = field("start");
  const there = canUsePretrained.value;
  const now = there ? settings.value.start : "scratch";
  const options = optionsOf("start");
  const chosen = options.find((choice) => choice.value === now);
  return (
    <fieldset class="start">
      <legend>{entry.label}</legend>
      <div class="toggle">
        {options.map((choice) => (
          <label key={choice.value}>
            <input
              type="radio"
              name="start"
              value={choice.value}
              checked={now === choice.value}
              disabled={!there}
              onChange={() => void change({ start: choice.value })}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
      <p class="quiet">
        {there
          ? chosen?.help
          : "The page has no pretrained weights for this data and this network: training starts from scratch."}
      </p>
    </fieldset>
  );
}
