/** @type {import("../types").Lesson} */
export const training = {
  name: "training",
  title: "Train one yourself",
  minutes: 40,
  goal: "What a network learns first and last, and that more steps of a sampler do not mend too little training.",
  text: [
    "A fresh network of 64 units a layer learns two moons in this browser. In each training step it sees a batch of points with noise of random size, and is corrected towards the noise that was added.",
  ],
  rounds: [
    {
      question: "After 100 training steps, what do its samples look like?",
      choices: ["Noise", "Near the moons, but blurred", "Two clean moons"],
      answer: 1,
      runs: [
        {
          label: "100 training steps",
          settings: "data=two_moons&objective=simple&width=64&batch=128&ema=0.98&steps=40&lanes=ddim:network",
          train: 100,
        },
        {
          label: "1,500 training steps",
          settings: "data=two_moons&objective=simple&width=64&batch=128&ema=0.98&steps=40&lanes=ddim:network",
          train: 1500,
        },
      ],
      reveal: [
        "Coarse things come first: where the data is, how large it is. At much noise that is all there is to know, and it is easy. Thin lines are a matter of little noise, and take longest.",
      ],
      claims: [
        {
          says: "After 100 steps the error is more than twice that after 1,500.",
          larger: [0, 0],
          smaller: [1, 0],
          times: 2,
        },
      ],
    },
    {
      question:
        "The network of 100 training steps once more, but sampled with 200 straight steps in place of 40. Is that better?",
      choices: ["Much better", "About the same", "Much worse"],
      answer: 1,
      runs: [
        {
          label: "40 sampling steps",
          settings: "data=two_moons&objective=simple&width=64&batch=128&ema=0.98&steps=40&lanes=ddim:network",
          train: 100,
        },
        {
          label: "200 sampling steps",
          settings: "data=two_moons&objective=simple&width=64&batch=128&ema=0.98&steps=200&lanes=ddim:network",
          train: 100,
        },
      ],
      reveal: [
        "More steps follow the arrows more closely; where the arrows are wrong, they lead to the wrong place more exactly.",
      ],
      claims: [
        {
          says: "The two can’t be told apart.",
          level: [
            [0, 0],
            [1, 0],
          ],
        },
      ],
    },
  ],
  further: [
    "Draw data of your own in the playground and train on it. How many training steps does it need?",
    "Train the same with “Accelerated” and with “Whole”. What is learned first, what last?",
  ],
};
