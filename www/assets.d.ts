/** Style sheets are imported for their effect; the bundler gathers them. */
declare module "*.css";

interface Window {
  /** Where the page is a single file, the files that came with it, by name (www/boot/unpack.js). */
  fewstepsFiles?: Record<string, Blob>;
}
