/** What the last visit trained can be brought back; nothing comes by itself. */
import { wake } from "../engine.js";
import { say } from "../notices.js";
import { defaults, findField, optionsOf } from "../settings/table.js";
import { offerBack, restoreSnapshot, takeSnapshot } from "./snapshots.js";
import { origin } from "./status.js";
import { forgetLast, readLast } from "./storage.js";

/** @typedef {import("./snapshots.js").Snapshot} Snapshot */

/** @param {number} time */
function when(time) {
  const then = new Date(time);
  const clock = then.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
  if (then.toDateString() === new Date().toDateString()) return clock;
  return `${then.toLocaleDateString("en", { day: "numeric", month: "long" })}, ${clock}`;
}

/** @param {Snapshot} run */
function dataOf({ settings: { data }, uploaded }) {
  if (data === "drawn") return "your drawing";
  if (data === "uploaded") return uploaded?.name ?? "your points";
  return (optionsOf("data").find(({ value }) => value === data)?.label ?? data).toLowerCase();
}

export async function offerLastRun() {
  const last = /** @type {(Snapshot & { time: number }) | null} */ (await readLast());
  if (!last || origin.value === "trained") return;
  const known = Object.entries(last.settings).filter(([key]) => findField(key));
  const snapshot = { ...last, settings: { ...defaults(last.settings.data), ...Object.fromEntries(known) } };
  say(`Your ${last.step.toLocaleString("en")} steps on ${dataOf(last)} from ${when(last.time)} are kept.`, {
    key: "last-run",
    action: {
      label: "Bring them back",
      async run() {
        wake();
        const before = await takeSnapshot();
        await restoreSnapshot(snapshot);
        offerBack("The last run is back.", before);
      },
    },
    other: { label: "Forget", run: () => void forgetLast() },
  });
}
