/** @type {import("../types").Lesson} */
export const budget = {
  name: "budget",
  title: "An error budget",
  minutes: 20,
  goal: "A sampler’s error is made of parts, and only the largest is worth working on.",
  text: [
    "Samples are wrong for four reasons: they begin with a Gaussian in place of noisy data (initialisation), take a few long steps (discretisation), follow a network in place of the exact arrows (score), and stop at a little noise (early stopping).",
  ],
  rounds: [
    {
      question:
        "Four straight steps on eight Gaussians: one lane follows the trained network, the other the exact arrows. How do they compare?",
      choices: [
        "The exact arrows are far better",
        "They are level: the steps are what is wrong",
        "The network is better",
      ],
      answer: 1,
      runs: [
        {
          label: "Network and formula, four steps",
          lanes: ["Network", "Exact arrows"],
          settings: "steps=4&lanes=ddim:network,ddim:mixture",
        },
      ],
      reveal: [
        "With four straight steps nearly all of the error is discretisation. A better network would change nothing that one could see.",
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
    {
      question:
        "Now on a line, with sixteen steps from σ = 1 and a network trained for a short time. Which part is the largest?",
      choices: ["Initialisation", "Discretisation", "Score, which is the network"],
      answer: 2,
      runs: [{ label: "Measure the parts", study: { study: "budget", training: 600, seeds: 1 } }],
      reveal: [
        "On a line each part can be measured alone, by putting the exact thing in place of all others. With sixteen steps the network is the weakest part: train longer before taking more steps.",
        "The parts do not quite add up to the whole, for errors can cancel.",
      ],
      claims: [{ says: "The largest part is the score.", found: "^The largest part is score", run: 0 }],
    },
  ],
  further: [
    "In the study’s settings, begin with more noise (σ = 40). What happens to initialisation, and what to discretisation?",
  ],
};
