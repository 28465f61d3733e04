/** The teacher's page: what there is to teach, the link for a class, sheets and answers to print. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { SEED, writeRoute } from "../../store/lessons/route.js";
import { lessons, measured } from "../../store/lessons/table.js";
import { clamp } from "../../store/settings/parameters.js";
import { numberField } from "../../store/settings/table.js";
import { Measured } from "./question.jsx";
import { Sheet } from "./sheet.jsx";

/** Names of the lessons for the class. @type {import("@preact/signals").Signal<string[]>} */
const picked = signal([]);
const seed = signal(SEED);

const forClass = () => lessons.filter(({ name }) => !picked.value.length || picked.value.includes(name));

/** Prints one part of the page. @param {"sheets" | "answers"} part */
function print(part) {
  const { dataset } = document.documentElement;
  dataset.print = part;
  addEventListener("afterprint", () => delete dataset.print, { once: true });
  window.print();
}

export function Teacher() {
  const minutes = forClass().reduce((sum, lesson) => sum + lesson.minutes, 0);
  const { min, max } = numberField("seed");
  return (
    <>
      <div class="teacher">
        <h1>Lessons</h1>
        <p>
          In each a class predicts, runs, and only then sees controls and numbers. Nothing is installed and nothing is
          sent anywhere: a link is enough, or <b>fewsteps.html</b> on a stick, which needs no network. All of it works
          without a graphics card. Every answer is measured again on the student’s own machine.
        </p>
        <table class="lesson-table">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Lesson</th>
              <th scope="col">Minutes</th>
              <th scope="col">Afterwards a student can say</th>
            </tr>
          </thead>
          <tbody>
            {lessons.map(({ name, title, minutes, goal }) => (
              <tr key={name}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={`${title}, for the class`}
                    checked={picked.value.includes(name)}
                    onChange={(event) => {
                      const others = picked.value.filter((other) => other !== name);
                      picked.value = event.currentTarget.checked ? [...others, name] : others;
                    }}
                  />
                </td>
                <th scope="row">
                  <a href={`#lesson=${name}`}>{title}</a>
                </th>
                <td class="figure">{minutes}</td>
                <td>{goal}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <section class="class-link" aria-labelledby="class-title">
          <h2 id="class-title">For a class</h2>
          <p>
            {picked.value.length ? `The ${picked.value.length} ticked above` : "All of them"}, {minutes} minutes
            together. The link fixes data, settings and seed, so that everyone sees the same.
          </p>
          <label class="row">
            Seed
            <input
              type="number"
              min={min}
              max={max}
              value={seed.value}
              onChange={(event) => {
                seed.value = clamp(numberField("seed"), Number(event.currentTarget.value));
                event.currentTarget.value = String(seed.value);
              }}
            />
          </label>
          <ClassLink
            address={new URL(writeRoute(forClass(), seed.value), location.href).href}
            key={`${picked.value} ${seed.value}`}
          />
          <div class="row">
            <button type="button" onClick={() => print("sheets")}>
              Print the sheets
            </button>
            <button type="button" onClick={() => print("answers")}>
              Print the answers
            </button>
          </div>
        </section>
        <section class="answers" aria-labelledby="answers-title">
          <h2 id="answers-title">Answers</h2>
          <p class="quiet">
            Numbers as this page measured them with seed {SEED}; another seed, or another engine, comes out a little
            differently.
          </p>
          {forClass().map((lesson) => (
            <details key={lesson.name} class="more">
              <summary>{lesson.title}</summary>
              <Answers lesson={lesson} />
            </details>
          ))}
        </section>
      </div>
      <div class="worksheets">
        {forClass().map((lesson) => (
          <Sheet key={lesson.name} lesson={lesson} />
        ))}
      </div>
      <div class="answers-printed" aria-hidden="true">
        {forClass().map((lesson) => (
          <section key={lesson.name}>
            <h2>{lesson.title}</h2>
            <Answers lesson={lesson} />
          </section>
        ))}
      </div>
    </>
  );
}

/** @param {{ address: string }} props */
function ClassLink({ address }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="row">
      <input class="address" readOnly aria-label="Link for the class" value={address} />
      <button
        type="button"
        onClick={(event) => {
          // It can be copied by hand where the browser does not allow it.
          /** @type {HTMLInputElement | null} */ (event.currentTarget.parentElement?.querySelector("input"))?.select();
          navigator.clipboard?.writeText(address).then(
            () => setCopied(true),
            () => setCopied(false),
          );
        }}
      >
        <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </button>
    </div>
  );
}

/** @param {{ lesson: import("../../store/lessons/types").Lesson }} props */
function Answers({ lesson }) {
  const numbers = measured[lesson.name];
  return (
    <ol>
      {lesson.rounds.map((round, index) => (
        <li key={round.question}>
          <p>{round.question}</p>
          <p>
            <b>{round.choices[round.answer]}</b>
          </p>
          {round.reveal.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
          {numbers?.[index] && <Measured measured={numbers[index]} caption="Measured" />}
        </li>
      ))}
    </ol>
  );
}
