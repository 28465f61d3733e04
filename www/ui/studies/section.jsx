/** The laboratory's place on the page. The room itself is fetched when it comes near the screen. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { openStudy } from "../../store/settings/settings.js";

/** @type {import("@preact/signals").Signal<typeof import("./studies.jsx").Lab | null>} */
const room = signal(null);
const failed = signal("");

function fetchRoom() {
  failed.value = "";
  void import("./studies.jsx")
    .then(({ Lab }) => (room.value = Lab))
    .catch((error) => (failed.value = error instanceof Error ? error.message : String(error)));
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
        fetchRoom();
      },
      { rootMargin: "400px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const Room = room.value;
  return (
    <section ref={place} class="lab" id="laboratory" aria-labelledby="laboratory-title">
      <header class="lab-head">
        <h2 id="laboratory-title">Laboratory</h2>
        <p>
          Measured here, on your machine, while you watch: every curve with its uncertainty, every number to take away.
        </p>
      </header>
      {Room ? (
        <Room />
      ) : failed.value ? (
        <p role="alert">
          The laboratory could not be fetched ({failed.value}).{" "}
          <button type="button" class="plain" onClick={fetchRoom}>
            Try again
          </button>
        </p>
      ) : (
        <p class="quiet lab-waiting">Fetching the laboratory…</p>
      )}
    </section>
  );
}
