/**
 * The clock of the reverse process. `position` runs from 0 (noise) to 1 (data); every lane draws itself there, so the
 * lanes keep together whatever their number of steps.
 */
import { computed, effect, signal } from "@preact/signals";

const RUN = 3000; // ms from noise to data
const START = 350; // ms the noise is held
const END = 1500; // ms the result is held
const VEIL = 160; // ms of fade where the loop closes

/** How much of the way has been played, in [0, 1]. */
const played = () => (backwards.value ? 1 - position.value : position.value);

const setClock = () => (clock = START + (played() * RUN) / speed.value);

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

export const position = signal(calm.matches ? 1 : 0);
export const playing = signal(!calm.matches);
export const looping = signal(true);
/** Whether it plays from data to noise. */
export const backwards = signal(false);
/** How many times as fast as usual the process plays. */
export const speed = signal(1);
/** How visible the moving points are, in [0, 1]: below 1 only where the loop closes. */
export const veil = signal(1);
/** Whether the stage can be seen; nothing moves while it can't. */
export const visible = signal(true);

let clock = 0; // ms within one loop
let last = 0;
let request = 0;

/** @param {number} now */
function tick(now) {
  request = 0;
  const run = RUN / speed.value;
  clock += last ? Math.min(64, now - last) : 0;
  last = now;
  const total = START + run + END;
  if (clock >= total) {
    if (looping.value) clock %= total;
    else {
      clock = total;
      playing.value = false;
    }
  }
  const part = Math.min(1, Math.max(0, (clock - START) / run));
  position.value = backwards.value ? 1 - part : part;
  veil.value = looping.value ? Math.min(1, clock / VEIL, (total - clock) / VEIL) : 1;
  if (playing.value) schedule();
}

function schedule() {
  if (!request) request = requestAnimationFrame(tick);
}

calm.addEventListener("change", () => {
  if (calm.matches) pause();
});

const moving = computed(() => playing.value && visible.value);
effect(() => {
  if (moving.value) {
    last = 0;
    schedule();
  } else {
    cancelAnimationFrame(request);
    request = 0;
    veil.value = 1;
  }
});

export function play() {
  if (played() >= 1) clock = 0;
  playing.value = true;
}

export function pause() {
  playing.value = false;
}

export const toggle = () => (playing.value ? pause() : play());

/** Pauses at a place. @param {number} place in [0, 1] */
export function seek(place) {
  pause();
  position.value = Math.min(1, Math.max(0, place));
  setClock();
}

/** Goes to the whole step before or after. @param {number} by @param {number} steps */
export function step(by, steps) {
  const at = position.value * steps;
  const target = by > 0 ? Math.floor(at + 1e-6) + by : Math.ceil(at - 1e-6) + by;
  seek(target / steps);
}

/** Plays on from here at another speed. @param {number} times */
export function setSpeed(times) {
  const inside = clock > START && played() < 1;
  speed.value = times;
  if (inside) setClock();
}

/** Plays on from here the other way. @param {boolean} on */
export function setBackwards(on) {
  backwards.value = on;
  setClock();
}

/** Starts again from the noise, unless the visitor is holding still or prefers stillness. */
export function restart() {
  if (calm.matches) {
    position.value = 1;
    return;
  }
  clock = 0;
  playing.value = true;
}

let replay = false;

/** The next picture that is complete plays from the noise, so that cause is followed by effect. */
export function replayNext() {
  replay = true;
}

/** A picture that was waited for is complete. */
export function pictureComplete() {
  if (replay) restart();
  replay = false;
}
