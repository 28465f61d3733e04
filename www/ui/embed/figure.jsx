/** A figure in a post: the stage, the stage with training, one study or a lesson; dressed as the post around it. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { phase, wake } from "../../store/engine.js";
import { visible } from "../../store/player.js";
import { inLessons } from "../../store/settings/route.js";
import { link, settings } from "../../store/settings/settings.js";
import { site } from "../../store/site.js";
import { start } from "../../store/start.js";
import { Notices } from "../controls/notices.jsx";
import { Stage } from "../stage/stage.jsx";
import { TrainBar } from "../training/bar.jsx";
import { LossChart } from "../training/loss.jsx";

import { connect, reportAll } from "./host.js";

/** @typedef {import("../../embed/protocol").Look} Look */
/** @typedef {import("../../embed/protocol").Show} Show */

const asked = new URLSearchParams(location.search);

/** @type {Show} */
const show =
  /** @type {const} */ (["training", "study", "lesson"]).find((name) => name === asked.get("show")) ?? "stage";

/** What can be operated, unless the address says so. */
const CONTROLS = {
  stage: "play track steps overlays",
  training: "play track steps train objective loss",
  study: "",
  // Until its answer is revealed a lesson has none.
  lesson: "play track overlays",
};
const controls = (show !== "lesson" && asked.get("controls")) || CONTROLS[show];

/** Parts that are fetched when they begin. @type {Record<string, () => Promise<{ Part: import("preact").ComponentType, run: () => void }>>} */
const PARTS = {
  study: () => import("./study.jsx").then(({ Study, run }) => ({ Part: Study, run })),
  lesson: () => import("./lesson.jsx").then(({ Lesson, run }) => ({ Part: Lesson, run })),
};

/** Whether it has been started. */
const begun = signal(false);

/** The part that was fetched. @type {import("@preact/signals").Signal<import("preact").ComponentType | null>} */
const part = signal(null);
const failed = signal("");

/** Starts it, once. */
function begin() {
  if (begun.value) return;
  begun.value = true;
  if (show in PARTS) {
    PARTS[show]()
      .then(({ Part, run }) => {
        part.value = Part;
        run();
      })
      .catch((error) => (failed.value = error instanceof Error ? error.message : String(error)));
  } else {
    void start();
    // A figure that was asked for is not a recording.
    wake();
  }
}

/** Takes on font, colours and scheme of the post. @param {Look} look */
function dress({ theme, font, ink, paper }) {
  const { dataset, style } = document.documentElement;
  dataset.theme = theme;
  const own = {
    "--font": ["font-family", font],
    "--ink": ["color", ink],
    "--paper-of-post": ["background-color", paper],
  };
  for (const [name, [property, value]] of Object.entries(own)) {
    if (value && CSS.supports(property, value)) style.setProperty(name, value);
    else style.removeProperty(name);
  }
}

export function Figure() {
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  useEffect(() => {
    if (!root.current) return;
    const theme = asked.get("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    connect(begin, dress);
    reportAll(root.current);
    if (asked.get("start") === "now") begin();
    if (asked.get("start") !== "visible") return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        begin();
      },
      { threshold: 0.5 },
    );
    observer.observe(root.current);
    return () => observer.disconnect();
  }, []);
  const asleep = begun.value && phase.value === "off";
  return (
    <div ref={root} class="embedded" data-show={show} data-controls={controls} data-asleep={asleep || undefined}>
      <Notices />
      {begun.value ? <Shown /> : <Poster />}
      <p class="figure-foot">
        <a href={pageAddress()} target="_blank" rel="noopener">
          Fewsteps
        </a>
        {asleep && !(show in PARTS) && " · at rest; any change runs it again"}
      </p>
    </div>
  );
}

/** The page with the same settings. */
function pageAddress() {
  void settings.value;
  const hash = inLessons ? location.hash.slice(1) : link().split("#")[1];
  return new URL(`./${hash ? `#${hash}` : ""}`, site.hosted?.figure ?? document.baseURI).href;
}

function Shown() {
  if (show in PARTS) {
    const Part = part.value;
    if (failed.value)
      return (
        <p role="alert">
          The {show} could not be fetched ({failed.value}).
        </p>
      );
    return Part ? <Part /> : <p class="quiet">Fetching the {show}…</p>;
  }
  return (
    <>
      <Stage />
      {show === "training" && (
        <div class="figure-training">
          <TrainBar />
          <LossChart />
        </div>
      )}
    </>
  );
}

/** Before the start. */
function Poster() {
  useEffect(() => {
    visible.value = true;
  }, []);
  const image = !(show in PARTS) && new URL(`./posters/${settings.value.data}.svg`, document.baseURI).href;
  return (
    <div class="figure-poster">
      {image && (
        <img
          src={image}
          alt=""
          onError={(event) => {
            event.currentTarget.hidden = true;
          }}
        />
      )}
      <button type="button" onClick={begin}>
        {show === "lesson" ? "Begin the lesson" : "Run it here"}
      </button>
    </div>
  );
}
