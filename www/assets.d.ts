/** Style sheets are imported for their effect; the bundler gathers them. */
declare module "*.css";

interface Window {
  /** Where the page is a single file, the files that came with it, by name (www/boot/unpack.js). */
  fewstepsFiles?: Record<string, Blob>;
}

declare module "gifenc" {
  type Palette = number[][];
  export function quantize(rgba: Uint8Array | Uint8ClampedArray, most: number): Palette;
  export function applyPalette(rgba: Uint8Array | Uint8ClampedArray, palette: Palette): Uint8Array;
  export function GIFEncoder(): {
    writeFrame(index: Uint8Array, width: number, height: number, options: { palette?: Palette; delay: number }): void;
    finish(): void;
    bytes(): Uint8Array;
  };
}

declare module "svgcanvas/dist/svgcanvas.esm.js" {
  /** Writes down what is drawn on it. */
  export class Context extends CanvasRenderingContext2D {
    constructor(options: { width: number; height: number });
    getSerializedSvg(): string;
  }
}
