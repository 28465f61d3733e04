/** Whether any picture of the lanes can be seen: nothing moves while none can. */
import { visible } from "../../store/player.js";

/** Those on the screen. @type {Set<Element>} */
const onScreen = new Set();

const update = () => (visible.value = onScreen.size > 0 && !document.hidden);

/** Watches what holds pictures. @param {Element} box @returns {() => void} what ends it */
export function watch(box) {
  const observer = new IntersectionObserver(([entry]) => {
    if (entry.isIntersecting) onScreen.add(box);
    else onScreen.delete(box);
    update();
  });
  observer.observe(box);
  document.addEventListener("visibilitychange", update);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", update);
    onScreen.delete(box);
    update();
  };
}
