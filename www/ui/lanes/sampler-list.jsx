/** Every sampler, in families, with a search; moving through them with the arrow keys tries them at once. */
import { useState } from "preact/hooks";
import { chooseSampler } from "../../store/lanes/edit.js";
import { settings } from "../../store/settings/settings.js";
import { samplerGroups, samplers } from "../../store/settings/table.js";

/** @typedef {import("../../store/settings/table.js").SamplerEntry} SamplerEntry */

/** Whether all words of a search stand somewhere in what the table says. @param {SamplerEntry} entry @param {string} search */
function matches(entry, search) {
  const family = samplerGroups.find((group) => group.value === entry.group)?.label ?? "";
  const text = `${entry.label} ${entry.value} ${entry.help} ${entry.source} ${family}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** @param {{ index: number }} props */
export function SamplerList({ index }) {
  const [search, setSearch] = useState("");
  const chosen = settings.value.lanes[index].sampler;
  const found = samplers.filter((entry) => matches(entry, search));
  const list = `lane-${index}-samplers`;
  return (
    <div class="sheet-list">
      <input
        type="search"
        class="search"
        aria-label="Find a sampler"
        placeholder={`Find among ${samplers.length} samplers`}
        aria-controls={list}
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && search) {
            event.stopPropagation();
            setSearch("");
          } else if (event.key === "Enter" && found.length) chooseSampler(index, found[0].value);
          else if (event.key === "ArrowDown" && found.length) {
            event.preventDefault();
            /** @type {HTMLElement | null} */ (document.querySelector(`#${list} input`))?.focus();
          }
        }}
      />
      <p class="unseen" role="status">
        {search && `${found.length} of ${samplers.length} samplers`}
      </p>
      <div id={list} class="families" role="radiogroup" aria-label="Sampler">
        {samplerGroups.map((group) => {
          const members = found.filter((entry) => entry.group === group.value);
          if (!members.length) return null;
          return (
            <fieldset key={group.value} class="family">
              <legend title={group.help}>{group.label}</legend>
              {members.map((entry) => (
                <label key={entry.value} class="sampler" title={entry.help}>
                  <input
                    type="radio"
                    name={`lane-${index}-sampler`}
                    value={entry.value}
                    checked={entry.value === chosen}
                    onChange={() => chooseSampler(index, entry.value)}
                  />
                  <span>{entry.label}</span>
                </label>
              ))}
            </fieldset>
          );
        })}
        {!found.length && <p class="quiet">No sampler has “{search}” in its name, its sentence or its source.</p>}
      </div>
    </div>
  );
}
