/** @type {import("../types").Lesson} */
export const schedules = {
  name: "schedules",
  title: "Where to step: noise schedules",
  minutes: 10,
  goal: "The same sampler with the same number of steps differs by factors, by the noise levels alone.",
  text: [
    "A sampler stops at a few noise levels between much noise and none: its grid. In the log-linear grid each level is the same factor below the one before. A rectified flow walks evenly in the share of noise; the uniform grid of the Ornstein–Uhlenbeck process evenly in its own time.",
    "The arrows are exact (eight Gaussians), the sampler is DDIM in all lanes, and each has six steps.",
  ],
  rounds: [
    {
      question:
        "Lane 1: equal factors of σ, from 10. Lane 2: DDPM’s linear schedule. Lane 3: equal times of the Ornstein–Uhlenbeck process. Which order, from best to worst?",
      choices: ["1, 2, 3", "2, 1, 3", "3, 2, 1"],
      answer: 0,
      runs: [
        {
          label: "Three grids",
          lanes: ["Equal factors", "Linear", "Equal times"],
          settings: "steps=6&lanes=ddim:mixture@log_linear;sigma_max=10,ddim:mixture@linear,ddim:mixture@ou_uniform",
        },
      ],
      reveal: [
        "Paths bend where σ is of the size of what is being decided: first which Gaussian, then where in it. These sizes differ by factors, so equal factors put steps where the bends are.",
        "Equal times spend most steps where there is almost only noise, and paths are straight; the last step then jumps over all that matters.",
      ],
      claims: [
        {
          says: "The linear schedule has more than twice the error of equal factors.",
          larger: [0, 1],
          smaller: [0, 0],
          times: 2,
        },
        {
          says: "Equal times have more than twice the error of the linear schedule.",
          larger: [0, 2],
          smaller: [0, 1],
          times: 2,
        },
      ],
    },
    {
      question: "Equal factors from σ = 3, 10 and 80 down to the same end, six steps each. Where should they begin?",
      choices: ["At 80: it is closest to pure noise", "At 3: the steps are shortest", "It makes no difference"],
      answer: 1,
      runs: [
        {
          label: "Three starts",
          lanes: ["From 3", "From 10", "From 80"],
          settings:
            "steps=6&lanes=ddim:mixture@log_linear;sigma_max=3,ddim:mixture@log_linear;sigma_max=10,ddim:mixture@log_linear;sigma_max=80",
        },
      ],
      reveal: [
        "Starting lower leaves an error of its own, since data with noise of σ = 3 are not quite a Gaussian; but with six steps the shorter way is worth far more. With many steps it is the other way round: the study “Error budget” adds up both parts.",
      ],
      claims: [
        { says: "From 10 the error is larger than from 3.", larger: [0, 1], smaller: [0, 0], times: 1.3 },
        { says: "From 80 it is larger than from 10.", larger: [0, 2], smaller: [0, 1], times: 1.3 },
      ],
    },
  ],
  further: ["Does the best grid depend on the sampler? Try UniPC in all lanes."],
};
