/** A lesson as a figure, or several, one at a time. */
import { route } from "../../store/lessons/opened.js";
import { writeRoute } from "../../store/lessons/route.js";
import { connect } from "../../store/start.js";
import { LessonView } from "../lessons/lesson.jsx";
import "../../styles/lessons.css";

/** Nothing is run before a prediction. */
export const run = connect;

export function Lesson() {
  const { chosen, seed } = route.value;
  if (!chosen.length) return <p role="alert">This figure names no lesson.</p>;
  return (
    <div class="lessons">
      <LessonView key={writeRoute(chosen, seed)} chosen={chosen} seed={seed} />
    </div>
  );
}
