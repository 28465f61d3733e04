/**
 * Formulas as visitors type them: numbers, names, `+ - * / ^`, comparisons, functions. Parsed by hand into closures, so that nothing that is
 * typed is ever run as a program. Pure.
 */

/**
 * @typedef {(values: number[]) => number} Compiled of the variables' values, in their order
 * @typedef {{ code: "empty" | "character" | "name" | "arguments" | "syntax" | "long", at: number, message: string }} FormulaError `at`: the
 * character, from 0, at which it was found
 */

const LONGEST = 400;
/** Brackets within brackets, at most: deeper ones would end the stack. */
const DEEPEST = 60;

/** @type {Record<string, { count: number, run: (...values: number[]) => number }>} */
const FUNCTIONS = {
  sin: { count: 1, run: Math.sin },
  cos: { count: 1, run: Math.cos },
  tan: { count: 1, run: Math.tan },
  exp: { count: 1, run: Math.exp },
  log: { count: 1, run: Math.log },
  sqrt: { count: 1, run: Math.sqrt },
  abs: { count: 1, run: Math.abs },
  sign: { count: 1, run: Math.sign },
  floor: { count: 1, run: Math.floor },
  tanh: { count: 1, run: Math.tanh },
  atan2: { count: 2, run: Math.atan2 },
  min: { count: 2, run: Math.min },
  max: { count: 2, run: Math.max },
  mod: { count: 2, run: (a, b) => a - b * Math.floor(a / b) },
};
/** @type {Record<string, number>} */
const CONSTANTS = { pi: Math.PI, π: Math.PI, e: Math.E };

/** For the help beside the field. */
export const FUNCTION_NAMES = Object.keys(FUNCTIONS);

/** @type {Record<string, (a: number, b: number) => number>} */
const OPERATORS = {
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "^": (a, b) => a ** b,
};

/** What is wrong, inside the parser only. */
class Wrong extends Error {
  /** @param {FormulaError["code"]} code @param {number} at @param {string} message */
  constructor(code, at, message) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/** @typedef {{ kind: "number" | "name" | "sign" | "end", text: string, at: number }} Token */

/** @param {string} text @returns {Token[]} */
function tokens(text) {
  const pattern = /\s+|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|([-+*/^(),<>])/uy;
  /** @type {Token[]} */
  const all = [];
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found) throw new Wrong("character", at, `“${[...text.slice(at)][0]}” means nothing in a formula`);
    const [, number, name, sign] = found;
    if (number !== undefined) all.push({ kind: "number", text: number, at });
    else if (name !== undefined) all.push({ kind: "name", text: name, at });
    else if (sign !== undefined) all.push({ kind: "sign", text: sign, at });
  }
  all.push({ kind: "end", text: "", at: text.length });
  return all;
}

class Parser {
  /** @param {string} text @param {string[]} variables */
  constructor(text, variables) {
    this.all = tokens(text);
    this.variables = variables;
    this.next = 0;
    this.depth = 0;
  }

  get token() {
    return this.all[this.next];
  }

  /** Whether a sign comes next; it is then passed. @param {...string} signs @returns {string | null} */
  passed(...signs) {
    const { kind, text } = this.token;
    if (kind !== "sign" || !signs.includes(text)) return null;
    this.next++;
    return text;
  }

  /** @param {string} wanted @returns {never} */
  expected(wanted) {
    const { text, at, kind } = this.token;
    throw new Wrong("syntax", at, `expected ${wanted}, found ${kind === "end" ? "the end" : `“${text}”`}`);
  }

  /** Operators of one rank, from the left. @param {string[]} signs @param {() => Compiled} part @returns {Compiled} */
  chain(signs, part) {
    let left = part();
    for (let sign = this.passed(...signs); sign; sign = this.passed(...signs)) {
      const [a, b, run] = [left, part(), OPERATORS[sign]];
      left = (values) => run(a(values), b(values));
    }
    return left;
  }

  /** @returns {Compiled} */
  comparison() {
    if (++this.depth > DEEPEST) throw new Wrong("long", this.token.at, "there are too many brackets within brackets");
    const found = this.chain(["<", ">"], () => this.chain(["+", "-"], () => this.product()));
    this.depth--;
    return found;
  }

  /** A number right before a name or a bracket is multiplied with it: `2 pi`. @returns {Compiled} */
  product() {
    let left = this.signed();
    for (;;) {
      const sign = this.passed("*", "/");
      const { kind, text } = this.token;
      const close = this.all[this.next - 1].kind === "number" && (kind === "name" || text === "(");
      if (!sign && !close) return left;
      const [a, b, run] = [left, sign ? this.signed() : this.power(), OPERATORS[sign ?? "*"]];
      left = (values) => run(a(values), b(values));
    }
  }

  /** @returns {Compiled} */
  signed() {
    const sign = this.passed("-", "+");
    if (!sign) return this.power();
    if (++this.depth > DEEPEST) throw new Wrong("long", this.token.at, "there are too many signs in a row");
    const part = this.signed();
    this.depth--;
    return sign === "-" ? (values) => -part(values) : part;
  }

  /** Binds more closely than a sign before it, and from the right. @returns {Compiled} */
  power() {
    const base = this.value();
    if (!this.passed("^")) return base;
    const exponent = this.signed();
    return (values) => base(values) ** exponent(values);
  }

  /** @returns {Compiled} */
  value() {
    const { kind, text, at } = this.token;
    if (kind === "number") {
      this.next++;
      const number = Number(text);
      return () => number;
    }
    if (kind === "name") {
      this.next++;
      return this.named(text, at);
    }
    if (!this.passed("(")) return this.expected("a number, a name or “(”");
    const inside = this.comparison();
    if (!this.passed(")")) this.expected("“)”");
    return inside;
  }

  /** @param {string} name @param {number} at @returns {Compiled} */
  named(name, at) {
    const index = this.variables.indexOf(name);
    if (index >= 0) return (values) => values[index];
    if (Object.hasOwn(CONSTANTS, name)) return () => CONSTANTS[name];
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = [...this.variables, "pi", "e"].join(", ");
      throw new Wrong(
        "name",
        at,
        `“${name}” is unknown; there are ${known} and the functions ${FUNCTION_NAMES.join(", ")}`,
      );
    }
    const { count, run } = FUNCTIONS[name];
    if (!this.passed("(")) this.expected(`“(” after ${name}`);
    const parts = [this.comparison()];
    while (this.passed(",")) parts.push(this.comparison());
    if (!this.passed(")")) this.expected("“)”");
    if (parts.length !== count)
      throw new Wrong(
        "arguments",
        at,
        `${name} takes ${count === 1 ? "one number" : `${count} numbers`}, not ${parts.length}`,
      );
    const [a, b] = parts;
    return b ? (values) => run(a(values), b(values)) : (values) => run(a(values));
  }
}

/**
 * One formula, or more of them with commas between.
 * @param {string} text @param {string[]} variables @returns {{ runs: Compiled[], error?: undefined } | { error: FormulaError, runs?: undefined }}
 */
export function parseFormulas(text, variables) {
  try {
    if (!text.trim()) throw new Wrong("empty", 0, "there is no formula");
    if (text.length > LONGEST) throw new Wrong("long", LONGEST, `it has more than ${LONGEST} characters`);
    const parser = new Parser(text, variables);
    const runs = [parser.comparison()];
    while (parser.passed(",")) runs.push(parser.comparison());
    if (parser.token.kind !== "end") parser.expected("an operator or the end");
    return { runs };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const { code, at, message } = error;
    return { error: { code, at, message } };
  }
}

/** @param {string} text @param {string[]} variables @returns {{ run: Compiled, error?: undefined } | { error: FormulaError, run?: undefined }} */
export function parseFormula(text, variables) {
  const { runs, error } = parseFormulas(text, variables);
  if (error) return { error };
  const message = `there are ${runs.length} formulas where one is wanted`;
  return runs.length === 1 ? { run: runs[0] } : { error: { code: "syntax", at: text.indexOf(","), message } };
}
