/** @type {import("../types").Lesson} */
export const modes = {
  name: "modes",
  title: "Why begin with noise at all",
  minutes: 10,
  goal: "Walking uphill in the density finds a mode, but not how much of the data belongs to it; coming from noise does.",
  text: [
    "Two far modes: one holds 80 % of the data, the other 20 %. Langevin’s walk follows the score, the gradient of the log density, with a little noise in each step. Diffusion samplers come from much noise.",
  ],
  rounds: [
    {
      question: "Langevin begins with points spread over both modes. Which share does it find in the larger one?",
      choices: ["80 %, the true share", "About half, by where its points began", "All of them"],
      answer: 1,
      runs: [{ label: "Langevin and diffusion", study: { study: "langevin" } }],
      reveal: [
        "Between far modes the score points to the nearest one and says nothing of the weights: they are a factor that its derivative does not see. A point that would have to change sides crosses a valley that it practically never crosses.",
        "With much noise the modes are one, and the weights are seen. As σ falls, each point decides where it goes while it still can.",
      ],
      claims: [
        { says: "Langevin misses the true share.", found: "these miss the true share.*Langevin", run: 0 },
        { says: "DDIM agrees with it.", found: "these agree with the true share.*DDIM", run: 0 },
      ],
    },
  ],
  further: ["How near must the modes be for Langevin to get there? Change their distance in the study’s settings."],
};
