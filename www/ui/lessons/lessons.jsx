/** Lessons: the teacher's page, or one lesson of those that the address names. */
import { route } from "../../store/lessons/opened.js";
import { writeRoute } from "../../store/lessons/route.js";
import { connect } from "../../store/start.js";
import { Notices } from "../controls/notices.jsx";
import { theme, toggleTheme } from "../controls/theme.js";
import { LessonView } from "./lesson.jsx";
import { Teacher } from "./teacher.jsx";
import "../../styles/figure.css";
import "../../styles/lessons.css";

connect();

/** This same document, without a lesson: a single file has no folder of its own. */
const playground = location.href.split("#")[0];

export function Lessons() {
  const { chosen, seed } = route.value;
  const address = writeRoute(chosen, seed);
  return (
    <>
      <header class="top">
        <a class="brand" href={playground} aria-label="Fewsteps, the playground">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path class="straight" d="M4 5 11 28 27 17" />
            <path class="curved" d="M4 5C7.5 17 15 26 28 26" />
            <circle cx="4" cy="5" r="2.4" />
          </svg>
          <span>Fewsteps</span>
        </a>
        <div class="top-tools">
          <button type="button" class="plain" onClick={toggleTheme}>
            {theme.value === "dark" ? "Light theme" : "Dark theme"}
          </button>
        </div>
      </header>
      <Notices />
      <main class="lessons">
        {chosen.length ? <LessonView key={address} chosen={chosen} seed={seed} /> : <Teacher />}
      </main>
    </>
  );
}
