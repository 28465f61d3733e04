/**
 * Parts of the page that wait until one of them is needed, and then come all together: one more file costs a visitor less than ten, and
 * each cut through what they share makes the first load larger.
 */
import "./stage/drawers.js";

export { uploadCsv } from "../store/run/upload.js";
export { Diagram } from "./article/diagram.jsx";
export { SmallStage } from "./article/figure.jsx";
export { Columns } from "./data/columns.jsx";
export { DrawBoard } from "./data/draw.jsx";
export { HalfBoard } from "./data/half.jsx";
export { OwnImages } from "./data/images.jsx";
export { Typed } from "./data/typed.jsx";
export { Export } from "./export/export.jsx";
export { Runs } from "./runs/runs.jsx";
export { Classes } from "./stage/classes.jsx";
export { Guide } from "./stage/guide.jsx";
export { Inspection } from "./stage/inspection.jsx";
export { MeasureButton, Quality } from "./stage/quality.jsx";
