/** Numbers of studies, for people. */

/** @typedef {import("../../../generated/studies").Column} Column */

/** A number for people. @param {number} value */
export function text(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value).replace("-", "−");
  const shown =
    size < 1e-3 || size >= 1e5
      ? value
          .toExponential(2)
          .replace(/e([+-])(\d+)/, (_, sign, power) => ` × 10${superscript(`${sign === "-" ? "-" : ""}${power}`)}`)
      : String(Number(value.toPrecision(3)));
  return shown.replace("-", "−");
}

/** @param {string} digits */
export const superscript = (digits) =>
  digits.replace(/[-\d]/g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));

/** A value and its uncertainty, to the digits that the uncertainty leaves. @param {number} value @param {number} [error] */
export function withError(value, error) {
  if (error === undefined || !Number.isFinite(error) || error === 0 || !Number.isFinite(value)) return text(value);
  const digits = Math.max(0, -Math.floor(Math.log10(error)));
  if (digits > 5 || Math.abs(value) >= 1e5)
    return `${text(value)} ± ${error.toPrecision(1).replace(/e-(\d+)/, (_, power) => ` × 10${superscript(`-${power}`)}`)}`;
  return `${value.toFixed(digits)} ± ${error.toFixed(digits)}`.replace("-", "−");
}

/** A cell for people. @param {Column} column @param {number} value */
export const cell = (column, value) => column.names[value] ?? text(value);

/** Label and unit. @param {Column} column */
export const heading = ({ label, unit }) => (unit ? `${label} (${unit})` : label);
