/** @type {import("../types").Lesson} */
export const memory = {
  name: "memory",
  title: "Learning or memorising",
  minutes: 20,
  goal: "A network that saw few points gives them back; with many points the same network makes new ones.",
  text: [
    "The best denoiser for a finite set of points leads back to just these points: it memorises. That generated samples are new at all is due to the network, which has not learned its training points perfectly.",
    "The same network is trained twice for the same time, on 20 points and on 1,000. Then samples are compared with training points, and with fresh ones.",
  ],
  rounds: [
    {
      question: "With 20 training points, how many of the samples are copies of one?",
      choices: ["Hardly any", "About half", "Most of them"],
      answer: 2,
      runs: [{ label: "Twenty points", study: { study: "memorisation", known: 20, training: 3000, seeds: 1 } }],
      reveal: [
        "Most samples are copies. The losses tell it as well: on the training points the loss falls below the floor of what can be known of fresh ones, while on fresh points it rises.",
      ],
      claims: [
        { says: "More than half of the samples are copies.", found: "^(5[1-9]|[6-9]\\d|100) ± .* are copies", run: 0 },
      ],
    },
    {
      question: "And with 1,000 points, for the same network and time?",
      choices: ["As many", "No more than would be by chance", "None, not even by chance"],
      answer: 1,
      runs: [{ label: "A thousand points", study: { study: "memorisation", known: 1000, training: 3000, seeds: 1 } }],
      reveal: [
        "A thousand points are more than this network can hold, so it learns what they have in common. Both losses stay together. A few samples do lie as near to a training point as a copy would: so do fresh points, by chance.",
      ],
      claims: [
        { says: "Fewer than a fifth of the samples are so near to one.", found: "^1?\\d ± .* are copies", run: 0 },
      ],
    },
  ],
  further: [
    "Where, between 20 and 1,000 points, does copying end? Does a smaller network change it?",
    "An image generator trained on billions of pictures: which of them would you expect it to give back?",
  ],
};
