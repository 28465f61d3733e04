/** What a first visit is told, in three captions on the stage; once dismissed they do not come again. */
import { useEffect, useState } from "preact/hooks";
import { replayNext } from "../../store/player.js";
import { change } from "../../store/run/changes.js";
import "../../styles/guide.css";

/** @type {{ about: string, text: string, act?: { label: string, run: () => void } }[]} */
const CAPTIONS = [
  {
    about: "lanes",
    text: "Left and right begin as the same noise. Each may evaluate its network once to become the data, which lies grey underneath.",
  },
  {
    about: "steps",
    text: "Straight steps must be many. Give both more of them, and see where the left one arrives.",
    act: {
      label: "Give both 20",
      run() {
        replayNext();
        void change({ steps: 20 });
      },
    },
  },
  {
    about: "train",
    text: "All of this was learned before. Press Train, and your own browser learns it from nothing; Straight, Curved and Whole beside it say what is learned.",
  },
];

/** @param {{ onEnd: () => void }} props */
export function Guide({ onEnd }) {
  const [at, setAt] = useState(0);
  const { about, text, act } = CAPTIONS[at];
  const last = at === CAPTIONS.length - 1;
  useEffect(() => {
    document.documentElement.dataset.guide = about;
    return () => {
      delete document.documentElement.dataset.guide;
    };
  }, [about]);
  return (
    <aside class="guide" aria-label="A short guide">
      <p aria-live="polite">{text}</p>
      <div class="row">
        <span class="figure guide-count">
          {at + 1} of {CAPTIONS.length}
        </span>
        {act && (
          <button type="button" class="plain" onClick={act.run}>
            {act.label}
          </button>
        )}
        <button type="button" class="plain" onClick={() => (last ? onEnd() : setAt(at + 1))}>
          {last ? "Done" : "Next"}
        </button>
        {!last && (
          <button type="button" class="plain" onClick={onEnd}>
            Skip the guide
          </button>
        )}
      </div>
    </aside>
  );
}
