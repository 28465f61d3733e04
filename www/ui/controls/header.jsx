/** The head of the page: its name, what computes, the link, the theme. */
import { signal } from "@preact/signals";
import { opened, phase } from "../../store/engine.js";
import { say } from "../../store/notices.js";
import { link, notInLink } from "../../store/settings/settings.js";
import { EmbedButton } from "../embed/button.jsx";
import { projector, toggleProjector } from "./projector.js";
import { theme, toggleTheme } from "./theme.js";

const copied = signal(false);

async function copy() {
  const address = link();
  const note = notInLink();
  if (note) say(note, { key: "link", seconds: 15 });
  try {
    await navigator.clipboard.writeText(address);
    copied.value = true;
    window.setTimeout(() => (copied.value = false), 2000);
  } catch {
    history.replaceState(history.state, "", address);
    say("The browser did not allow copying; the link is in the address bar.", { key: "link", seconds: 15 });
  }
}

export function Header() {
  return (
    <header class="top">
      <a class="brand" href={location.href.split("#")[0]} aria-label="Fewsteps, start anew">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path class="straight" d="M4 5 11 28 27 17" />
          <path class="curved" d="M4 5C7.5 17 15 26 28 26" />
          <circle cx="4" cy="5" r="2.4" />
        </svg>
        <span>Fewsteps</span>
      </a>
      <Badge />
      <div class="top-tools">
        <button
          type="button"
          class="plain to-lab"
          onClick={() => document.getElementById("laboratory")?.scrollIntoView({ block: "start" })}
        >
          Laboratory
        </button>
        <a class="button plain to-lessons" href="#lessons">
          Lessons
        </a>
        <button type="button" class="plain" onClick={() => void copy()}>
          <span aria-live="polite">{copied.value ? "Copied" : "Copy link"}</span>
        </button>
        <EmbedButton />
        <button
          type="button"
          class="plain to-projector"
          aria-pressed={projector.value}
          title="Large type on the whole screen"
          onClick={() => void toggleProjector()}
        >
          Projector
        </button>
        <button
          type="button"
          class="round small"
          onClick={toggleTheme}
          aria-label={theme.value === "dark" ? "Light theme" : "Dark theme"}
          title={theme.value === "dark" ? "Light theme" : "Dark theme"}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path fill-rule="evenodd" d="M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 2v12a6 6 0 0 0 0-12z" />
          </svg>
        </button>
      </div>
    </header>
  );
}

/** What computes, and on request why. */
function Badge() {
  const now = phase.value;
  const engine = opened.value;
  let name = "Recording";
  let reason = "Nothing is computing yet: this is a recording. Change any setting, or press Run it live.";
  if (now === "starting") [name, reason] = ["Starting", "The engine is being fetched and prepared."];
  if (now === "failed") [name, reason] = ["No engine", "The engine could not start; a notice on the page says why."];
  if (now === "live" && engine) {
    name = engine.backend === "webgpu" ? `WebGPU${engine.adapter ? ` · ${engine.adapter}` : ""}` : "CPU";
    reason = engine.reason;
  }
  return (
    <details
      class="badge"
      data-phase={now}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.open = false;
      }}
      onFocusOut={(event) => {
        const inside = event.currentTarget.contains(/** @type {Node | null} */ (event.relatedTarget));
        if (!inside) event.currentTarget.open = false;
      }}
    >
      <summary>
        <i class="lamp" aria-hidden="true" />
        <span class="unseen">Computing on: </span>
        <span>{name}</span>
      </summary>
      <p>{reason}</p>
    </details>
  );
}
