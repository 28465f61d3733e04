/**
 * Fetches a whole file. `onFraction` hears how much has arrived, as far as the server tells the size.
 * @param {string} url
 * @param {(fraction: number | null) => void} [onFraction]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(url, onFraction) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const length = Number(response.headers.get("content-length")) || 0;
  // A compressed answer tells the compressed size only: then the fraction is unknown, not wrong.
  const known = length > 0 && !response.headers.get("content-encoding");
  if (!onFraction || !response.body) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    onFraction(known ? Math.min(1, size / length) : null);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
