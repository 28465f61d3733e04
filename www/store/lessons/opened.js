/** The lessons that this document's address asks for; what it can't be read to mean is said. */
import { signal } from "@preact/signals";
import { say } from "../notices.js";
import { readRoute } from "./route.js";

function opened() {
  const found = readRoute(location.hash);
  if (found.ignored.length)
    say(`Part of this address was ignored: ${found.ignored.join("; ")}. The rest applies.`, { key: "lesson" });
  return found;
}

export const route = signal(opened());
window.addEventListener("hashchange", () => {
  route.value = opened();
  scrollTo(0, 0);
});
