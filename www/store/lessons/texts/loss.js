/** @type {import("../types").Lesson} */
export const loss = {
  name: "loss",
  title: "A loss that can’t reach zero",
  minutes: 15,
  goal: "Most of a diffusion model’s loss is noise that nobody can predict; a flat loss curve does not mean that nothing is learned.",
  text: [
    "The network is asked for the noise that was added: the loss is the mean of |ε − ε̂|². But a noisy point could have come from many data points, so even the best answer, the mean of all possible noises, is off. That part is the floor.",
  ],
  rounds: [
    {
      question: "For the network that comes with the page: how much of its training loss is floor?",
      choices: ["Nearly nothing", "About half", "More than nine tenths"],
      answer: 2,
      runs: [{ label: "Measure loss and floor", study: { study: "loss", count: 500 } }],
      reveal: [
        "Eight Gaussians have an exact floor, so that it can be subtracted. What is left is the part that counts: how far the network’s arrows are from the ideal ones.",
        "That is why losses of two models say little unless data, noise levels and weights are the same.",
      ],
      claims: [
        {
          says: "More than 90 % of the loss is floor.",
          found: "9\\d(\\.\\d+)? % of the training loss is floor",
          run: 0,
        },
      ],
    },
  ],
  further: [
    "Train a network in the playground and watch its loss: from which step on is it flat? Are the samples final by then?",
  ],
};
