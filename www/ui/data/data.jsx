/** What the models learn: a strip of thumbnails, the drawing board, and a file of one's own. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { images } from "../../store/data/images.js";
import { LEAST, MOST } from "../../store/data/limits.js";
import { replayNext } from "../../store/player.js";
import { change } from "../../store/run/changes.js";
import { drawn, settings, uploaded } from "../../store/settings/settings.js";
import { field, optionsOf, PIXELS } from "../../store/settings/table.js";
import { FileButton } from "../controls/file.jsx";
import { fetchLater, Lazy } from "../controls/fold.jsx";
import { ChosenDigits } from "./digit-choice.jsx";
import { glyph } from "./glyphs.js";
import { Thumb } from "./thumb.jsx";

/** Data sets that the visitor makes. */
/** @type {string[]} */
const OWN = ["images", "drawn", "uploaded"];

const boardOpen = signal(false);
const halfOpen = signal(false);
const typedOpen = signal(false);
const imagesOpen = signal(false);

export function Data() {
  const now = settings.value.data;
  const options = optionsOf("data");
  const sets = options.filter((choice) => !OWN.includes(choice.value));
  const help = options.find((choice) => choice.value === now)?.help;
  return (
    <section class="panel data" aria-labelledby="data-title">
      <h2 id="data-title">{field("data").label}</h2>
      <div class="thumbs" role="radiogroup" aria-labelledby="data-title">
        {sets.map((choice) => (
          <label key={choice.value} class="thumb" title={choice.help}>
            <input
              type="radio"
              name="data"
              value={choice.value}
              checked={now === choice.value}
              onChange={() => {
                boardOpen.value = false;
                replayNext();
                void change({ data: choice.value });
              }}
            />
            <Likeness name={choice.value} />
            <span>{choice.label}</span>
          </label>
        ))}
        {images.value && (
          <label class="thumb">
            <input
              type="radio"
              name="data"
              value="images"
              checked={now === "images"}
              onChange={() => {
                imagesOpen.value = true;
                void change({ data: "images" });
              }}
            />
            <span class="likeness">
              <Thumb pixels={images.value.subarray(0, PIXELS)} />
            </span>
            <span>Your images</span>
          </label>
        )}
        {drawn.value && (
          <label class="thumb">
            <input
              type="radio"
              name="data"
              value="drawn"
              checked={now === "drawn"}
              onChange={() => void change({ data: "drawn" })}
            />
            <OwnLikeness points={drawn.value.points} />
            <span>Your drawing</span>
          </label>
        )}
        {uploaded.value && (
          <label class="thumb">
            <input
              type="radio"
              name="data"
              value="uploaded"
              checked={now === "uploaded"}
              onChange={() => void change({ data: "uploaded" })}
            />
            <OwnLikeness points={uploaded.value.points} />
            <span>{uploaded.value.name}</span>
          </label>
        )}
      </div>
      {help && <p class="quiet">{help}</p>}
      {now === "digits" && <ChosenDigits />}
      {now === "uploaded" && uploaded.value?.columns && <Lazy label="The columns" name="Columns" />}
      <div class="row">
        <button type="button" aria-expanded={imagesOpen.value} onClick={() => (imagesOpen.value = !imagesOpen.value)}>
          Your own images
        </button>
        <button type="button" aria-expanded={boardOpen.value} onClick={() => (boardOpen.value = !boardOpen.value)}>
          Draw points
        </button>
        <button type="button" aria-expanded={typedOpen.value} onClick={() => (typedOpen.value = !typedOpen.value)}>
          Type a formula
        </button>
        <Upload />
        {now === "digits" && (
          <button type="button" aria-expanded={halfOpen.value} onClick={() => (halfOpen.value = !halfOpen.value)}>
            Draw half a digit
          </button>
        )}
      </div>
      {imagesOpen.value && <Lazy label="Your own images" name="OwnImages" />}
      {boardOpen.value && <Lazy label="The drawing board" name="DrawBoard" />}
      {typedOpen.value && <Lazy label="The formulas" name="Typed" />}
      {now === "digits" && halfOpen.value && <Lazy label="Half a digit" name="HalfBoard" />}
    </section>
  );
}

function Upload() {
  return (
    <FileButton
      title={`Two columns of numbers, with or without a header; ${LEAST} to ${MOST.toLocaleString("en")} rows.`}
      accept=".csv,.tsv,.txt,text/csv,text/plain"
      onFiles={async ([file]) => {
        boardOpen.value = false;
        await (await fetchLater("What reads files"))?.uploadCsv(file);
      }}
    >
      Upload a CSV
    </FileButton>
  );
}

/** @param {{ name: string }} props */
function Likeness({ name }) {
  const path = useMemo(() => glyph(name), [name]);
  return (
    <svg class="likeness" viewBox="0 0 100 100" aria-hidden="true">
      {path ? (
        <path d={path} />
      ) : (
        <path
          class="stroke"
          d={
            name === "digits"
              ? "M22 38q0-14 13-14t13 13q0 10-26 39h28M62 24h22L70 46q17 0 17 15 0 16-16 16-8 0-12-6"
              : "M20 50h60M50 20v60"
          }
        />
      )}
    </svg>
  );
}

/** @param {{ points: Float32Array }} props */
function OwnLikeness({ points }) {
  const path = useMemo(() => {
    const count = points.length / 2;
    const every = Math.max(1, Math.floor(count / 90));
    const box = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      box[0] = Math.min(box[0], points[2 * i]);
      box[1] = Math.max(box[1], points[2 * i]);
      box[2] = Math.min(box[2], points[2 * i + 1]);
      box[3] = Math.max(box[3], points[2 * i + 1]);
    }
    let d = "";
    for (let i = 0; i < count; i += every)
      d += `M${(8 + (84 * (points[2 * i] - box[0])) / (box[1] - box[0] || 1)).toFixed(1)} ${(92 - (84 * (points[2 * i + 1] - box[2])) / (box[3] - box[2] || 1)).toFixed(1)}h0`;
    return d;
  }, [points]);
  return (
    <svg class="likeness" viewBox="0 0 100 100" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
