/** What stands where. */
import { Article, Footer } from "./article/article.jsx";
import { Header } from "./controls/header.jsx";
import { Notices } from "./controls/notices.jsx";
import { Data } from "./data/data.jsx";
import { FirstVisit } from "./stage/first-visit.jsx";
import { Stage } from "./stage/stage.jsx";
import { Verdict } from "./stage/verdict.jsx";
import { Laboratory } from "./studies/section.jsx";
import { TrainBar } from "./training/bar.jsx";
import { MoreSettings, Training } from "./training/training.jsx";

/** No link to `#stage`: what follows the `#` are the settings. */
function toStage() {
  document.getElementById("stage")?.scrollIntoView();
  /** @type {HTMLElement | null} */ (document.querySelector(".transport button"))?.focus();
}

export function Page() {
  return (
    <>
      <button type="button" class="skip" onClick={toStage}>
        To the stage
      </button>
      <Header />
      <Notices />
      <main>
        <div class="lede">
          <h1>From noise to data, in fewer steps</h1>
          <p>
            A diffusion model is a velocity field: follow it from noise and you arrive at data.{" "}
            <b class="ink-simple">Straight</b> steps along it need to be many. <b class="ink-accelerated">Curved</b>{" "}
            ones follow how it turns, and are a few. <b class="ink-accelerated">Whole</b> ones have learned where the
            path ends: one is enough.
          </p>
        </div>
        <div class="instrument">
          <Stage>
            <FirstVisit />
          </Stage>
          <TrainBar />
          <div class="bench">
            <Verdict />
            <Data />
            <Training />
            <MoreSettings />
          </div>
        </div>
        <Article />
        <Laboratory />
      </main>
      <Footer />
    </>
  );
}
