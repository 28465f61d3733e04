/** One lesson at a time: text and questions on one side, the figure on the other. */
import { signal } from "@preact/signals";
import { useMemo, useState } from "preact/hooks";
import { Figure } from "./figure.jsx";
import { Question } from "./question.jsx";
import { Sheet } from "./sheet.jsx";

/**
 * @typedef {import("../../store/lessons/types").Lesson} Lesson
 * @typedef {import("../../store/lessons/types").Outcome} Outcome
 */
/**
 * @typedef {object} State of one question
 * @property {number | null} picked the prediction
 * @property {(Outcome | null)[]} outcomes of its runs
 * @property {boolean} revealed
 */

/** @param {Lesson} lesson @returns {import("@preact/signals").Signal<State>[]} */
const fresh = (lesson) =>
  lesson.rounds.map(({ runs }) => signal({ picked: null, outcomes: runs.map(() => null), revealed: false }));

/** @param {{ chosen: Lesson[], seed: number }} props */
export function LessonView({ chosen, seed }) {
  const [at, setAt] = useState(0);
  const lesson = chosen[at];
  return (
    <>
      {chosen.length > 1 && (
        <nav class="lesson-list" aria-label="Lessons">
          <ol>
            {chosen.map(({ name, title }, index) => (
              <li key={name}>
                <button
                  type="button"
                  class="plain"
                  aria-current={index === at ? "page" : undefined}
                  onClick={() => setAt(index)}
                >
                  {title}
                </button>
              </li>
            ))}
          </ol>
        </nav>
      )}
      <One
        key={lesson.name}
        lesson={lesson}
        seed={seed}
        onNext={at + 1 < chosen.length ? () => setAt(at + 1) : undefined}
      />
    </>
  );
}

/** @param {{ lesson: Lesson, seed: number, onNext?: () => void }} props */
function One({ lesson, seed, onNext }) {
  const states = useMemo(() => fresh(lesson), [lesson]);
  const [at, setAt] = useState(0);
  const [round, state] = [lesson.rounds[at], states[at]];
  const last = at === lesson.rounds.length - 1;
  const right = lesson.rounds.filter(({ answer }, index) => states[index].value.picked === answer).length;
  return (
    <>
      <article class="lesson" aria-labelledby="lesson-title">
        <header class="lesson-head">
          <h1 id="lesson-title">{lesson.title}</h1>
          <p class="quiet">
            {lesson.minutes} minutes · question {at + 1} of {lesson.rounds.length} · seed {seed}
          </p>
        </header>
        <div class="lesson-ask">
          {at === 0 && lesson.text.map((paragraph) => <p key={paragraph}>{paragraph}</p>)}
          <Question key={at} round={round} state={state} seed={seed} />
          {state.value.revealed && (
            <div class="lesson-on">
              {last ? (
                <>
                  <p>
                    You expected {right} of {lesson.rounds.length} as it came.
                  </p>
                  {lesson.further.length > 0 && (
                    <>
                      <h2>To go on with</h2>
                      <ul>
                        {lesson.further.map((question) => (
                          <li key={question}>{question}</li>
                        ))}
                      </ul>
                    </>
                  )}
                  {onNext && (
                    <button type="button" class="solid" onClick={onNext}>
                      The next lesson
                    </button>
                  )}
                </>
              ) : (
                <button type="button" class="solid" onClick={() => setAt(at + 1)}>
                  The next question
                </button>
              )}
            </div>
          )}
        </div>
        <Figure round={round} state={state} />
      </article>
      <Sheet lesson={lesson} />
    </>
  );
}
