/** What the columns of the visitor's file mean. */
import { chooseColumns } from "../../store/run/upload.js";
import { uploaded } from "../../store/settings/settings.js";

/** Which columns of a file with more than two of them are the points, and which tells their classes. */
export function Columns() {
  const columns = uploaded.value?.columns;
  if (!columns || (columns.names.length < 3 && !columns.labellings.length)) return null;
  const numbers = columns.names.map((name, i) => /** @type {const} */ ([i, name]));
  const classes = columns.labellings.map(
    ({ name, names }, i) => /** @type {const} */ ([i, `${name} (${names.length})`]),
  );
  return (
    <div class="pair">
      {columns.names.length > 2 && (
        <>
          <Column label="Column across" name="x" value={columns.x} options={numbers} />
          <Column label="Column up" name="y" value={columns.y} options={numbers} />
        </>
      )}
      {classes.length > 0 && (
        <Column label="Classes" name="label" value={columns.label} options={[[-1, "None"], ...classes]} />
      )}
    </div>
  );
}

/** @param {{ label: string, name: "x" | "y" | "label", value: number, options: (readonly [number, string])[] }} props */
function Column({ label, name, value, options }) {
  return (
    <div class="control">
      <label class="control-label" for={`column-${name}`}>
        {label}
      </label>
      <select
        id={`column-${name}`}
        value={value}
        onChange={(event) => {
          void chooseColumns({ [name]: Number(event.currentTarget.value) });
        }}
      >
        {options.map(([at, words]) => (
          <option key={at} value={at}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
