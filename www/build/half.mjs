// @ts-check
/** Weights in half precision (IEEE 754 binary16), as the engine reads them too. */

/**
 * A safetensors file, in which each tensor of single precision is one of half.
 * @param {Buffer} file
 * @returns {Buffer}
 */
export function toHalf(file) {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...tensors } = JSON.parse(file.toString("utf8", 8, 8 + length));
  const body = file.subarray(8 + length);
  /** @type {Buffer[]} */
  const parts = [];
  let at = 0;
  const listed = Object.entries(tensors).map(([name, { dtype, shape, data_offsets }]) => {
    const data = body.subarray(...data_offsets);
    const part = dtype === "F32" ? halves(data) : data;
    parts.push(part);
    at += part.length;
    return [name, { dtype: dtype === "F32" ? "F16" : dtype, shape, data_offsets: [at - part.length, at] }];
  });
  const text = JSON.stringify({ __metadata__, ...Object.fromEntries(listed) });
  // The format wants the numbers to begin at a multiple of eight.
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, ...parts]);
}

/** @param {Buffer} singles little-endian */
function halves(singles) {
  const half = Buffer.alloc(singles.length / 2);
  for (let at = 0; at < singles.length; at += 4) half.writeUInt16LE(bits(singles.readFloatLE(at)), at / 2);
  return half;
}

/** The nearest half, ties to even. @param {number} value @returns {number} its bits */
export function bits(value) {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) throw new Error(`${value} is no half.`);
  // Below the smallest normal number the spacing stays what it is there.
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 1e-30)));
  const spacing = 2 ** (exponent - 10);
  const count = size / spacing;
  const even = 2 * Math.round(count / 2);
  const rounded = Math.abs(count % 1) === 0.5 ? even : Math.round(count);
  // A carry out of the fraction goes on into the exponent, as it should.
  return sign | (rounded + (exponent + 14) * 1024);
}
