/** The idea in a few paragraphs; each has a button that puts the stage into the state it talks about. */

import { replayNext, restart, seek } from "../../store/player.js";
import { show } from "../../store/run/changes.js";
import { train } from "../../store/run/training.js";
import { sheet } from "../lanes/sheet.jsx";

/**
 * @typedef {object} Chapter
 * @property {string} title
 * @property {import("preact").ComponentChildren} text
 * @property {string} button
 * @property {() => void} act
 */

/**
 * @typedef {import("../../store/settings/table.js").Settings} Settings
 * @typedef {import("../../store/settings/table.js").Lane} Lane
 */

/** @param {Lane["sampler"]} left @param {Lane["sampler"]} right @param {Lane["source"]} [source] @returns {Lane[]} */
const lanes = (left, right, source = "network") => [
  { sampler: left, source },
  { sampler: right, source },
];

/** @param {Partial<Settings>} state */
const play = (state) => () => {
  replayNext();
  void show(state);
  restart();
};

/** @type {Chapter[]} */
const chapters = [
  {
    title: "A model is a velocity field",
    text: (
      <>
        <p>
          Begin with noise: points scattered at random. For every place, and for every amount of noise that is left, a
          diffusion model gives an arrow that says where to go. Follow the arrows while the noise fades, and you arrive
          at data. Nothing else happens when such a model makes an image; there are only more dimensions.
        </p>
      </>
    ),
    button: "Show the arrows",
    act: () => {
      void show({ steps: 40, field: true });
      seek(0.55);
    },
  },
  {
    title: "A straight step is wrong wherever the path bends",
    text: (
      <>
        <p>
          The arrow changes as a point moves, but a sampler evaluates the network only once per step. In between, a{" "}
          <b class="ink-simple">plain sampler</b> goes straight ahead. With forty steps nobody sees it. With five, every
          step overshoots the bend, and the points miss the data. Each step costs one network evaluation, so the number
          of steps is the price of a picture.
        </p>
      </>
    ),
    button: "Five straight steps",
    act: play({ steps: 5, paths: true, lanes: lanes("ddim", "curved_gaussian_pc") }),
  },
  {
    title: "Learn how the velocity turns",
    text: (
      <>
        <p>
          The accelerated objective gives the network a second, small output and a second target: how the arrow changes
          along its own path, here called the turn. For points like these the target is made from the same noise as the
          first one; nothing has to be simulated. With it, a <b class="ink-accelerated">curved sampler</b> draws a
          parabola instead of a line, and corrects the step just taken with the arrow it finds on arrival.
        </p>
      </>
    ),
    button: "The same five, curved",
    act: () => {
      void show({ steps: 5, paths: true, data: "two_moons" });
      seek(0.62);
    },
  },
  {
    title: "Train it and watch",
    text: (
      <>
        <p>
          Press Train, and a fresh network learns in this browser; both lanes are sampled again every couple of seconds.
          Switch to Straight at any time: the velocity goes on learning, the turn stops. Both outputs read the same
          features, and the second one never changes them, so the left lane loses nothing to the right one.
        </p>
      </>
    ),
    button: "Train from scratch",
    act: () => {
      void show({ objective: "accelerated" }).then(() => train());
      restart();
    },
  },
  {
    title: "What it costs, and where it does not help",
    text: (
      <>
        <p>
          Both lanes are given the same number of evaluations, and what the turn costs is counted beside it. The gain is
          large between four and ten steps. With three or fewer, even a parabola is too coarse. With many steps every
          bend is followed closely enough: what remains is the network’s own error, the same for both. Learning the turn
          then gains nothing, and the distances say so.
        </p>
      </>
    ),
    button: "Two hundred steps",
    act: play({ steps: 200, lanes: lanes("ddim", "curved_gaussian_pc") }),
  },
  {
    title: "There are other ways to bend",
    text: (
      <>
        <p>
          A sampler can also guess the bend from the arrows of the steps before, and needs no extra training for that.
          Such multistep samplers are the fair rival, not the straight step alone: from four to six steps the two are
          close, and from eight on the guess is as good. Press the sampler’s name above a lane to put another in its
          place, or add one beside it.
        </p>
      </>
    ),
    button: "Against UniPC at five",
    act: play({ steps: 5, lanes: lanes("unipc", "curved_gaussian_pc") }),
  },
  {
    title: "With the ideal arrows",
    text: (
      <>
        <p>
          For data as simple as these the ideal arrows have a formula, with no network at all. Run both lanes on them,
          and only the error of the steps is left. What a trained network adds is its own error, which more training
          could still reduce.
        </p>
      </>
    ),
    button: "Use the ideal arrows",
    act: play({ steps: 6, data: "eight_gaussians", lanes: lanes("ddim", "curved_gaussian_pc", "mixture") }),
  },
];

export function Article() {
  return (
    <article class="article" aria-labelledby="idea">
      <h2 id="idea">Why learning the turn takes fewer steps</h2>
      {chapters.map((chapter) => (
        <section key={chapter.title} class="chapter">
          <h3>{chapter.title}</h3>
          {chapter.text}
          <button
            type="button"
            class="act"
            onClick={() => {
              sheet.value = null;
              chapter.act();
              const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
              document.getElementById("stage")?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
            }}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M8 4.5v15l12-7.5z" />
            </svg>
            {chapter.button}
          </button>
        </section>
      ))}
    </article>
  );
}

const papers = [
  ["2006.11239", "Denoising diffusion probabilistic models", "Ho, Jain, Abbeel"],
  ["2010.02502", "Denoising diffusion implicit models", "Song, Meng, Ermon"],
  ["2202.09778", "Pseudo numerical methods for diffusion models on manifolds", "Liu, Ren, Lin, Zhao"],
  ["2306.04848", "Interpreting and improving diffusion models from an optimization perspective", "Permenter, Yuan"],
  [
    "2306.09251",
    "Towards faster non-asymptotic convergence for diffusion-based generative models",
    "Li, Wei, Chen, Chi",
  ],
  [
    "2403.03852",
    "Accelerating convergence of score-based diffusion models, provably",
    "Li, Huang, Efimov, Wei, Chi, Chen",
  ],
];

export function Footer() {
  return (
    <footer class="footer">
      <section>
        <h2>Built on</h2>
        <ul>
          {papers.map(([id, title, authors]) => (
            <li key={id}>
              <a href={`https://arxiv.org/abs/${id}`}>{title}</a>
              <span class="quiet">
                {" "}
                {authors}, arXiv {id}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Data</h2>
        <p>
          The handwritten digits are from the MNIST database of Yann LeCun, Corinna Cortes and Christopher J. C. Burges,
          used under <a href="https://creativecommons.org/licenses/by-sa/3.0/">CC BY-SA 3.0</a>.
        </p>
        <p>
          Distances are energy distances to held-out data, which the network never saw. Everything runs on your machine;
          nothing you draw, upload or train leaves it.
        </p>
      </section>
    </footer>
  );
}
