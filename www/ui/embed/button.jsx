/** Opens the dialog on embedding, whose code is fetched then. */
import { signal } from "@preact/signals";
import { part } from "../../store/outdated.js";
import { site } from "../../store/site.js";

/** @type {import("@preact/signals").Signal<typeof import("./dialog.jsx").EmbedDialog | null>} */
const dialog = signal(null);
const open = signal(false);

async function show() {
  open.value = true;
  dialog.value ??= (await part(() => import("./dialog.jsx"), "The dialog"))?.EmbedDialog ?? null;
  open.value = dialog.value !== null;
}

export function EmbedButton() {
  // A page from a file lies nowhere that a post could reach.
  if (!site.hosted) return null;
  const Dialog = dialog.value;
  return (
    <>
      <button type="button" class="plain to-embed" aria-haspopup="dialog" onClick={show}>
        Embed
      </button>
      {open.value && Dialog && <Dialog onClose={() => (open.value = false)} />}
    </>
  );
}
