/** embed.js, the script that posts load: `<few-steps>`, with the site where this script lies. */
import { define } from "./element.js";

const { currentScript } = document;
define(currentScript instanceof HTMLScriptElement ? new URL(".", currentScript.src).href : "");
