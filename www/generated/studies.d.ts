// Generated from the engine's types: FEWSTEPS_UPDATE=1 cargo test --release

import type { Parameter } from "./settings";

/** When a study needs the network and its data. */
export type Needs = "nothing" | "target" | "model" | "digits";

/** Parameters that reproduce something, or show it best. */
export type Preset = { 
/** Name for people. */
label: string, 
/** One sentence: what to look for. */
help: string, 
/** Parameters as JSON; what is missing has its default. */
values: string, };

/** What the table of studies says of one. */
export type StudyEntry = { 
/** Name in links, in JSON and in code. */
value: string, 
/** Name for people. */
label: string, 
/** The question it answers, in a sentence. */
question: string, 
/** What is measured and how to read it, in a paragraph or two (parted by a blank line). */
help: string, 
/** arXiv ids and sections. */
source: string, 
/** What it needs of the page. */
needs: Needs, 
/** What can be chosen. */
parameters: Array<Parameter>, 
/** Settings worth a button. */
presets: Array<Preset>, };

/** How a curve is drawn. */
export type Line = "measured" | "theory" | "other";

/** One column of a table. */
export type Column = { 
/** Name in files and in code. */
key: string, 
/** Name for people. */
label: string, 
/** Unit for people; empty for pure numbers. */
unit: string, 
/** What the numbers stand for, where they are indices into a list of names; empty for numbers. */
names: Array<string>, 
/** The column that holds this one's uncertainty: one standard error, or a bound where the table's caption says so. */
error: string | null, 
/** How curves of this column are drawn. */
line: Line, };

/** A table of results. */
export type Table = { 
/** Name in files and in code. */
key: string, 
/** What it holds, as a sentence. */
caption: string, 
/** Its columns. */
columns: Array<Column>, 
/** How many of the first columns tell rows apart: a row that agrees with an earlier one in them takes its place, as numbers get
 * better. Zero: every row is new. */
keys: number, };

/** A picture of a table, or of two. Columns and tables are named by their keys. */
export type View = { "kind": "lines", 
/** Words over the picture. */
title: string, 
/** The table. */
table: string, 
/** Column of the abscissa. */
x: string, 
/** Columns of the ordinate. */
y: Array<string>, 
/** Column of names that parts the rows into curves. */
by: string | null, 
/** Whether factors matter rather than differences, along both axes. */
log: [boolean, boolean], 
/** A table with a row for each name in `by`: `by`, `slope`, `slope_error`, `theory` (not a number where there is none). */
slopes: string | null, } | { "kind": "heat", 
/** Words over the picture. */
title: string, 
/** The table. */
table: string, 
/** Column of the abscissa. */
x: string, 
/** Column of the ordinate. */
y: string, 
/** Columns of the brightness, one picture each. */
values: Array<string>, 
/** A table of curves over the pictures, in the same `x` and `y`: columns `picture` (names, in the order of `values`),
 * `path` (a number), and those of the axes. */
paths: string | null, } | { "kind": "bars", 
/** Words over the picture. */
title: string, 
/** The table. */
table: string, 
/** Column of names, one bar each. */
label: string, 
/** Column of lengths. */
value: string, 
/** Column of names by which bars are put on top of each other, if any: bars of one name form one stack. */
stack: string | null, } | { "kind": "dots", 
/** Words over the picture. */
title: string, 
/** The table. */
table: string, 
/** Column of the abscissa. */
x: string, 
/** Column of the ordinate. */
y: string, 
/** Column of names that parts the rows into colours. */
by: string | null, } | { "kind": "ranking", 
/** Words over the picture. */
title: string, 
/** The table. */
table: string, 
/** Columns of names whose combinations are the rows. */
rows: Array<string>, 
/** Column whose values are the columns. */
columns: string, 
/** Column of what is ranked. */
value: string, };

/** What a study will show. */
export type Outline = { 
/** Its tables, in the order in which [`super::Rows::table`] counts them. */
tables: Array<Table>, 
/** What draws them, in the order in which they are shown. */
views: Array<View>, };

/** Rows for one table. */
export type Rows = { 
/** The table, counted from zero in the outline's order. */
table: number, 
/** Row-major numbers, one for each column; an index where the column holds names, not a number where there is none. */
values: Array<number>, };

/** The results of a study since its last update. */
export type Update = { 
/** How much is done, from 0 to 1. */
progress: number, 
/** What it is doing, for people; empty when that has not changed. */
doing: string, 
/** New rows. */
rows: Array<Rows>, 
/** New sentences about what was found. */
findings: Array<string>, };
