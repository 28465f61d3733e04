/** All lessons, in the order of a course; and what this page measured of them, for the teacher's page. */
import json from "../../generated/lessons.json";
import { budget } from "./texts/budget.js";
import { chance } from "./texts/chance.js";
import { control } from "./texts/control.js";
import { curved } from "./texts/curved.js";
import { digits } from "./texts/digits.js";
import { evaluations } from "./texts/evaluations.js";
import { guidance } from "./texts/guidance.js";
import { loss } from "./texts/loss.js";
import { memory } from "./texts/memory.js";
import { modes } from "./texts/modes.js";
import { noise } from "./texts/noise.js";
import { schedules } from "./texts/schedules.js";
import { straight } from "./texts/straight.js";
import { training } from "./texts/training.js";
import { whole } from "./texts/whole.js";

/** @type {import("./types").Lesson[]} */
export const lessons = [
  noise,
  straight,
  control,
  curved,
  whole,
  schedules,
  evaluations,
  chance,
  budget,
  loss,
  memory,
  modes,
  digits,
  guidance,
  training,
];

/** For each lesson its questions, with the usual seed: FEWSTEPS_UPDATE=1 cargo xtask test page lesson. */
export const measured = /** @type {Record<string, import("./types").Measured[]>} */ (/** @type {unknown} */ (json));
