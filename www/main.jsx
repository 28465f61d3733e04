/** The page's entry: where the built files lie, what is drawn, and the store, which begins. */
import { render } from "preact";
import { locate } from "./store/site.js";
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
if (root) {
  root.replaceChildren();
  render(<Page />, root);
}
window.addEventListener("keydown", onKey);
void start();
