/** Opens the dialog on embedding, whose code is fetched then. */
import { signal } from "@preact/signals";
import { say } from "../../store/notices.js";
import { site } from "../../store/site.js";

/** @type {import("@preact/signals").Signal<typeof import("./dialog.jsx").EmbedDialog | null>} */
const dialog = signal(null);
const open = signal(false);

function show() {
  open.value = true;
  if (dialog.value) return;
  import("./dialog.jsx").then(
    ({ EmbedDialog }) => (dialog.value = EmbedDialog),
    (error) => {
      open.value = false;
      say(`The dialog could not be fetched (${error instanceof Error ? error.message : error}).`, { key: "embed" });
    },
  );
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
