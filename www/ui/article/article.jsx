/** The idea in a few paragraphs; each has a button that puts the stage into the state it talks about. */

import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { replayNext, restart, seek } from "../../store/player.js";
import { show } from "../../store/run/changes.js";
import { train } from "../../store/run/training.js";
import { rungs } from "../../store/settings/table.js";
import { site } from "../../store/site.js";
import { fetchLater, later } from "../controls/fold.jsx";
import { sheet } from "../lanes/sheet.jsx";
import { Offline } from "../offline/offline.jsx";
import { Cite } from "./cite.jsx";

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

/** @param {Lane["source"]} source @param {...Lane["sampler"]} samplers @returns {Lane[]} */
const lanes = (source, ...samplers) => samplers.map((sampler) => ({ sampler, source }));

/** The lane that shows an objective on points, on what it has learned or on the ideal arrows. @param {Settings["objective"]} objective @param {Lane["source"]} [source] @returns {Lane} */
function rung(objective, source = "network") {
  const found = rungs.find((entry) => entry.objective === objective && !entry.images);
  if (!found) throw new Error(`no rung shows ${objective}`);
  return { ...found.lane, source };
}

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
    act: play({ steps: 5, paths: true, lanes: lanes("network", "ddim", "unipc") }),
  },
  {
    title: "Curve the step by what was seen",
    text: (
      <>
        <p>
          The last two arrows already say how the velocity turns. A sampler can curve its next step by them, and correct
          the one just taken with the arrow it finds on arrival; neither needs any training (UniPC: Zhao et al. 2023).
          This is the <b class="ink-accelerated">control</b> for everything that follows: whatever learns more has to
          beat it at the same number of evaluations.
        </p>
      </>
    ),
    button: "The same five, curved by history",
    act: play({ steps: 5, paths: true, lanes: [...lanes("network", "ddim"), rung("simple")] }),
  },
  {
    title: "Learn the derivative: how the velocity turns",
    text: (
      <>
        <p>
          The accelerated objective gives the network a second, small output and a second target: how the arrow changes
          along its own path, the turn (GENIE: Dockhorn et al. 2022; Li et al. 2023). A{" "}
          <b class="ink-accelerated">curved sampler</b> then has a slope on its very first step, where history has none.
          We measured what that buys. At three evaluations, corrected, it beats the same sampler with a slope from
          history on six of eight sets and is level on two; from five on the two are level, and the evaluations of the
          second output cost more.
        </p>
      </>
    ),
    button: "Three steps: history against the turn",
    act: () => {
      void show({ steps: 3, data: "swiss_roll", paths: true, lanes: [rung("simple"), rung("accelerated")] });
      restart();
    },
  },
  {
    title: "Learn the integral: the whole step",
    text: (
      <>
        <p>
          Why guess a curve at all? Let the trained network walk many of its own paths, and teach a copy of it, told
          both noise levels, where each part of a path ends. This <b class="ink-accelerated">flow map</b> takes the step
          as a whole (Boffi et al. 2024; its relatives are the mean velocity of MeanFlow, Geng et al. 2025, and
          consistency models, Song et al. 2023): one evaluation makes data of noise, and two make it a little better.
        </p>
      </>
    ),
    button: "One whole step",
    act: play({ steps: 1, lanes: [...lanes("network", "ddim"), rung("whole")] }),
  },
  {
    title: "Train it and watch",
    text: (
      <>
        <p>
          Press Train, and a fresh network learns in this browser; both lanes are sampled again every couple of seconds.
          First it learns the velocity and its turn, then it collects paths of its own, then the map learns from them.
          The velocity loses nothing to either: the second output never changes the features it reads, and the map is a
          network of its own.
        </p>
      </>
    ),
    button: "Train from scratch",
    act: () => {
      void show({ objective: "whole" }).then(() => train());
      restart();
    },
  },
  {
    title: "What it costs, and where it does not help",
    text: (
      <>
        <p>
          Learning the map takes less time than the velocity did. It knows the paths of its teacher, and so cannot be
          better than they are: from six evaluations on a good solver on the velocity is level with it, and needs no
          map. Nor do its many short steps add up to a better one; past sixteen, use the solver.
        </p>
      </>
    ),
    button: "Eight evaluations: UniPC and the map",
    act: play({ steps: 8, lanes: [...lanes("network", "unipc"), rung("whole")] }),
  },
  {
    title: "With the ideal arrows",
    text: (
      <>
        <p>
          For data as simple as these the ideal arrows have a formula, with no network at all, and so has the whole
          step: follow them in very small steps. Run both lanes on them, and only the error of the steps is left. What a
          trained network adds is its own error, which more training could still reduce.
        </p>
      </>
    ),
    button: "Use the ideal arrows",
    act: play({ steps: 4, data: "eight_gaussians", lanes: [...lanes("mixture", "ddim"), rung("whole", "mixture")] }),
  },
];

/** The chapter whose state the stage was last put into. */
const active = signal(0);

/** Beside the text there is room for the figure; else it stands in the chapter that it shows. */
const wide = window.matchMedia("(min-width: 64rem)");
const beside = signal(wide.matches);
wide.addEventListener("change", () => (beside.value = wide.matches));

/** The chapter about training, which shows one step of it. */
const TRAINED = chapters.findIndex(({ title }) => title.startsWith("Train"));

export function Article() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  // Other parts of the page fetch the same file: nothing is drawn here before someone comes near.
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!box.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        setNear(true);
        // Until the figures are there, the chapters’ buttons lead to the stage.
        void fetchLater("The article’s figures");
      },
      { rootMargin: "200px" },
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const found = near ? later.value : null;
  return (
    <article ref={box} class="article" aria-labelledby="idea">
      <h2 id="idea">Straight, curved, whole: three ways to take fewer steps</h2>
      <div class="chapters">
        {chapters.map((chapter, index) => (
          <section key={chapter.title} class="chapter">
            <h3>{chapter.title}</h3>
            {chapter.text}
            <button type="button" class="act" onClick={() => act(index)}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M8 4.5v15l12-7.5z" />
              </svg>
              {chapter.button}
            </button>
            {found && !beside.value && active.value === index && <found.SmallStage />}
            {found && index === TRAINED && <found.Diagram />}
          </section>
        ))}
      </div>
      {found && beside.value && (
        <aside class="article-side">
          <found.SmallStage />
        </aside>
      )}
    </article>
  );
}

/** Puts the stage into the state that a chapter speaks of, and its figure into view: the one in the article, or the stage until that is there. @param {number} index */
function act(index) {
  sheet.value = null;
  active.value = index;
  chapters[index].act();
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  // A chapter's figure stands below its button, and is drawn before the next frame. A smooth way there would end where the page grows meanwhile.
  requestAnimationFrame(() => {
    if (later.peek()) document.querySelector(".small-stage")?.scrollIntoView({ block: "nearest" });
    else document.getElementById("stage")?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  });
}

const papers = [
  ["2006.11239", "Denoising diffusion probabilistic models", "Ho, Jain, Abbeel"],
  ["2010.02502", "Denoising diffusion implicit models", "Song, Meng, Ermon"],
  ["2210.05475", "GENIE: higher-order denoising diffusion solvers", "Dockhorn, Vahdat, Kreis"],
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
  [
    "2302.04867",
    "UniPC: a unified predictor-corrector framework for fast sampling of diffusion models",
    "Zhao, Bai, Rao, Zhou, Lu",
  ],
  ["2406.07507", "Flow map matching", "Boffi, Albergo, Vanden-Eijnden"],
  ["2505.13447", "Mean flows for one-step generative modeling", "Geng, Deng, Bai, Kolter, He"],
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
          Errors compare samples with held-out data, which the network never saw, by the maximum mean discrepancy of a
          kernel that sees structure: 0 % is fresh data, 100 % pure noise. Everything runs on your machine; nothing you
          draw, upload or train leaves it.
        </p>
      </section>
      <section>
        <h2>Keys</h2>
        <p>
          Space plays and pauses, ← and → go a step, Home and End to noise and to data, wherever no other control uses
          them.
        </p>
      </section>
      <Offline />
      <section>
        <h2>Release</h2>
        <p>
          Fewsteps {site.version}, under MIT or Apache-2.0.{" "}
          <a href={site.licences}>Licences of what it is built with</a>
        </p>
        <p>
          <a href="#lessons">Lessons for a class</a>
        </p>
        <Cite />
      </section>
    </footer>
  );
}
