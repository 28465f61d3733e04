/** Parts of the page as one picture, in pixels or in lines: their charts, their text and their filled boxes, where they stand and as they look. */
import { painters } from "./views/vectors.js";

const MARGIN = 24;
const HEAD = 58;
/** Pixels of a PNG for one of CSS. */
const SHARP = 2;

/** @typedef {{ title: string, subtitle: string, figures: HTMLElement[] }} Sheet */

/** @param {Sheet} sheet @returns {Promise<Blob>} */
export function pngOf(sheet) {
  const canvas = document.createElement("canvas");
  draw(sheet, (width, height) => {
    [canvas.width, canvas.height] = [Math.ceil(width * SHARP), Math.ceil(height * SHARP)];
    const ctx = canvas.getContext("2d");
    if (!ctx) throw new Error("the browser gave no canvas");
    ctx.scale(SHARP, SHARP);
    return ctx;
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser made no picture"))), "image/png"),
  );
}

/** @param {Sheet} sheet @returns {Promise<Blob>} */
export async function svgOf(sheet) {
  const { Context } = await import("svgcanvas/dist/svgcanvas.esm.js");
  const ctx = draw(sheet, (width, height) => new Context({ width: Math.ceil(width), height: Math.ceil(height) }));
  // The library says of each text how it is not underlined.
  const text = ctx.getSerializedSvg().replaceAll(' text-decoration="undefined"', "");
  return new Blob([text], { type: "image/svg+xml" });
}

/**
 * @template {CanvasRenderingContext2D} C
 * @param {Sheet} sheet @param {(width: number, height: number) => C} open
 * @returns {C}
 */
function draw({ title, subtitle, figures }, open) {
  // What scrolls is drawn whole.
  for (const figure of figures) figure.classList.add("is-whole");
  try {
    const boxes = figures.map((figure) => figure.getBoundingClientRect());
    const width = Math.max(...boxes.map((box) => box.width)) + 2 * MARGIN;
    const height = boxes.reduce((sum, box) => sum + box.height + MARGIN, HEAD + MARGIN);
    const ctx = open(width, height);
    const page = getComputedStyle(document.body);
    ctx.fillStyle = page.backgroundColor;
    ctx.fillRect(0, 0, width, height);
    ctx.fillStyle = page.color;
    ctx.textBaseline = "alphabetic";
    ctx.font = `600 18px ${page.fontFamily}`;
    ctx.fillText(title, MARGIN, 32);
    ctx.font = `11px ${page.fontFamily}`;
    ctx.fillText(fitted(ctx, subtitle, width - 2 * MARGIN), MARGIN, 50);
    let top = HEAD + MARGIN / 2;
    figures.forEach((figure, i) => {
      ctx.save();
      ctx.translate(MARGIN - boxes[i].left, top - boxes[i].top);
      drawElement(ctx, figure);
      ctx.restore();
      top += boxes[i].height + MARGIN;
    });
    return ctx;
  } finally {
    for (const figure of figures) figure.classList.remove("is-whole");
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {string} text @param {number} width */
function fitted(ctx, text, width) {
  if (ctx.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 0 && ctx.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}

/** @param {CanvasRenderingContext2D} ctx @param {Element} element */
function drawElement(ctx, element) {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (style.display === "none" || style.visibility === "hidden" || element.classList.contains("unseen")) return;
  if (!/^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor)) {
    ctx.fillStyle = style.backgroundColor;
    ctx.fillRect(box.left, box.top, box.width, box.height);
  }
  const border = parseFloat(style.borderTopWidth);
  if (border > 0 && style.borderTopStyle !== "none") {
    ctx.strokeStyle = style.borderTopColor;
    ctx.lineWidth = border;
    ctx.setLineDash(style.borderTopStyle === "dashed" ? [5, 3] : style.borderTopStyle === "dotted" ? [2, 2] : []);
    ctx.beginPath();
    ctx.moveTo(box.left, box.top + border / 2);
    ctx.lineTo(box.right, box.top + border / 2);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  const painter = painters.get(element);
  if (painter) {
    ctx.save();
    ctx.translate(box.left, box.top);
    painter(ctx);
    ctx.restore();
    return;
  }
  if (element instanceof HTMLCanvasElement) {
    if (element.width && element.height) ctx.drawImage(element, box.left, box.top, box.width, box.height);
    return;
  }
  for (const node of element.childNodes) {
    if (node instanceof Element) drawElement(ctx, node);
    else if (node instanceof Text) drawText(ctx, node, style);
  }
}

/** Word by word, since lines break where the page breaks them. @param {CanvasRenderingContext2D} ctx @param {Text} node @param {CSSStyleDeclaration} style */
function drawText(ctx, node, style) {
  ctx.fillStyle = style.color;
  ctx.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "left";
  const range = document.createRange();
  for (const { 0: word, index = 0 } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const box = range.getBoundingClientRect();
    if (!box.width) continue;
    // The line's own baseline: readers of SVG do not agree on others.
    const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = ctx.measureText(word);
    const line = box.top + (box.height + above - below) / 2;
    ctx.fillText(word, box.left, line);
    if (style.textDecorationLine === "underline") ctx.fillRect(box.left, line + 2, box.width, 1);
  }
}
