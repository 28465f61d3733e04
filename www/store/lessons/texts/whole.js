/** @type {import("../types").Lesson} */
export const whole = {
  name: "whole",
  title: "Whole steps: learning where the path ends",
  minutes: 15,
  goal: "A flow map makes data of noise in one evaluation, because it has learned the integral and not the slope.",
  text: [
    "Instead of better guesses at a curve, a network can learn where the path ends. A flow map is told two noise levels, and learns from the paths of the first network where each part of them leads (Boffi et al. 2024).",
    "Both lanes begin with the same noise and evaluate their network once.",
  ],
  rounds: [
    {
      question: "One evaluation. How does the flow map end?",
      choices: ["In the middle of the cat, like the straight step", "As a cat, close to fresh data", "As noise"],
      answer: 1,
      runs: [
        {
          label: "Straight and whole, one evaluation",
          settings: "data=cat&steps=1&lanes=ddim:network,flow_map:network@log_linear;sigma_max=10;sigma_min=0.02",
        },
      ],
      reveal: [
        "The straight step ends at the mean of what could have been. The flow map has learned the mean velocity over the whole path, which is just what leads each point to its own end.",
        "It is no miracle: the work was done in training, on whole paths of the first network, which it can’t surpass.",
      ],
      claims: [
        { says: "The straight step is as far off as noise.", noise: [0, 0] },
        {
          says: "It has more than twenty times the error of the whole step.",
          larger: [0, 0],
          smaller: [0, 1],
          times: 20,
        },
      ],
    },
    {
      question: "Eight evaluations each, against the control of before, UniPC on the first network?",
      choices: ["The flow map still wins clearly", "They are level", "UniPC wins clearly"],
      answer: 1,
      runs: [
        {
          label: "UniPC and whole, eight evaluations",
          settings: "data=cat&steps=8&lanes=unipc:network,flow_map:network@log_linear;sigma_max=10;sigma_min=0.02",
        },
      ],
      reveal: [
        "From about six evaluations on, a good sampler on the first network is as close, and needs no second training. Whole steps are for one to four.",
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
  further: ["At how many evaluations does UniPC catch up with one whole step? Try 2, 3, 4, 5."],
};
