/** What is on the stage, as files; and files of the page, opened again. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { shown } from "../../store/lanes/lanes.js";
import { retract, say } from "../../store/notices.js";
import { part } from "../../store/outdated.js";
import { importRun } from "../../store/run/library.js";
import { openRecord, record } from "../../store/run/report.js";
import { uploadCsv } from "../../store/run/upload.js";
import { openWeights, weightsFile } from "../../store/run/weights.js";
import { settings } from "../../store/settings/settings.js";
import { kindOf } from "../../store/settings/table.js";
import { saveFile } from "../controls/file.js";
import { FileButton } from "../controls/file.jsx";
import { LANES, settingsShown, shortName } from "../lanes/names.js";
import { animation } from "./animation.js";
import { stagePicture } from "./compose.js";
import { LIBRARIES, snippet } from "./snippet.js";
import "../../styles/export.css";

/** An animation or a video that is being made. @type {import("@preact/signals").Signal<{ what: string, share: number, end: AbortController } | null>} */
const making = signal(null);

const named = (/** @type {string} */ end) => `fewsteps-${settings.peek().data}-${settings.peek().steps}${end}`;

async function savePicture() {
  saveFile(named(".png"), await stagePicture(), "image/png");
}

/**
 * Makes something of the whole way from noise to data, which takes seconds.
 * @param {"animation" | "video"} what
 * @param {(onProgress: (share: number) => void, signal: AbortSignal) => Promise<void>} make
 */
async function film(what, make) {
  const end = new AbortController();
  making.value = { what, share: 0, end };
  retract("animation");
  try {
    await make((share) => (making.value = { what, share, end }), end.signal);
  } catch (error) {
    say(`The ${what} could not be made (${error instanceof Error ? error.message : error}).`, { key: "animation" });
  } finally {
    making.value = null;
  }
}

const saveAnimation = () =>
  film("animation", async (onProgress, signal) => {
    const bytes = await animation(onProgress, signal);
    if (bytes) saveFile(named(".gif"), bytes, "image/gif");
  });

const saveVideo = () =>
  film("video", async (onProgress, signal) => {
    const loaded = await part(() => import("./video.js"), "The part that makes videos");
    const made = loaded ? await loaded.video(onProgress, signal) : "cancelled";
    if (made === "no encoder")
      say("This browser has no encoder for video. The GIF shows the same.", {
        key: "animation",
        action: { label: "Make the GIF", run: saveAnimation },
      });
    else if (made !== "cancelled") saveFile(named(made.extension), made.bytes, made.type);
  });

/** Where the points of a lane end: a table that the page opens as data. @param {import("../../store/lanes/lanes.js").Lane} lane @param {string} name */
function savePoints({ frames, points, dimension, have }, name) {
  const last = frames.subarray((have - 1) * points * dimension, have * points * dimension);
  const rows = Array.from({ length: points }, (_, i) => last.subarray(i * dimension, (i + 1) * dimension).join());
  saveFile(
    named(`-${name.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase()}.csv`),
    `${dimension === 1 ? "x" : "x,y"}\n${rows.join("\n")}\n`,
    "text/csv",
  );
}

async function saveWeights() {
  const file = await weightsFile();
  if (file) saveFile(file.name, file.bytes, "application/octet-stream");
}

/** Opens what this page saves, by what is in it. @param {File} file */
async function open(file) {
  retract("open");
  if (/\.safetensors$/i.test(file.name)) return openWeights(file);
  if (!/\.json$/i.test(file.name)) return uploadCsv(file);
  const refuse = () =>
    void say(`${file.name}: It is no file that this page saved. Nothing was changed.`, { key: "open" });
  let found;
  try {
    found = JSON.parse(await file.text());
  } catch {
    return refuse();
  }
  if (found?.kind === "fewsteps run") return importRun(file);
  if (openRecord(found)) return;
  if (typeof found?.study !== "string") return refuse();
  const laboratory = await part(() => import("../studies/laboratory.jsx"), "The laboratory");
  if (!laboratory) return;
  const why = laboratory.reopen(JSON.stringify(found));
  if (why) say(`${file.name}: ${why} Nothing was changed.`, { key: "open" });
  else document.getElementById("laboratory")?.scrollIntoView();
}

export function Export() {
  const lanes = shown.value;
  const known = settingsShown();
  const now = making.value;
  const flat = kindOf(settings.value.data) === "points";
  return (
    <div class="export">
      <div class="row">
        <button type="button" class="plain" onClick={() => void savePicture()} disabled={now !== null}>
          Picture (PNG)
        </button>
        {now ? (
          <button type="button" class="plain" onClick={() => now.end.abort()}>
            Cancel the {now.what}
          </button>
        ) : (
          <>
            <button type="button" class="plain" onClick={() => void saveAnimation()}>
              Animation (GIF)
            </button>
            <button type="button" class="plain" onClick={() => void saveVideo()}>
              Video (MP4 or WebM)
            </button>
          </>
        )}
        <button
          type="button"
          class="plain"
          title="Settings, errors step by step, losses"
          onClick={() => saveFile(named(".json"), JSON.stringify(record(), null, 1), "application/json")}
        >
          Record (JSON)
        </button>
        {flat &&
          lanes.map(
            (lane, i) =>
              lane && (
                <button
                  key={i}
                  type="button"
                  class={`plain ink-${LANES[i]}`}
                  title="Where they end, standardised as the network sees them"
                  onClick={() => savePoints(lane, shortName(known, i))}
                >
                  Points of {shortName(known, i)} (CSV)
                </button>
              ),
          )}
        <button type="button" class="plain" onClick={() => void saveWeights()}>
          Weights (safetensors)
        </button>
        <FileButton
          plain
          title="A record, a run, weights, points or a study"
          accept=".json,.safetensors,.csv,.tsv,.txt"
          onFiles={([file]) => open(file)}
        >
          Open a saved file
        </FileButton>
      </div>
      {now && (
        <label class="export-progress">
          <span>
            Making the {now.what}, <span class="figure">{Math.round(100 * now.share)}</span> %
          </span>
          <progress max={1} value={now.share} />
        </label>
      )}
      {flat && <Programs />}
    </div>
  );
}

/** Programs that load the weights elsewhere. */
function Programs() {
  const [library, setLibrary] = useState(/** @type {import("./snippet.js").Library} */ ("torch"));
  const text = snippet(library, `fewsteps-${settings.value.data}.safetensors`);
  return (
    <details class="more">
      <summary>Load the weights in PyTorch, JAX or NumPy</summary>
      <div class="row">
        <div class="toggle" role="radiogroup" aria-label="Library">
          {LIBRARIES.map(([value, label]) => (
            <label key={value}>
              <input type="radio" name="library" checked={library === value} onChange={() => setLibrary(value)} />
              <span>{label}</span>
            </label>
          ))}
        </div>
        <button type="button" class="plain" onClick={() => void navigator.clipboard.writeText(text)}>
          Copy
        </button>
      </div>
      <pre class="program" tabIndex={0} role="region" aria-label="Program">
        {text}
      </pre>
    </details>
  );
}
