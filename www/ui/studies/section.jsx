/** The laboratory's place on the page. Its code is fetched when it comes near the screen. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { reload } from "../../store/outdated.js";
import { openStudy } from "../../store/settings/settings.js";

/** @type {import("@preact/signals").Signal<typeof import("./laboratory.jsx").Studies | null>} */
const loaded = signal(null);
const failed = signal(false);

function fetchStudies() {
  failed.value = false;
  void import("./laboratory.jsx").then(({ Studies }) => (loaded.value = Studies)).catch(() => (failed.value = true));
}

export function Laboratory() {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    if (openStudy.peek()) element.scrollIntoView({ block: "start" });
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        fetchStudies();
      },
      { rootMargin: "400px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const Studies = loaded.value;
  return (
    <section ref={place} class="laboratory" id="laboratory" aria-labelledby="laboratory-title">
      <header class="laboratory-head">
        <h2 id="laboratory-title">Laboratory</h2>
        <p>
          Measured here, on your machine, while you watch: every curve with its uncertainty, every number to download.
        </p>
      </header>
      {Studies ? (
        <Studies />
      ) : failed.value ? (
        <p role="alert">
          The laboratory could not be fetched: the connection is gone, or a newer version of this page is out.{" "}
          <button type="button" class="plain" onClick={fetchStudies}>
            Try again
          </button>{" "}
          <button type="button" class="plain" onClick={reload.run}>
            {reload.label}
          </button>
        </p>
      ) : (
        <p class="quiet laboratory-waiting">Fetching the laboratory…</p>
      )}
    </section>
  );
}
