/** Which of the ten digits are learned: a switch for each, of which one at least stays on. */
import { change } from "../../store/run/changes.js";
import { settings } from "../../store/settings/settings.js";
import { defaultOf, field } from "../../store/settings/table.js";

const ALL = [...defaultOf("digits")];

export function ChosenDigits() {
  const { label } = field("digits");
  const { digits, digit } = settings.value;
  /** @param {string} next */
  const choose = (next) =>
    void change({
      digits: next,
      ...(/^\d$/.test(digit) && !next.includes(digit) ? { digit: defaultOf("digit") } : {}),
    });
  return (
    <fieldset class="learned">
      <legend>{label}</legend>
      {ALL.map((one) => {
        const on = digits.includes(one);
        return (
          <label key={one} title={on && digits.length === 1 ? "One digit at least is learned" : undefined}>
            <input
              type="checkbox"
              checked={on}
              disabled={on && digits.length === 1}
              onChange={() => choose(ALL.filter((other) => digits.includes(other) !== (other === one)).join(""))}
            />
            <span>{one}</span>
          </label>
        );
      })}
      {digits.length < ALL.length && (
        <button type="button" class="plain" onClick={() => choose(ALL.join(""))}>
          All ten
        </button>
      )}
    </fieldset>
  );
}
