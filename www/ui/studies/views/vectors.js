/** Elements that are drawn on canvases, and what draws each of them anew, as lines and text, at its own place and size. */

/** A canvas's context, or one that writes down what is drawn. @typedef {CanvasRenderingContext2D} Context */

/** In CSS pixels, from the element's own corner. @type {WeakMap<Element, (ctx: Context) => void>} */
export const painters = new WeakMap();
