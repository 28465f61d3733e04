/** @type {import("../types").Lesson} */
export const noise = {
  name: "noise",
  title: "From noise to data",
  minutes: 5,
  goal: "What a diffusion model is: arrows that lead from noise to data, and what one straight step along them makes.",
  text: [
    "Add noise to data and you get y = x₀ + σ ε, where σ is the noise level. A diffusion model looks at y and estimates the noise in it, ε̂(y, σ). That is an arrow: as σ falls, a point moves along dy/dσ = ε̂, and arrives at data.",
    "The network was trained on the picture of a cat. A sampler begins with noise and follows the arrows in a few straight steps.",
  ],
  rounds: [
    {
      question: "Only one straight step is made, from pure noise to no noise. Where do the points end?",
      choices: [
        "All over the cat, a little blurred",
        "All near one place, the middle of the cat",
        "As scattered as they began",
      ],
      answer: 1,
      runs: [
        { label: "One step", settings: "data=cat&steps=1&lanes=ddim:network" },
        { label: "Five steps", settings: "data=cat&steps=5&lanes=ddim:network" },
        { label: "Fifty steps", settings: "data=cat&steps=50&lanes=ddim:network" },
      ],
      reveal: [
        "A straight step to σ = 0 ends at y − σ ε̂, which is the mean of all data that y could have come from. From pure noise it could have been any of them, so all points end near the mean of the cat.",
        "Then each short step sees a little more of where the point belongs. Five steps show the outline; with fifty, samples can’t be told from the data.",
      ],
      claims: [
        { says: "One step ends more than half as far from the data as noise, or farther.", noise: [0, 0] },
        { says: "Five steps have at least ten times the error of fifty.", larger: [1, 0], smaller: [2, 0], times: 10 },
        { says: "Fifty steps are as good as fresh data.", fresh: [2, 0] },
      ],
    },
  ],
  further: [
    "Follow one point (Follow a point, below the picture). At which noise level is it decided to which part of the cat it goes?",
  ],
};
