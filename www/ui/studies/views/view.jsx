/** A view of a study's tables, by its kind. */
import { Bars } from "./bars.jsx";
import { Heat } from "./heat.jsx";
import { Lines } from "./lines.jsx";
import { Ranking } from "./ranking.jsx";

/** @param {{ view: import("../../../generated/studies").View, results: import("../../../store/studies/results.js").Results }} props */
export function View({ view, results }) {
  return (
    <figure class={`view view-${view.kind}`} data-view={view.kind}>
      <figcaption>{view.title}</figcaption>
      {view.kind === "lines" || view.kind === "dots" ? (
        <Lines view={view} results={results} />
      ) : view.kind === "heat" ? (
        <Heat view={view} results={results} />
      ) : view.kind === "bars" ? (
        <Bars view={view} results={results} />
      ) : (
        <Ranking view={view} results={results} />
      )}
    </figure>
  );
}
