/** Puts what is on the page into a post: what to show and how, the figure as it will be, and the text to copy. */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { define } from "../../embed/element.js";
import { lessons } from "../../store/lessons/table.js";
import { link, notInLink, settings } from "../../store/settings/settings.js";
import { optionsOf } from "../../store/settings/table.js";
import { site } from "../../store/site.js";
import { valuesOf } from "../../store/studies/choice.js";
import { studies, study as studyNamed } from "../../store/studies/table.js";
import { formatStudy } from "../../store/studies/text.js";
import { attributes, elementSnippet, frameSnippet, onStage } from "./snippet.js";
import "../../styles/embed.css";

/** @typedef {import("./snippet.js").Choice} Choice */

const SHOW = /** @type {const} */ ([
  ["stage", "The stage"],
  ["training", "The stage and training"],
  ["study", "One study"],
  ["lesson", "One lesson"],
]);
const START = /** @type {const} */ ([
  ["click", "When it is clicked"],
  ["visible", "When it is on screen"],
  ["now", "At once"],
]);
const THEME = /** @type {const} */ ([
  ["auto", "As the post"],
  ["light", "Light"],
  ["dark", "Dark"],
]);
const CONTROLS = /** @type {const} */ ([
  ["play", "Play"],
  ["track", "Time"],
  ["steps", "Steps"],
  ["overlays", "Overlays"],
  ["lanes", "Samplers"],
]);
const OF_TRAINING = /** @type {const} */ ([
  ["train", "Train"],
  ["objective", "What is learned"],
  ["loss", "Loss"],
]);

/** @type {import("@preact/signals").Signal<Omit<Choice, "title" | "study" | "controls"> & { study: string, controls: string[] }>} */
const choice = signal({
  show: "stage",
  study: studies[0].value,
  lesson: lessons[0].name,
  start: "click",
  theme: "auto",
  controls: ["play", "track", "steps", "overlays"],
  width: 0,
});

/** @param {Partial<typeof choice.value>} patch */
const choose = (patch) => {
  choice.value = { ...choice.value, ...patch };
};

const place = computed(() => {
  void settings.value;
  const [, hash = ""] = link().split("#");
  return { site: new URL("./", site.hosted?.embed).href, hash };
});

/** @returns {Choice} */
const asked = () => {
  const { show, study, lesson, controls } = choice.value;
  const data = optionsOf("data").find(({ value }) => value === settings.value.data)?.label ?? "";
  const titles = {
    stage: `From noise to ${data.toLowerCase()}`,
    training: `Training on ${data.toLowerCase()}`,
    study: studies.find(({ value }) => value === study)?.label ?? study,
    lesson: lessons.find(({ name }) => name === lesson)?.title ?? lesson,
  };
  return {
    ...choice.value,
    study: formatStudy(studyNamed(study), valuesOf(study)),
    title: titles[show],
    controls: [...CONTROLS, ...(show === "training" ? OF_TRAINING : [])]
      .map(([name]) => name)
      .filter((name) => controls.includes(name))
      .join(" "),
  };
};

/** @param {{ onClose: () => void }} props */
export function EmbedDialog({ onClose }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [height, setHeight] = useState(420);
  useEffect(() => dialog.current?.showModal(), []);
  const now = asked();
  const { show, controls, width } = choice.value;
  const shown = show === "training" ? [...CONTROLS, ...OF_TRAINING] : CONTROLS;
  return (
    <dialog ref={dialog} class="embed" aria-labelledby="embed-title" onClose={onClose} data-keys>
      <header class="embed-head">
        <h2 id="embed-title">Embed a figure</h2>
        <button type="button" class="plain" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <div class="embed-body">
        <form class="embed-form" onSubmit={(event) => event.preventDefault()}>
          <Choices name="show" label="Show" options={SHOW} value={show} onChoose={(value) => choose({ show: value })} />
          {show === "study" && (
            <Pick
              label="Study"
              options={studies.map(({ value, label }) => [value, label])}
              value={choice.value.study}
              onChoose={(study) => choose({ study })}
            />
          )}
          {show === "lesson" && (
            <Pick
              label="Lesson"
              options={lessons.map(({ name, title }) => [name, title])}
              value={choice.value.lesson}
              onChoose={(lesson) => choose({ lesson })}
            />
          )}
          <Choices
            name="start"
            label="Start"
            options={START}
            value={choice.value.start}
            onChoose={(value) => choose({ start: value })}
          />
          <Choices
            name="theme"
            label="Theme"
            options={THEME}
            value={choice.value.theme}
            onChoose={(value) => choose({ theme: value })}
          />
          <label class="embed-row">
            <span>Width</span>
            <span>
              <input
                type="number"
                min={280}
                max={1600}
                step={20}
                placeholder="full"
                value={width || ""}
                onInput={(event) => choose({ width: Math.max(0, Number(event.currentTarget.value)) })}
              />{" "}
              pixels; empty: as wide as the post
            </span>
          </label>
          {onStage(show) && (
            <fieldset class="embed-controls">
              <legend>Controls</legend>
              {shown.map(([name, label]) => (
                <label key={name}>
                  <input
                    type="checkbox"
                    checked={controls.includes(name)}
                    onChange={(event) =>
                      choose({
                        controls: event.currentTarget.checked
                          ? [...controls, name]
                          : controls.filter((other) => other !== name),
                      })
                    }
                  />
                  {label}
                </label>
              ))}
            </fieldset>
          )}
          <p class="quiet">{withWhat(show)}</p>
        </form>
        <Preview now={now} onHeight={setHeight} />
        <Snippet label="Element, for a post that may load a script" text={elementSnippet(now, place.value)} />
        <Snippet label="Frame, for one that may not" text={frameSnippet(now, place.value, height)} />
      </div>
    </dialog>
  );
}

/** @param {Choice["show"]} show */
function withWhat(show) {
  if (show === "study") return "With the study’s settings as they are in the laboratory.";
  if (show === "lesson") return "Predict, run, reveal: controls and numbers come with the answer.";
  return notInLink() || "With the settings of this page as they are now.";
}

/** @param {{ label: string, options: string[][], value: string, onChoose: (value: string) => void }} props */
function Pick({ label, options, value, onChoose }) {
  return (
    <label class="embed-row">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/**
 * @template {string} T
 * @param {{ name: string, label: string, options: readonly (readonly [T, string])[], value: T, onChoose: (value: T) => void }} props
 */
function Choices({ name, label, options, value, onChoose }) {
  return (
    <fieldset class="embed-choices">
      <legend>{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={`embed-${name}`} checked={option === value} onChange={() => onChoose(option)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

/** The element itself. @param {{ now: Choice, onHeight: (height: number) => void }} props */
function Preview({ now, onHeight }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const all = attributes(now, place.value);
  const text = JSON.stringify(all);
  useEffect(() => {
    const parent = box.current;
    if (!parent) return;
    define(place.value.site);
    const figure = document.createElement("few-steps");
    for (const [name, value] of all) if (name !== "style") figure.setAttribute(name, value);
    if (now.width) figure.style.maxWidth = `${now.width}px`;
    parent.replaceChildren(figure);
    const observer = new ResizeObserver(([{ contentRect }]) => contentRect.height > 0 && onHeight(contentRect.height));
    observer.observe(figure);
    return () => observer.disconnect();
  }, [text]);
  return <div ref={box} class="embed-preview" role="group" aria-label="Preview" />;
}

/** @param {{ label: string, text: string }} props */
function Snippet({ label, text }) {
  const [copied, setCopied] = useState(false);
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => setCopied(false), [text]);
  return (
    <label class="embed-snippet">
      <span>{label}</span>
      <textarea ref={area} readOnly rows={text.split("\n").length} value={text} spellcheck={false} wrap="off" />
      <button
        type="button"
        onClick={() => {
          area.current?.select();
          navigator.clipboard.writeText(text).then(
            () => setCopied(true),
            // It is selected by then, and can be copied by hand.
            () => setCopied(false),
          );
        }}
      >
        <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </button>
    </label>
  );
}
