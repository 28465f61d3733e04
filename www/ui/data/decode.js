/** A file becomes a grey picture, whatever kind of picture the browser can read. */

const LARGEST = 40e6;
/** Pixels on the longer side that are looked at; far more than are needed. */
const LOOK = 384;

/** Whether this browser hands pixels of a canvas back as they are; undefined until it was tried. @type {boolean | undefined} */
let honest;

/** Some browsers falsify them, so that pages can't be told apart by how they draw. */
function checkCanvas() {
  if (honest === undefined) {
    const side = 8;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("could not be drawn: the browser gave no canvas");
    const pattern = context.createImageData(side, side);
    for (let i = 0; i < side * side; i++)
      pattern.data.set([(i * 37) % 256, (i * 91) % 256, (i * 53) % 256, 255], 4 * i);
    context.putImageData(pattern, 0, 0);
    const found = context.getImageData(0, 0, side, side).data;
    honest = found.every((value, i) => value === pattern.data[i]);
  }
  if (!honest)
    throw new Error(
      "can’t be read: this browser falsifies what pages read from a canvas. Allow canvas data for this site in its privacy settings",
    );
}

/** @param {File} file @returns {Promise<import("../../store/data/picture.js").Grey>} An `Error` ends a sentence that begins with the file's name. */
export async function decode(file) {
  if (file.size > LARGEST) throw new Error("is larger than 40 MB");
  checkCanvas();
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode().catch(() => {
      throw new Error("is no picture that this browser can read");
    });
    return grey(image, file.type === "image/svg+xml");
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} width @param {number} height */
function pixels(context, width, height) {
  try {
    return context.getImageData(0, 0, width, height).data;
  } catch {
    // An SVG with HTML in it may hold what is not the visitor's to give.
    throw new Error("holds parts that the browser does not let pages read; a PNG of it would do");
  }
}

/** @param {HTMLImageElement} image @param {boolean} drawn whether it has no size of its own: it may be made larger */
function grey(image, drawn) {
  const [fullWidth, fullHeight] = [image.naturalWidth || 300, image.naturalHeight || 300];
  const scale = Math.min(drawn ? Infinity : 1, LOOK / Math.max(fullWidth, fullHeight));
  const [width, height] = [fullWidth, fullHeight].map((size) => Math.max(1, Math.round(size * scale)));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("could not be drawn: the browser gave no canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const data = pixels(context, width, height);
  const light = (/** @type {number} */ i) =>
    (0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]) / 255;
  // What is transparent becomes paper: light behind dark ink, dark behind light.
  let [sum, weight] = [0, 0];
  for (let i = 0; i < width * height; i++) {
    sum += data[4 * i + 3] * light(i);
    weight += data[4 * i + 3];
  }
  if (weight === 0) throw new Error("is empty: all of it is transparent");
  const paper = sum / weight < 0.5 ? 1 : 0;
  let [least, most] = [1, 0];
  const values = Float32Array.from({ length: width * height }, (_, i) => {
    const share = data[4 * i + 3] / 255;
    const value = share * light(i) + (1 - share) * paper;
    [least, most] = [Math.min(least, value), Math.max(most, value)];
    return value;
  });
  if (most - least < 1 / 512) throw new Error("is of one even shade: there is nothing in it to learn");
  return { width, height, values };
}
