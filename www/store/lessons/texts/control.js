/** @type {import("../types").Lesson} */
export const control = {
  name: "control",
  title: "A control: curves for nothing",
  minutes: 10,
  goal: "Before a new method is believed, compare it with the best that costs the same and needs no training.",
  text: [
    "A straight step forgets what it has seen. The last two arrows already say how the path turns: a sampler can curve its next step by them, and correct the last one with the arrow found on arrival. UniPC does both (Zhao et al. 2023).",
    "Both lanes use the same network, the same starting noise and five network evaluations. Nothing more is trained for either.",
  ],
  rounds: [
    {
      question:
        "Five evaluations each: by how much does the curve from history reduce the error of the straight steps?",
      choices: ["Hardly at all: the network is the same", "By about a half", "By a factor of five or more"],
      answer: 2,
      runs: [
        {
          label: "Straight and curved by history",
          settings: "data=cat&steps=5&lanes=ddim:network,unipc:network&paths=1",
        },
      ],
      reveal: [
        "The arrows were good; going straight ahead along them was the mistake. What was thrown away is worth an order of convergence, and costs no evaluation.",
        "This is the control for everything that learns more: to be worth its training, it has to beat this at the same number of evaluations. Beating straight steps alone shows nothing.",
      ],
      claims: [
        { says: "Straight steps have more than five times the error.", larger: [0, 0], smaller: [0, 1], times: 5 },
      ],
    },
    {
      question: "And with fifty evaluations each?",
      choices: [
        "The factor stays",
        "Both are as good as fresh data, so there is no difference to see",
        "Straight steps win",
      ],
      answer: 1,
      runs: [{ label: "Fifty each", settings: "data=cat&steps=50&lanes=ddim:network,unipc:network" }],
      reveal: [
        "Where both are as good as fresh data, the comparison can’t tell them apart. A tie is a tie: methods for few steps must be compared at few steps.",
      ],
      claims: [
        {
          says: "The two can’t be told apart.",
          level: [
            [0, 0],
            [0, 1],
          ],
        },
      ],
    },
  ],
  further: [
    "Find the number of evaluations at which the straight steps reach what the curve has at five. What would that save?",
  ],
};
