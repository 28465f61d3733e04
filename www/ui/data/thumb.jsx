/** A small picture of 28 by 28 pixels, as the model sees it. */
import { useEffect, useRef } from "preact/hooks";
import { SIDE } from "../../store/settings/table.js";

/** @param {{ pixels: Uint8Array }} props */
export function Thumb({ pixels }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    for (const [i, value] of pixels.entries()) image.data.set([value, value, value, 255], 4 * i);
    context.putImageData(image, 0, 0);
  }, [pixels]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus; what is around it names the picture.
  return <canvas ref={canvas} class="tiny" width={SIDE} height={SIDE} aria-hidden="true" />;
}
