/** What the last visit trained can be brought back; nothing comes by itself. */
import { wake } from "../engine.js";
import { say } from "../notices.js";
import { optionsOf } from "../settings/table.js";
import { offerBack, restoreSnapshot, takeSnapshot } from "./snapshots.js";
import { origin } from "./status.js";
import { forget, readLast } from "./storage.js";

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
  const { run, damaged } = await readLast();
  if (damaged)
    say(`${damaged === 1 ? "A kept run was" : `${damaged} kept runs were`} damaged, and had to be dropped.`, {
      key: "damaged-run",
      seconds: 20,
    });
  if (!run || origin.value === "trained") return;
  say(`Your ${run.step.toLocaleString("en")} steps on ${dataOf(run)} from ${when(run.time)} are kept.`, {
    key: "last-run",
    action: {
      label: "Bring them back",
      async run() {
        wake();
        const before = await takeSnapshot();
        await restoreSnapshot(run);
        offerBack("The last run is back.", before);
      },
    },
    other: { label: "Forget", run: () => void forget([run.key]) },
  });
}
