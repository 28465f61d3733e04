/** The page: what stands where. Each part lives in a room of its own. */
import { render } from "preact";
import { Article, Footer } from "./ui/article/article.jsx";
import { Header } from "./ui/controls/header.jsx";
import { Notices } from "./ui/controls/notices.jsx";
import { Data } from "./ui/data/data.jsx";
import { Laboratory } from "./ui/studies/section.jsx";
import { Stage } from "./ui/stage/stage.jsx";
import { onKey } from "./ui/stage/transport.jsx";
import { Verdict } from "./ui/stage/verdict.jsx";
import { wake } from "./engine/client.js";
import { showRecording } from "./store/recording.js";
import { restart } from "./store/player.js";
import { openedByLink } from "./store/settings/settings.js";
import { offerLastRun } from "./store/run/weights.js";
import { Sampling, TrainHead, Training } from "./ui/training/training.jsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/stage.css";
import "./styles/close-look.css";
import "./styles/transport.css";
import "./styles/lanes.css";
import "./styles/panels.css";
import "./styles/article.css";
import "./styles/studies.css";

function Page() {
  return (
    <>
      <a
        class="skip"
        href="#stage"
        onClick={(event) => (
          event.preventDefault(),
          document.getElementById("stage")?.scrollIntoView(),
          document.querySelector(/** @type {any} */ (".transport button"))?.focus()
        )}
      >
        To the stage
      </a>
      <Header />
      <Notices />
      <main>
        <div class="lede">
          <h1>Fewer steps, by learning the turn</h1>
          <p>
            A diffusion model is a velocity field: follow it from noise and you arrive at data.{" "}
            <b class="ink-simple">Simple</b> training learns the velocity, so every step is straight.{" "}
            <b class="ink-accelerated">Accelerated</b> training also learns how it turns, and a few steps are enough.
          </p>
        </div>
        <div class="instrument">
          <Stage />
          <div class="bench">
            <Verdict />
            <TrainHead />
            <Data />
            <div class="column">
              <Training />
              <Sampling />
            </div>
          </div>
        </div>
        <Article />
        <Laboratory />
      </main>
      <Footer />
    </>
  );
}

const root = document.getElementById("page");
if (root) render(<Page />, root);
window.addEventListener("keydown", onKey);

void offerLastRun();
if (openedByLink) wake();
else
  void showRecording().then((there) => {
    if (there) restart();
    // Without a recording the stage would stay dark: then the engine starts at once.
    else wake();
  });
