/** Points from the text of a table. Runs without a page. */
import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { classesOf, readPoints, type Wishes } from "../../www/store/data/csv.js";
import { MOST, MOST_CLASSES } from "../../www/store/data/limits.js";
import { decodeText } from "../../www/store/data/table-text.js";

const ring = Array.from({ length: 60 }, (_, i) => [Math.cos(i).toFixed(3), Math.sin(i).toFixed(3)]);
const rows = (separator: string) => ring.map((row) => row.join(separator));
const numbers = ring.map((row) => row.map(Number));

/** Centred, with a mean square of one. */
function standard(raw: number[][]) {
  const middle = [0, 1].map((axis) => raw.reduce((sum, row) => sum + row[axis], 0) / raw.length);
  const moved = raw.flatMap(([x, y]) => [x - middle[0], y - middle[1]]);
  const scale = Math.sqrt(moved.reduce((sum, value) => sum + value * value, 0) / moved.length);
  return moved.map((value) => value / scale);
}

function read(text: string, wishes?: Wishes) {
  const result = readPoints(text, wishes);
  if ("error" in result) throw new Error(result.error);
  return result;
}

function expectPoints(text: string, raw: number[][], wishes?: Wishes) {
  const { points } = read(text, wishes);
  const expected = standard(raw);
  expect(points.length).toBe(expected.length);
  expect(Math.max(...expected.map((value, i) => Math.abs(value - points[i])))).toBeLessThan(1e-5);
}

function refused(text: string) {
  const result = readPoints(text);
  if (!("error" in result)) throw new Error("it was read");
  return result;
}

/** A file like those of public bug reports on other tools. */
const file = (name: string) => decodeText(new Uint8Array(readFileSync(new URL(`../cases/${name}`, import.meta.url))));

test("headers, separators, decimal commas, quotes, line ends and a byte-order mark are read", () => {
  const plain = rows(",");
  expectPoints(plain.join("\n"), numbers);
  expectPoints(`\uFEFFx,y\r\n${plain.join("\r\n")}\r\n`, numbers);
  expectPoints(plain.join("\r"), numbers);
  for (const separator of ["\t", "|", " ", "   "]) expectPoints(rows(separator).join("\n"), numbers);
  for (const separator of [";", "\t", " "])
    expectPoints(`"x"${separator}"y"\n${rows(separator).join("\n").replaceAll(".", ",")}`, numbers);
  expectPoints(ring.map(([x, y]) => `"${x}", ${y} ,"a note, with a comma"`).join("\n"), numbers);
  expectPoints(`\n\n x , y \n\n${plain.join("\n\n")}\n \n`, numbers);
  expectPoints(`sep=;\n${rows(";").join("\n")}`, numbers);
  expectPoints(`# a comment\n% another\n${plain.join("\n")}\n# the end`, numbers);
});

test("a cell may have line breaks and quotes", () => {
  const noted = ring.map((row) => `${row.join(",")},"two\nlines, ""quoted"""`);
  expectPoints(`x,y,note\n${noted.join("\n")}`, numbers);
});

test("bad rows are named by their numbers, and can be skipped", () => {
  const text = ["x,y", ...rows(",")];
  text[4] = "1,two";
  text[7] = "7";
  text[9] = ",3";
  const { error, ways } = refused(text.join("\n"));
  expect(error).toBe(
    "Row 5: expected two numbers, found “two”. Row 8: expected two numbers, found one only. Row 10: expected two numbers, found an empty cell. Nothing was changed.",
  );
  expect(ways.map(({ label }) => label)).toEqual(["Skip these 3 rows"]);
  const left = numbers.filter((_, i) => ![3, 6, 8].includes(i));
  expectPoints(text.join("\n"), left, ways[0].wishes);
  expect(read(text.join("\n"), ways[0].wishes).note).toBe("3 rows were skipped.");
  for (const at of [20, 22, 24]) text[at] = "?,?";
  expect(refused(text.join("\n")).error).toMatch(
    /Row 21: expected two numbers, found “\?”, and 2 more such rows\. Nothing was changed\.$/,
  );
});

test("too few and too many, and points that do not differ", () => {
  expect(refused(" \n\n").error).toBe("The file is empty. Nothing was changed.");
  expect(refused("1,2").error).toBe("The file holds 1 point; at least 50 are needed. Nothing was changed.");
  expect(refused(file("21-all-same.csv")).error).toMatch(/^All points lie in the same place/);
  // One coordinate that differs is enough, however little the other does.
  expect(read(file("20-constant-x.csv")).points.length).toBeGreaterThanOrEqual(100);
  expect(read(file("29-nearly-flat.csv")).points.every(Number.isFinite)).toBe(true);
  const two = [...Array(MOST).fill("0,1"), ...Array(MOST).fill("5,2")];
  const { points, note } = read(two.map((row, i) => `${row}${i % 7}`).join("\n"));
  expect(note).toBe("20,000 of 40,000 points were drawn at random.");
  expect(points.length).toBe(2 * MOST);
  const second = points.filter((_, i) => i % 2 === 0).filter((x) => x > 0).length;
  expect(second / MOST).toBeGreaterThan(0.48);
  expect(second / MOST).toBeLessThan(0.52);
});

test("the columns called x and y are taken, or which were is said", () => {
  const raw = file("01-id-x-y.csv")
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => row.split(",").slice(1).map(Number));
  for (const name of ["01-id-x-y.csv", "01-pandas-index.csv"]) {
    expectPoints(file(name), raw);
    expect(read(file(name)).note).toBe("");
  }
  const unnamed = read(raw.map((row, i) => [i, ...row].join(",")).join("\n"));
  expect(unnamed.note).toMatch(/^The columns “column 2” and “column 3” were taken; others can be chosen/);
  expect(unnamed.columns).toMatchObject({ names: ["column 1", "column 2", "column 3"], x: 1, y: 2 });
  const swapped = raw.map(([x, y]) => [y, 7, x].join(";"));
  expectPoints(`Y;t;X\n${swapped.join("\n")}`, raw);
});

test("differences are kept however far from zero, small or large they are", () => {
  const utm = file("02-utm.csv")
    .trim()
    .split("\n")
    .map((row) => row.split(",").map(Number));
  expectPoints(file("02-utm.csv"), utm);
  expect(new Set(read(file("02-utm.csv")).points).size).toBeGreaterThan(utm.length / 2);
  for (const name of ["04-nanometres.csv", "04-1e-42.csv"]) {
    const { points } = read(file(name));
    expect(points.reduce((sum, value) => sum + value * value, 0) / points.length).toBeCloseTo(1, 4);
  }
  expectPoints(numbers.map((row) => row.map((value) => value * 1e300).join(",")).join("\n"), numbers);
});

test("a point beyond all measure is named", () => {
  for (const [name, found] of [
    ["03-1e39.csv", "“1e39”"],
    ["03-1e300-both.csv", "“1e308”"],
  ]) {
    const { error, ways } = refused(file(name));
    expect(error).toContain("Row 4: ");
    expect(error).toContain(`${found} is so far from the others`);
    expect(ways).toHaveLength(1);
  }
});

test("thousands beside decimals are asked about", () => {
  const { error, ways } = refused(file("06-thousands.csv"));
  expect(error).toBe("Row 2: “1,200” may mean 1200 or 1.2. Nothing was changed.");
  const [large, small] = ways.map((way) => read(file("06-thousands.csv"), way.wishes).columns.values[0][0]);
  expect([large, small]).toEqual([1200, 1.2]);
  const german = ring.map((_, i) => `1.${200 + i};2,${50 + i}`).join("\n");
  expect(refused(german).error).toContain("“1.200” may mean 1200 or 1.2");
});

test("tables of other programs are read", () => {
  for (const name of [
    "05-tab-decimal-comma.txt",
    "07-savetxt.txt",
    "07-comments.csv",
    "08-sep-line.csv",
    "09-utf16le.csv",
    "30-headless-first-row-empty.csv",
  ])
    expect(read(file(name)).points.length, name).toBeGreaterThanOrEqual(100);
  expect(read(file("05-tab-decimal-comma.txt")).columns.values[0][1]).toBe(1.683);
});

test("what is no number is named", () => {
  expect(refused(file("10-nan-row.csv")).error).toContain("Row 4: expected two numbers, found “nan”");
  expect(refused(file("10-nan-row.csv")).ways.map(({ label }) => label)).toEqual(["Skip this row"]);
  expect(refused(file("31-infinity.csv")).error).toContain("found “Infinity”");
  expect(refused(file("24-hex.csv")).error).toContain("found “0x7fffffff”");
  expect(refused(file("28-unclosed-quote.csv")).error).toBe(
    "Row 1: a quotation mark is never closed. Nothing was changed.",
  );
});

test("bytes without a mark are read in the encoding that they fit", () => {
  const text = "größe,y\n1,2";
  const latin = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  expect(decodeText(latin)).toBe(text);
  const wide = new Uint8Array(new Uint16Array(Array.from(text, (letter) => letter.charCodeAt(0))).buffer);
  expect(decodeText(wide)).toBe(text);
});

/** Whatever the bytes: points that are finite numbers, or a sentence; never anything else. */
test("no text breaks it", () => {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const pieces = [
    "1",
    "-2.5",
    "1e9",
    "1e400",
    ",",
    ";",
    "\t",
    " ",
    "\n",
    "\r\n",
    '"',
    "nan",
    "x",
    "#",
    "é",
    "\0",
    "1,234",
    ".",
    "0x1f",
    "sep=;\n",
    "\uFEFF",
  ];
  for (let turn = 0; turn < 300; turn++) {
    const base = turn % 3 ? [] : rows([",", ";", "\t"][random(3)]);
    const noise = Array.from({ length: random(60) }, () => pieces[random(pieces.length)]).join("");
    const text = [noise, ...base].join("\n");
    const result = readPoints(text, random(2) ? { skip: true } : {});
    if ("error" in result) expect(result.error).toMatch(/^\S.*Nothing was changed\.$/s);
    else expect(result.points.length >= 100 && result.points.every(Number.isFinite), JSON.stringify(text)).toBe(true);
  }
});

test("a column that tells classes is found by its name, or as the only one with words", () => {
  const of = (header: string | null, cells: (i: number) => string[]) => {
    const lines = ring.map((row, i) => cells(i).concat(row).join(","));
    return read([...(header ? [header] : []), ...lines].join("\n"));
  };
  const words = ["setosa", "virginica", "versicolor"];
  for (const [header, cells, names] of [
    ["species,x,y", (i: number) => [words[i % 3]], ["setosa", "versicolor", "virginica"]],
    [null, (i: number) => [words[i % 3]], ["setosa", "versicolor", "virginica"]],
    ["label,a,b", (i: number) => [String(i % 2)], ["0", "1"]],
    ["Class,a,b", (i: number) => [String(i % 10)], [..."0123456789"]],
    ["class,x,y", (i: number) => [i % 4 ? "a" : ""], ["(empty)", "a"]],
    // None of these tells classes.
    ["name,x,y", (i: number) => [`point ${i}`], null],
    ["label,a,b", (i: number) => [String(i % 11)], null],
    ["label,a,b", () => ["same"], null],
    ["one,two,x,y", (i: number) => [words[i % 3], words[i % 2]], null],
    ["n,x,y", (i: number) => [String(i % 3)], null],
  ] as const) {
    const { columns, points, note } = of(header, (i) => [...cells(i)]);
    const found = classesOf(columns);
    expect(found?.names ?? null, `${header}: ${cells(0)}`).toEqual(names);
    expect(points.length).toBe(120);
    if (!found) continue;
    expect(found.of.length).toBe(60);
    expect([...found.of].map((one) => found.names[one])).toEqual(ring.map((_, i) => cells(i)[0] || "(empty)"));
    expect(note).toContain(`tells their classes: ${names?.length}`);
  }
});

test("classes can be told by another column, and stay with their rows where some have no point", () => {
  const lines = ring.map(([x, y], i) => [x, i % 6 ? y : "", i % 2 ? "odd" : "even", i < 30 ? "a" : "b"].join(","));
  const { columns } = read(["x,z,parity,half", ...lines].join("\n"), { skip: true });
  expect(columns.labellings.map(({ name }) => name)).toEqual(["parity", "half"]);
  expect(columns.label, "two columns of words: neither is chosen").toBe(-1);
  const parity = classesOf({ ...columns, label: 0 });
  const rows = ring.map((_, i) => i).filter((i) => i % 6);
  expect([...parity!.of]).toEqual(rows.map((i) => (i % 2 ? 1 : 0)));
  expect(MOST_CLASSES, "as many as can be asked for").toBe(
    JSON.parse(readFileSync(new URL("../../www/generated/settings.json", import.meta.url), "utf8"))
      .fields.find(({ key }: { key: string }) => key === "digit")
      .options.filter(({ value }: { value: string }) => /^\d$/.test(value)).length,
  );
});
