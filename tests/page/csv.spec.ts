/** Points from the text of a CSV file. Runs without a page. */
import { expect, test } from "@playwright/test";
import { MOST, readPoints } from "../../www/store/data/csv.js";

const ring = Array.from({ length: 60 }, (_, i) => [Math.cos(i).toFixed(3), Math.sin(i).toFixed(3)]);
const rows = (separator: string) => ring.map((row) => row.join(separator));
const points = (text: string) => {
  const result = readPoints(text);
  return "points" in result ? result.points : result.error;
};
const expected = Float32Array.from(ring.flat().map(Number));

test("headers, separators, decimal commas, quotes, line ends and a byte-order mark are read", () => {
  const plain = rows(",");
  expect(points(plain.join("\n"))).toEqual(expected);
  expect(points(`\uFEFFx,y\r\n${plain.join("\r\n")}\r\n`)).toEqual(expected);
  expect(points(plain.join("\r"))).toEqual(expected);
  expect(points(rows("\t").join("\n"))).toEqual(expected);
  expect(points(`"x";"y"\n${rows(";").join("\n").replaceAll(".", ",")}`)).toEqual(expected);
  expect(points(ring.map(([x, y]) => `"${x}", ${y} ,"a note, with a comma"`).join("\n"))).toEqual(expected);
  expect(points(`\n\n x , y \n\n${plain.join("\n\n")}\n \n`)).toEqual(expected);
});

test("a cell may have line breaks and quotes", () => {
  const noted = ring.map((row) => `${row.join(",")},"two\nlines, ""quoted"""`);
  expect(points(`x,y,note\n${noted.join("\n")}`)).toEqual(expected);
});

test("bad rows are named by their numbers", () => {
  const text = ["x,y", ...rows(",")];
  text[4] = "1,two";
  text[7] = "7";
  text[9] = ",3";
  expect(points(text.join("\n"))).toBe(
    "Row 5: expected two numbers, found “two”. Row 8: expected two numbers, found one only. Row 10: expected two numbers, found an empty cell. Nothing was changed.",
  );
  for (const at of [20, 22, 24]) text[at] = "?,?";
  expect(points(text.join("\n"))).toMatch(
    /Row 21: expected two numbers, found “\?”, and 2 more such rows\. Nothing was changed\.$/,
  );
});

test("too few, too many, and points on a line", () => {
  expect(points(" \n\n")).toBe("The file is empty.");
  expect(points("1,2")).toBe("The file holds 1 point; at least 50 are needed. Nothing was changed.");
  expect(points(Array.from({ length: 60 }, (_, i) => `${i},4`).join("\n"))).toMatch(
    /^All points lie on one line along an axis/,
  );
  const many = readPoints(Array.from({ length: MOST + 5 }, (_, i) => `${i},${i % 7}`).join("\n"));
  expect(many).toMatchObject({ note: "The first 20,000 points were taken, 5 were left out." });
  expect("points" in many && many.points.length).toBe(2 * MOST);
});
