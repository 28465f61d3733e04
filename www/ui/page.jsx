/** What stands where. */
import { Article, Footer } from "./article/article.jsx";
import { Header } from "./controls/header.jsx";
import { Notices } from "./controls/notices.jsx";
import { Data } from "./data/data.jsx";
import { Stage } from "./stage/stage.jsx";
import { Verdict } from "./stage/verdict.jsx";
import { Laboratory } from "./studies/section.jsx";
import { Sampling, TrainHead, Training } from "./training/training.jsx";

export function Page() {
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
