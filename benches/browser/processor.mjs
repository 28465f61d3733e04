// @ts-check
/**
 * Processor time of the browser's threads, where the system tells it (Linux). Unlike the clock's, it does not grow by what others do on the
 * same processors.
 */
import { readdirSync, readFileSync } from "node:fs";

/** @typedef {Map<string, number>} Threads milliseconds by the thread's number */

/** Every thread of the processes that this one started, and they. @returns {Threads} */
export function threads() {
  /** @type {Threads} */
  const found = new Map();
  if (process.platform !== "linux") return found;
  /** @type {Map<string, string[]>} */
  const children = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    // The parent comes after the name, which may have any characters in its brackets.
    const parent = read(`/proc/${pid}/stat`).split(") ").pop()?.split(" ")[1] ?? "";
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const left = [String(process.pid)];
  for (let pid = left.pop(); pid; pid = left.pop()) {
    const started = children.get(pid) ?? [];
    left.push(...started);
    for (const one of started)
      for (const thread of list(`/proc/${one}/task`))
        found.set(thread, Number(read(`/proc/${one}/task/${thread}/schedstat`).split(" ")[0]) / 1e6);
  }
  return found;
}

/** Milliseconds of the thread that was busiest in between: what the work takes where every thread has a processor. @param {Threads} before @param {Threads} after */
export function busiest(before, after) {
  return Math.max(0, ...[...after].map(([thread, time]) => time - (before.get(thread) ?? 0)));
}

/** A process may end while it is looked at. @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** @param {string} path */
function list(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
