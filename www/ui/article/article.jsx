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

const lanes = (/** @type {string} */ left, /** @type {string} */ right, source = "network") => [
  { sampler: left, source },
  { sampler: right, source },
];

/** @param {Record<string, any>} state */
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
          Begin with noise: points scattered at random. At every place, and for every amount of noise that is left, a
          diffusion model holds an arrow that says where to go. Follow the arrows while the noise fades, and you arrive
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
          The arrow changes as a point moves, but it is asked for only once per step. Between two questions a{" "}
          <b class="ink-simple">plain sampler</b> walks straight ahead. With forty steps nobody sees it. With five,
          every step overshoots the bend, and the points end beside the data. Each question costs a whole evaluation of
          the network, so the number of steps is the price of a picture.
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
          along its own path. On points like these the target is made from the very noise that the first one already
          uses; nothing has to be simulated. With it, a <b class="ink-accelerated">curved sampler</b> draws a parabola
          instead of a line, and corrects its last bend with the arrow it finds on arrival.
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
          Press Train, and a fresh network learns in this browser; both lanes are sampled again every couple of seconds
          from what it knows by then. Switch the objective to Simple at any moment: the arrows go on learning, the turn
          stops. The two share one trunk, and the second output never pushes on it, so the left lane loses nothing to
          the right one.
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
          Both lanes are held to the same number of evaluations, and the small head’s own cost is counted beside it. The
          gain is large between four and ten steps. At three or fewer a parabola is a guess as well. And with many steps
          every bend is followed closely enough: what remains is the network’s own error, the same for both. Then the
          acceleration buys nothing, and the distances say so.
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
          A sampler can also guess the bend from the arrows it has already passed, and needs no extra training for that.
          Such multistep methods are the honest rival, not the straight line alone: from four steps to six the two are
          close, and from eight on the guess is as good. Press the sampler’s name above a lane to put another in its
          place, or add a lane beside it.
        </p>
      </>
    ),
    button: "Against UniPC at five",
    act: play({ steps: 5, lanes: lanes("unipc", "curved_gaussian_pc") }),
  },
  {
    title: "With the perfect arrows",
    text: (
      <>
        <p>
          For data as simple as these the ideal arrows are known in closed form, with no network at all. Run both lanes
          on them and only the error of the steps is left. What a learned model adds to that is its own error; the
          difference between the two is what training could still win.
        </p>
      </>
    ),
    button: "Use the exact field",
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
          Distances are energy distances to points the network never saw. Everything runs on your machine; nothing you
          draw, upload or train leaves it.
        </p>
      </section>
    </footer>
  );
}
