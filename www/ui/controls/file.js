/** Hands a file to the visitor. @param {string} name @param {string | Blob | Uint8Array} content @param {string} type */
export function saveFile(name, content, type) {
  const url = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (content)], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
