/** A lesson: predict, run, reveal. Its words and its runs are data; www/store/lessons/texts has one file each. */
export interface Lesson {
  /** In addresses. */
  name: string;
  title: string;
  /** For a class, questions at the end left out. */
  minutes: number;
  /** What a student can say afterwards, in a sentence. */
  goal: string;
  /** Paragraphs before the first question. */
  text: string[];
  rounds: Round[];
  /** Questions to go on with, which have no answer here. */
  further: string[];
}

export interface Round {
  question: string;
  choices: string[];
  /** Which of them is right, counted from zero. */
  answer: number;
  runs: Run[];
  /** Why, in paragraphs. */
  reveal: string[];
  /** What the answer rests on: checked on the page after each run, and by the tests. */
  claims: Claim[];
}

export interface Run {
  label: string;
  /** Settings as in the address bar; what is missing has its default. */
  settings?: string;
  /** Names of its lanes, where those that the page gives don't tell them apart. */
  lanes?: string[];
  /** Training steps from scratch, before the picture counts. */
  train?: number;
  /** A study in place of the stage, as its description. */
  study?: { study: string; [parameter: string]: unknown };
}

/** A lane of a run, both counted from zero. */
export type Place = [run: number, lane: number];

export type Claim = {
  says: string;
} /** By more than so many times, and by more than two standard errors of the difference. */ & (
  | { larger: Place; smaller: Place; times: number }
  /** Two errors that can't be told apart: within two standard errors of their difference, or two percent of noise. */
  | { level: [Place, Place] }
  /** As good as fresh data, to three percent of noise. */
  | { fresh: Place }
  /** More than half of pure noise. */
  | { noise: Place }
  /** A regular expression that a finding of the study in this run matches. */
  | { found: string; run: number }
);

/** A lane as it ended. */
export interface Ended {
  name: string;
  evaluations: number;
  /** 0 as fresh data, 1 as pure noise, and its standard error. */
  error: number;
  uncertainty: number;
}

/** What came of a run. */
export interface Outcome {
  lanes: Ended[];
  findings: string[];
}

/** What a question's runs gave, as the page writes it. */
export interface Measured {
  rows: { run: string; lane: string; evaluations: string; error: string }[];
  findings: string[];
}
