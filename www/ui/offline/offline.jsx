/** Ways to have the page without a network. */
import { forgetOffline, keepOffline, offline } from "../../store/offline.js";
import { site } from "../../store/site.js";

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

export function Offline() {
  const hosted = site.hosted;
  if (!hosted) return null;
  return (
    <section class="offline" aria-labelledby="offline-title">
      <h2 id="offline-title">Without a network</h2>
      {hosted.offline && <Kept size={megabytes(hosted.offline.bytes)} />}
      {hosted.single && (
        <p>
          <a href={hosted.single.url} download="fewsteps.html">
            Download the page as one file
          </a>{" "}
          ({megabytes(hosted.single.bytes)}): it opens by double click, from a disk or a USB stick, and computes on the
          CPU.
        </p>
      )}
    </section>
  );
}

/** @param {{ size: string }} props */
function Kept({ size }) {
  const now = offline.value;
  switch (now.state) {
    case "impossible":
      return <p>This browser stores no pages here: it does for addresses that begin with https.</p>;
    case "storing":
      return (
        <p>
          <progress max={1} value={now.share} aria-label="Stored" /> Storing {size}…
        </p>
      );
    case "stored":
      return (
        <p role="status">
          Kept offline: this address opens without a network.{" "}
          <button type="button" class="plain" onClick={() => void forgetOffline()}>
            Remove
          </button>
        </p>
      );
    default:
      return (
        <>
          <p>
            <button type="button" onClick={() => void keepOffline()}>
              Keep offline
            </button>{" "}
            stores {size} in this browser; then the page opens and does everything without a network.
          </p>
          {now.state === "refused" && <p role="alert">It was not stored: {now.why}</p>}
        </>
      );
  }
}
