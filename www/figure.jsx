/** The entry of figure.html: one part of the page, for a frame in a post. */
import { render } from "preact";
import { locate, site } from "./store/site.js";
import { Figure } from "./ui/embed/figure.jsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/stage.css";
import "./styles/inspection.css";
import "./styles/transport.css";
import "./styles/lanes.css";
import "./styles/panels.css";
import "./styles/training.css";
import "./styles/studies.css";
import "./styles/figure.css";

locate(JSON.parse(document.getElementById("build")?.textContent ?? "{}"), document.baseURI);
site.embedded = true;
const root = document.getElementById("page");
if (root) render(<Figure />, root);
