/** Images of the visitor's own: drawn on a board or read from files, and a gallery of what the model will learn from. */
import { signal } from "@preact/signals";
import { add, clear, gallery, images, inUse, remove, use } from "../../store/data/images.js";
import { centred } from "../../store/data/picture.js";
import { useOwn } from "../../store/run/changes.js";
import { settings } from "../../store/settings/settings.js";
import { SIDE } from "../../store/settings/table.js";
import { FileButton } from "../controls/file.jsx";
import { counted } from "../text.js";
import { blank, InkBoard } from "./ink.jsx";
import { Preview, read } from "./pictures.jsx";
import { Thumb } from "./thumb.jsx";

/** Fewer than these are learned by heart before anything else. */
const FEW = 50;

const drawing = signal(blank());
const over = signal(false);
let drawn = 0;

function addDrawing() {
  add([{ pixels: centred(drawing.value), name: `drawing ${++drawn}` }]);
  drawing.value = blank();
}

export function OwnImages() {
  const empty = !drawing.value.some(Boolean);
  return (
    <div
      class={`own-images${over.value ? " is-over" : ""}`}
      role="group"
      aria-label="Your images"
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(/** @type {Node | null} */ (event.relatedTarget))) over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        void read([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <div class="board pixels">
        <InkBoard
          pixels={drawing}
          label="Drawing board of 28 by 28 pixels for an image of your own."
          start={{ x: SIDE / 2, y: SIDE / 2 }}
        />
        <div class="board-side">
          <p>
            Draw an image and add it; then the next. Or bring pictures of any size and kind, several at once: drop them
            here. They stay on this machine.
          </p>
          <div class="row">
            <button type="button" class="solid" disabled={empty} onClick={addDrawing}>
              Add this drawing
            </button>
            <button type="button" disabled={empty} onClick={() => (drawing.value = blank())}>
              Clear
            </button>
            <FileButton
              multiple
              title="PNG, JPEG, WebP, SVG, GIF: whatever this browser can read"
              accept="image/*"
              onFiles={read}
            >
              Upload pictures
            </FileButton>
            <FileButton
              multiple
              title="ZIP of pictures; IDX, as MNIST comes; NumPy’s .npy and .npz; also packed as .gz"
              accept=""
              onFiles={read}
            >
              Upload an archive
            </FileButton>
          </div>
        </div>
      </div>
      <Preview />
      <Gallery />
    </div>
  );
}

function Gallery() {
  const all = gallery.value;
  const used = settings.value.data === "images" && inUse(all, images.value);
  if (!all.length) return null;
  return (
    <>
      <ul class="gallery" aria-label="What the model will learn from">
        {all.map((image, i) => (
          <li key={image}>
            <button
              type="button"
              aria-label={`Remove ${image.name}, image ${i + 1}`}
              title={`${image.name}: remove`}
              onClick={() => remove(image)}
            >
              <Thumb pixels={image.pixels} />
            </button>
          </li>
        ))}
      </ul>
      <p class="quiet" role="status">
        <span class="figure">{counted(all.length, "image")}</span>.{" "}
        {all.length < FEW &&
          "So few are memorised: samples will be copies of them. More images help, and so does starting from the pretrained weights."}
      </p>
      <div class="row">
        <button
          type="button"
          class="solid"
          disabled={used}
          onClick={() => {
            use();
            void useOwn("images");
          }}
        >
          {used
            ? "The model’s data now"
            : `Use ${all.length === 1 ? "this image" : `these ${all.length.toLocaleString("en")} images`}`}
        </button>
        <button type="button" onClick={clear}>
          Remove all
        </button>
      </div>
    </>
  );
}
