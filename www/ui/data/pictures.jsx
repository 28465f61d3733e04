/** Pictures just read, shown as they will be: 28 by 28 grey pixels, in a fit that is guessed and can be changed. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { add } from "../../store/data/images.js";
import { bring, guess } from "../../store/data/picture.js";
import { retract, say } from "../../store/notices.js";
import { counted } from "../text.js";
import { decode } from "./decode.js";
import { Thumb } from "./thumb.jsx";

/** @typedef {{ name: string, grey: import("../../store/data/picture.js").Grey, conversion: import("../../store/data/picture.js").Conversion }} Picture */

/** Bad files that are named; the rest are counted. */
const NAMED = 4;

/** @type {import("@preact/signals").Signal<Picture[]>} */
const pictures = signal([]);
const reading = signal(0);
const fit = signal("guessed");
const ink = signal("guessed");

/** Reads files into the preview. @param {File[]} files */
export async function read(files) {
  retract("pictures");
  const bad = [];
  reading.value += files.length;
  for (const file of files) {
    try {
      const grey = await decode(file);
      pictures.value = [...pictures.value, { name: file.name, grey, conversion: guess(grey) }];
    } catch (error) {
      bad.push(`${file.name} ${error instanceof Error ? error.message : String(error)}.`);
    }
    reading.value--;
  }
  const more = bad.length > NAMED ? ` ${bad.length - NAMED} more could not be read either.` : "";
  if (bad.length) say(bad.slice(0, NAMED).join(" ") + more, { key: "pictures" });
}

/** @param {Picture} picture @param {string} fit @param {string} ink */
function brought({ grey, conversion }, fit, ink) {
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
  if (!all.length)
    return reading.value > 0 ? (
      <p class="quiet" role="status">
        Reading {counted(reading.value, "picture")}…
      </p>
    ) : null;
  const done = () => (pictures.value = []);
  return (
    <div class="preview" role="group" aria-label="Pictures to add">
      <p role="status">
        {counted(all.length, "picture")}, as the model will see {all.length === 1 ? "it" : "them"}: grey, 28 by 28
        pixels.
      </p>
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
