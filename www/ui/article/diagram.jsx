/** The network as a drawing, in which one training step is gone through part by part; at its end it is taken for real. */
import { useSignal } from "@preact/signals";
import { losses, revision } from "../../store/run/losses.js";
import { training } from "../../store/run/status.js";
import { train } from "../../store/run/training.js";

/** What happens, in order; `lit` names the parts of the drawing that it is about. @type {{ lit: string, text: string }[]} */
const STAGES = [
  { lit: "data", text: "A training step begins with points of the data, a few hundred at once. Follow one of them." },
  {
    lit: "data noise point",
    text: "Noise of a random strength σ is drawn and added. The network sees the noisy point and σ, and neither the data nor the noise.",
  },
  {
    lit: "point trunk",
    text: "The trunk, three layers, makes features of them. It is the costly part, and there is one only.",
  },
  {
    lit: "trunk velocity turn",
    text: "Two heads read the same features: one says the velocity, which noise is in the point, the other how that velocity turns along the path.",
  },
  {
    lit: "velocity turn loss",
    text: "Both are compared with what they should have said. The noise is known, for it was drawn here; the turn has a target of its own.",
  },
  {
    lit: "loss velocity trunk back",
    text: "The velocity’s error goes back through its head into the trunk and says how each weight should have been different. The turn’s stops at its own head: the velocity loses nothing to it.",
  },
  {
    lit: "map",
    text: "When the velocity is learned, a copy of it, told two levels, learns from whole paths where each part of them ends. That is the third rung: the flow map.",
  },
];

/** @param {{ name: string, lit: string, x: number, y: number, width?: number, title: string, formula: string }} props */
const Part = ({ name, lit, x, y, width = 92, title, formula }) => (
  <g class={lit.split(" ").includes(name) ? `part part-${name} is-lit` : `part part-${name}`}>
    <rect x={x} y={y} width={width} height={44} rx={6} />
    <text x={x + width / 2} y={y + 19}>
      {title}
    </text>
    <text class="formula" x={x + width / 2} y={y + 35}>
      {formula}
    </text>
  </g>
);

export function Diagram() {
  const stage = useSignal(0);
  const { lit, text } = STAGES[stage.value];
  const on = (/** @type {string[]} */ ...all) => (all.every((name) => lit.split(" ").includes(name)) ? "is-lit" : "");
  const last = stage.value === STAGES.length - 1;
  return (
    <figure class="diagram" aria-labelledby="diagram-title">
      <figcaption>
        <h3 id="diagram-title">One training step, slowly</h3>
      </figcaption>
      <svg viewBox="0 0 400 270" role="img" aria-label={`One trunk with its heads. ${text}`}>
        <path class={on("data", "point")} d="M102 32H150V110" />
        <path class={on("noise", "point")} d="M102 88H135V132H150" />
        <path class={on("point", "trunk")} d="M196 154V176" />
        <path class={on("trunk", "velocity")} d="M242 198H268V48H292" />
        <path class={on("trunk", "turn")} d="M242 198H278V128H292" />
        <path class={on("velocity", "loss")} d="M338 70V78" />
        {lit.includes("back") && <path class="is-back" d="M300 78C230 92 216 120 204 170" />}
        <Part name="data" lit={lit} x={10} y={10} title="Data" formula="x₀" />
        <Part name="noise" lit={lit} x={10} y={66} title="Noise" formula="ε, σ" />
        <Part name="point" lit={lit} x={150} y={110} title="Noisy point" formula="x₀ + σ ε" />
        <Part name="trunk" lit={lit} x={150} y={176} title="Trunk" formula="features" />
        <Part name="velocity" lit={lit} x={292} y={26} title="Velocity" formula="ε̂ against ε" />
        <Part name="turn" lit={lit} x={292} y={106} title="Turn" formula="dε̂ / d ln σ" />
        <Part name="map" lit={lit} x={292} y={206} title="Flow map" formula="from σ to σ′" />
      </svg>
      <p role="status" class="diagram-text">
        {stage.value + 1}. {text}
      </p>
      <div class="row">
        <button type="button" disabled={stage.value === 0} onClick={() => stage.value--}>
          Back
        </button>
        <button type="button" disabled={last} onClick={() => stage.value++}>
          Next
        </button>
        <button
          type="button"
          class="plain"
          disabled={training.value.running}
          title="In this browser, on the data of the stage"
          onClick={() => void train(1)}
        >
          Take one for real
        </button>
      </div>
      <Taken />
    </figure>
  );
}

/** What the last step that was taken here found. */
function Taken() {
  void revision.value;
  const { step, noise, turn } = losses;
  const at = step.length - 1;
  if (at < 0) return null;
  const [velocity, turned] = [noise[at], turn[at]];
  return (
    <p class="quiet">
      Step {step[at].toLocaleString("en")}: the velocity’s squared error was{" "}
      <span class="figure">{velocity?.toPrecision(3) ?? "–"}</span>
      {turned !== null && (
        <>
          , the turn’s <span class="figure">{turned.toPrecision(3)}</span>
        </>
      )}
      .
    </p>
  );
}
