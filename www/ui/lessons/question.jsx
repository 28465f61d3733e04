/** One question: a prediction, its runs, and the answer with what was measured here. */
import { useId, useState } from "preact/hooks";
import { holds } from "../../store/lessons/claims.js";
import { make, underWay } from "../../store/lessons/run.js";
import { shortName } from "../lanes/names.js";
import { errorText } from "../text.js";

/**
 * @typedef {import("../../store/lessons/types").Round} Round
 * @typedef {import("../../store/lessons/types").Outcome} Outcome
 * @typedef {import("@preact/signals").Signal<import("./lesson.jsx").State>} State
 */

/** @param {{ round: Round, state: State, seed: number }} props */
export function Question({ round, state, seed }) {
  const name = useId();
  const [complaint, setComplaint] = useState("");
  const { picked, outcomes, revealed } = state.value;
  const busy = underWay.value !== null;
  const measured = outcomes.every((outcome) => outcome !== null);

  /** @param {number} index */
  async function run(index) {
    setComplaint("");
    try {
      const outcome = await make(round.runs[index], seed, shortName);
      state.value = { ...state.value, outcomes: state.value.outcomes.map((old, i) => (i === index ? outcome : old)) };
    } catch (error) {
      setComplaint(`It could not be run: ${error instanceof Error ? error.message : error}.`);
    }
  }

  return (
    <div class="question">
      <fieldset disabled={revealed || busy}>
        <legend>{round.question}</legend>
        {round.choices.map((choice, index) => (
          <label key={choice} class="choice">
            <input
              type="radio"
              name={name}
              checked={picked === index}
              onChange={() => (state.value = { ...state.value, picked: index })}
            />
            <span>
              {choice}
              {revealed && index === round.answer && <b> – so it is</b>}
              {revealed && index === picked && picked !== round.answer && <span class="quiet"> – your prediction</span>}
            </span>
          </label>
        ))}
      </fieldset>
      <div class="row" role="group" aria-label="Run">
        {round.runs.map(({ label }, index) => (
          <button
            key={label}
            type="button"
            class={outcomes[index] ? "" : "solid"}
            disabled={picked === null || busy}
            onClick={() => void run(index)}
          >
            {outcomes[index] && <span aria-hidden="true">✓ </span>}
            {label}
          </button>
        ))}
        <button
          type="button"
          disabled={!measured || revealed || busy}
          onClick={() => (state.value = { ...state.value, revealed: true })}
        >
          Reveal
        </button>
      </div>
      <p class="quiet">
        {picked === null ? "Predict first." : measured ? "" : "Run each of them, and look before you reveal."}
      </p>
      {complaint && <p role="alert">{complaint}</p>}
      {revealed && <Answer round={round} outcomes={/** @type {Outcome[]} */ (outcomes)} />}
    </div>
  );
}

/** @param {{ round: Round, outcomes: Outcome[] }} props */
function Answer({ round, outcomes }) {
  return (
    <div class="answer" role="status">
      {round.reveal.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <Measured measured={written(round, outcomes)} caption="Measured here, just now" />
      <ul class="claims">
        {round.claims.map((claim) => (
          <li key={claim.says}>
            {claim.says} <b>{holds(claim, outcomes) ? "So it came." : "Not this time: another seed or engine."}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** @param {Round} round @param {Outcome[]} outcomes @returns {import("../../store/lessons/types").Measured} */
const written = ({ runs }, outcomes) => ({
  rows: outcomes.flatMap(({ lanes }, run) =>
    lanes.map(({ name, evaluations, error, uncertainty }) => ({
      run: runs[run].label,
      lane: name,
      evaluations: evaluations.toLocaleString("en"),
      error: errorText({ mean: error, error: uncertainty }),
    })),
  ),
  findings: outcomes.flatMap(({ findings }) => findings),
});

/** @param {{ measured: import("../../store/lessons/types").Measured, caption: string }} props */
export function Measured({ measured: { rows, findings }, caption }) {
  return (
    <>
      {rows.length > 0 && (
        <table>
          <caption>{caption}: 0 % is as good as fresh data, 100 % pure noise</caption>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Lane</th>
              <th scope="col">Evaluations</th>
              <th scope="col">Error</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ run, lane, evaluations, error }) => (
              <tr key={`${run} ${lane}`}>
                <th scope="row">{run}</th>
                <td>{lane}</td>
                <td class="figure">{evaluations}</td>
                <td class="figure">{error}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {findings.length > 0 && (
        <>
          <p class="quiet">{caption}:</p>
          <ul class="found">
            {findings.map((finding) => (
              <li key={finding}>{finding}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
