/** @type {import("../types").Lesson} */
export const digits = {
  name: "digits",
  title: "Handwritten digits in one evaluation",
  minutes: 10,
  goal: "What held for points in the plane holds for images of 784 numbers.",
  text: [
    "An image of 28 × 28 pixels is one point with 784 coordinates. The same samplers run, on a network that was trained on handwritten digits.",
  ],
  rounds: [
    {
      question: "One evaluation each: a straight step, and the flow map. What does the straight step show?",
      choices: ["Digits, a little blurred", "A mean of all digits, nearly the same everywhere", "Noise"],
      answer: 1,
      runs: [
        {
          label: "Straight and whole, one evaluation",
          settings:
            "data=digits&guidance=1&steps=1&lanes=ddim:network,flow_map:network@log_linear;sigma_max=80;sigma_min=0.02",
        },
      ],
      reveal: ["Again the mean of what could have been: of all images of a class. The flow map ends at one of them."],
      claims: [
        { says: "The straight step is as far off as noise.", noise: [0, 0] },
        { says: "It has more than ten times the error of the whole step.", larger: [0, 0], smaller: [0, 1], times: 10 },
      ],
    },
  ],
  further: ["How many straight steps make digits that you would accept? How many do UniPC or DPM-Solver++ need?"],
};
