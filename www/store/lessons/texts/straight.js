/** @type {import("../types").Lesson} */
export const straight = {
  name: "straight",
  title: "Straight steps: what halving them costs",
  minutes: 10,
  goal: "The error of a straight step is of first order: half the steps, twice as far off, and four times the squared error.",
  text: [
    "Here the arrows are exact: for eight Gaussians there is a formula for ε̂, so no network adds errors of its own. What is left is the error of the steps alone.",
    "DDIM goes straight ahead by the arrow at the start of each step. The page’s error is a squared distance between samples and data: 0 % is as good as fresh data, 100 % is pure noise.",
  ],
  rounds: [
    {
      question: "The number of steps doubles from 4 to 8, and again to 16. What does the error do each time?",
      choices: ["It stays the same", "It is about halved", "It is about a quarter"],
      answer: 2,
      runs: [
        { label: "4 steps", settings: "steps=4&lanes=ddim:mixture" },
        { label: "8 steps", settings: "steps=8&lanes=ddim:mixture" },
        { label: "16 steps", settings: "steps=16&lanes=ddim:mixture" },
      ],
      reveal: [
        "Between two evaluations the true path bends. A straight step of length h misses its end by something like h²; as there are 1/h steps, the points end about h off. That is first order: half the step, half the miss.",
        "The error shown is a squared distance, so half the miss is a quarter of the error.",
      ],
      claims: [
        {
          says: "From 4 to 8 steps the error falls by more than a factor of three.",
          larger: [0, 0],
          smaller: [1, 0],
          times: 3,
        },
        { says: "From 8 to 16 steps as well.", larger: [1, 0], smaller: [2, 0], times: 3 },
      ],
    },
  ],
  further: [
    "Open the laboratory’s study “Quality against steps”: which slope has DDIM there, and which have the others?",
    "A sampler of second order makes a miss of h². By what does its error here fall when steps double?",
  ],
};
