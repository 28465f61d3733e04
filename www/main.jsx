/** The page's entry: where the built files lie, what is drawn, and the store, which begins. */
import { render } from "preact";
import { inLessons } from "./store/settings/route.js";
import { locate, site } from "./store/site.js";
import { start } from "./store/start.js";
import { Page } from "./ui/page.jsx";
import { onKey } from "./ui/stage/transport.jsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/stage.css";
import "./styles/inspection.css";
import "./styles/transport.css";
import "./styles/lanes.css";
import "./styles/panels.css";
import "./styles/data.css";
import "./styles/training.css";
import "./styles/article.css";
import "./styles/studies.css";

locate(JSON.parse(document.getElementById("build")?.textContent ?? "{}"), document.baseURI, window.fewstepsFiles);
const root = document.getElementById("page");
root?.replaceChildren();
if (root && inLessons) {
  // What is run for a lesson is no run of the visitor's.
  site.embedded = true;
  import("./ui/lessons/lessons.jsx").then(
    ({ Lessons }) => render(<Lessons />, root),
    () => {
      root.textContent = "The lessons could not be fetched. Reload the page.";
    },
  );
} else {
  if (root) render(<Page />, root);
  window.addEventListener("keydown", onKey);
  void start();
}
