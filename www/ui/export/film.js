/** The way from noise to data as single pictures: the stage goes through it once, moment by moment, and is then back where it was. */
import { play, playing, position, seek, visible } from "../../store/player.js";
import { compose } from "./compose.js";

/** The stage draws what changed before the next frame of the screen, or at once. */
const drawn = () => new Promise((resolve) => setTimeout(resolve));

/**
 * A canvas, and what draws the stage on it as it is at a place in [0, 1]. @typedef {{ canvas: HTMLCanvasElement, show: (place: number) => Promise<void> }} Film
 */

/**
 * @template T
 * @param {number} widest width of one lane at most, in pixels
 * @param {(film: Film) => Promise<T>} make
 * @returns {Promise<T>}
 */
export async function filmed(widest, make) {
  const before = { playing: playing.peek(), place: position.peek(), visible: visible.peek() };
  const canvas = document.createElement("canvas");
  const show = async (/** @type {number} */ place) => {
    seek(place);
    await drawn();
    compose(canvas, widest);
  };
  try {
    visible.value = true;
    return await make({ canvas, show });
  } finally {
    seek(before.place);
    visible.value = before.visible;
    if (before.playing) play();
  }
}
