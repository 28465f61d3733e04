/** @type {import("../types").Lesson} */
export const chance = {
  name: "chance",
  title: "With dice or without",
  minutes: 15,
  goal: "Noise on the way is neither good nor bad by itself; which sampler is better depends on the errors that it has to mend.",
  text: [
    "DDPM adds fresh noise after each step; DDIM follows the same arrows without any. Both lead to the same distribution when steps are many.",
  ],
  rounds: [
    {
      question: "Ten evaluations on a checkerboard, with a trained network. Which is better?",
      choices: ["DDIM, without noise", "DDPM, with noise", "They are level"],
      answer: 0,
      runs: [
        { label: "Checkerboard, ten each", settings: "data=checkerboard&steps=10&lanes=ddim:network,ddpm:network" },
      ],
      reveal: [
        "Each step of DDPM replaces the noise that it takes out by new noise, in one size for all directions and places. Edges of the board call for finer ones; with ten steps they stay blurred.",
      ],
      claims: [
        { says: "DDPM has more than 1.5 times the error of DDIM.", larger: [0, 1], smaller: [0, 0], times: 1.5 },
      ],
    },
    {
      question: "Five evaluations on eight Gaussians, with exact arrows. Which is better now?",
      choices: ["DDIM again", "DDPM", "They are level"],
      answer: 1,
      runs: [{ label: "Eight Gaussians, five each", settings: "steps=5&lanes=ddim:mixture,ddpm:mixture" }],
      reveal: [
        "What a step of DDIM has missed stays. Noise on the way forgets part of it, and the next step starts from a place that is right on average. Data made of round spots suit noise that is round.",
        "One set of data is one experiment: “noise helps” and “noise harms” can both be shown.",
      ],
      claims: [
        { says: "DDIM has more than 1.2 times the error of DDPM.", larger: [0, 0], smaller: [0, 1], times: 1.2 },
      ],
    },
    {
      question:
        "UniPC curves its steps by history and draws no noise. Five evaluations on the same Gaussians, against DDPM?",
      choices: ["DDPM still wins", "UniPC wins, by a factor of three or more", "They are level"],
      answer: 1,
      runs: [{ label: "UniPC and DDPM", settings: "steps=5&lanes=unipc:mixture,ddpm:mixture" }],
      reveal: [
        "Not making the error is better than washing it out. The question was never noise or none, but how good a step is.",
      ],
      claims: [
        { says: "DDPM has more than three times the error of UniPC.", larger: [0, 1], smaller: [0, 0], times: 3 },
      ],
    },
  ],
  further: [
    "DDIM’s parameter η goes from 0 (none) to 1 (DDPM’s noise). Is there a best value in between, for ten steps on the checkerboard?",
  ],
};
