/** How to cite the page, in BibTeX. */
import { useState } from "preact/hooks";
import { site } from "../../store/site.js";

/** With the address of this page, where it has one that others can open. */
function entry() {
  const { protocol, origin, pathname } = location;
  const home = protocol === "file:" ? "" : `,\n  url = {${origin}${pathname}}`;
  return site.citation.replace(/\n}$/, `${home}\n}`);
}

export function Cite() {
  const [copied, setCopied] = useState(false);
  const text = entry();
  return (
    <details class="more">
      <summary>Cite it</summary>
      <pre class="bibtex" tabIndex={0} role="region" aria-label="BibTeX">
        {text}
      </pre>
      <button
        type="button"
        class="plain"
        onClick={() =>
          navigator.clipboard?.writeText(text).then(
            () => setCopied(true),
            // It can be selected and copied by hand.
            () => setCopied(false),
          )
        }
      >
        <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
      </button>
    </details>
  );
}
