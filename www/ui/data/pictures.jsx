/** Pictures just read, shown as they will be: 28 by 28 grey pixels, in a fit that is guessed and can be changed. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { holdsSeveral, unpack } from "../../store/data/archive.js";
import { add } from "../../store/data/images.js";
import { bring, guess } from "../../store/data/picture.js";
import { retract, say } from "../../store/notices.js";
import { SIDE } from "../../store/settings/table.js";
import { counted } from "../text.js";
import { decode } from "./decode.js";
import { Thumb } from "./thumb.jsx";

/** @typedef {{ name: string, grey: import("../../store/data/picture.js").Grey, conversion: import("../../store/data/picture.js").Conversion }} Picture */

/** Pictures of an archive that are read before the page draws again. */
const TOGETHER = 20;
/** Bad files that are named; the rest are counted. */
const NAMED = 4;

/** @type {import("@preact/signals").Signal<Picture[]>} */
const pictures = signal([]);
const reading = signal(0);
const fit = signal("guessed");
const ink = signal("guessed");

/** Ends the reading that is under way. @type {AbortController | null} */
let under = null;

/** Reads files into the preview: pictures, and what holds several of them. @param {File[]} files */
export async function read(files) {
  retract("pictures");
  /** Sentences for the visitor. @type {string[]} */
  const said = [];
  under ??= new AbortController();
  const { signal } = under;
  reading.value += files.length;
  for (const file of files) {
    try {
      if (!signal.aborted) await take(file, said, signal);
    } catch (error) {
      said.push(`${file.name} ${error instanceof Error ? error.message : String(error)}.`);
    }
    reading.value--;
  }
  if (reading.value === 0) under = null;
  const more = said.length > NAMED ? ` And ${said.length - NAMED} more such sentences.` : "";
  if (said.length) say(said.slice(0, NAMED).join(" ") + more, { key: "pictures" });
}

/** @param {File} file @param {string[]} said @param {AbortSignal} signal */
async function take(file, said, signal) {
  if (!(await holdsSeveral(file))) {
    const grey = await decode(file);
    show([{ name: file.name, grey, conversion: guess(grey) }]);
    return;
  }
  const { entries, notes } = await unpack(file);
  said.push(...notes);
  reading.value += entries.length;
  for (let at = 0; at < entries.length; at += TOGETHER) {
    const some = entries.slice(at, at + TOGETHER);
    /** @type {Picture[]} */
    const fine = [];
    for (const { name, grey, file: inner } of signal.aborted ? [] : some) {
      try {
        const own = grey ?? (await decode(/** @type {File} */ (inner)));
        // An image of an array that is as large as ours is as it should be.
        const ready = grey?.width === SIDE && grey.height === SIDE;
        fine.push({ name, grey: own, conversion: ready ? { fit: "contain", inverted: false } : guess(own) });
      } catch (error) {
        said.push(`${name} ${error instanceof Error ? error.message : error}.`);
      }
    }
    if (!signal.aborted) show(fine);
    reading.value -= some.length;
    // The page goes on drawing.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** @param {Picture[]} more */
function show(more) {
  pictures.value = [...pictures.value, ...more];
}

/** Pixels of pictures in the fit that they were last brought to. @type {WeakMap<Picture, { how: string, pixels: Uint8Array }>} */
const known = new WeakMap();

/** @param {Picture} picture @param {string} fit @param {string} ink */
function brought(picture, fit, ink) {
  const how = `${fit} ${ink}`;
  const before = known.get(picture);
  if (before?.how === how) return before.pixels;
  const pixels = bringTo(picture, fit, ink);
  known.set(picture, { how, pixels });
  return pixels;
}

/** @param {Picture} picture @param {string} fit @param {string} ink */
function bringTo({ grey, conversion }, fit, ink) {
  const chosen = fit === "guessed" ? conversion.fit : /** @type {import("../../store/data/picture.js").Fit} */ (fit);
  return bring(grey, { fit: chosen, inverted: ink === "guessed" ? conversion.inverted : ink === "dark" });
}

/**
 * A choice with its words.
 * @param {object} props
 * @param {string} props.id
 * @param {string} props.label
 * @param {import("@preact/signals").Signal<string>} props.value
 * @param {[string, string][]} props.options
 */
function Pick({ id, label, value, options }) {
  return (
    <div class="control">
      <label class="control-label" for={id}>
        {label}
      </label>
      <select id={id} value={value.value} onChange={(event) => (value.value = event.currentTarget.value)}>
        {options.map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Preview() {
  const all = pictures.value;
  const [how, which] = [fit.value, ink.value];
  const small = useMemo(
    () => all.map((picture) => ({ name: picture.name, pixels: brought(picture, how, which) })),
    [all, how, which],
  );
  const left =
    reading.value > 0 ? (
      <p class="quiet" role="status">
        Reading {counted(reading.value, "picture")}…{" "}
        <button type="button" class="plain" onClick={() => under?.abort()}>
          Cancel
        </button>
      </p>
    ) : null;
  if (!all.length) return left;
  const done = () => (pictures.value = []);
  return (
    <div class="preview" role="group" aria-label="Pictures to add">
      <p role="status">
        {counted(all.length, "picture")}, as the model will see {all.length === 1 ? "it" : "them"}: grey, 28 by 28
        pixels.
      </p>
      {left}
      <ul class="gallery">
        {small.map((image, i) => (
          <li key={i} title={image.name}>
            <Thumb pixels={image.pixels} />
            <span class="unseen">{image.name}</span>
          </li>
        ))}
      </ul>
      <div class="pair">
        <Pick
          id="pictures-fit"
          label="Fit"
          value={fit}
          options={[
            ["guessed", "Guessed for each"],
            ["mnist", "Like MNIST: ink in the middle"],
            ["contain", "All of the picture"],
            ["cover", "Fill the square"],
          ]}
        />
        <Pick
          id="pictures-ink"
          label="Light and dark"
          value={ink}
          options={[
            ["guessed", "Guessed for each"],
            ["light", "As they are"],
            ["dark", "Inverted"],
          ]}
        />
      </div>
      <div class="row">
        <button
          type="button"
          class="solid"
          onClick={() => {
            add(small);
            done();
          }}
        >
          Add {counted(all.length, "picture")}
        </button>
        <button type="button" onClick={done}>
          Discard
        </button>
      </div>
    </div>
  );
}
