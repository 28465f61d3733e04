/** @type {import("../types").Lesson} */
export const guidance = {
  name: "guidance",
  title: "Guidance: clearer is not closer",
  minutes: 15,
  goal: "Guidance makes typical samples at the price of variety, and asks for two evaluations a step.",
  text: [
    "A network that knows arrows for each digit and for digits in general can go beyond its class: guidance w takes ε̂ = ε̂_any + w (ε̂_class − ε̂_any) (Ho and Salimans 2022). At w = 1 that is the class as it is.",
  ],
  rounds: [
    {
      question:
        "Guidance 1 and guidance 6, with the same number of evaluations. Which is closer to the distribution of real digits?",
      choices: ["1", "6: its digits are clearer", "They are level"],
      answer: 0,
      runs: [
        { label: "Guidance 1", settings: "data=digits&steps=20&guidance=1&lanes=dpmpp_2m:network" },
        { label: "Guidance 6", settings: "data=digits&steps=20&guidance=6&lanes=dpmpp_2m:network" },
      ],
      reveal: [
        "With 6 each image is plainly its digit; but sevens look like one seven. Real ones vary, and a distance between distributions counts what is missing.",
        "It also costs: both arrows are computed, so 20 evaluations are ten steps. 36 images are few: that there is a difference is more than chance, how large it is stays uncertain.",
      ],
      claims: [
        {
          says: "Guidance 6 has clearly more error than guidance 1.",
          larger: [1, 0],
          smaller: [0, 0],
          times: 1,
        },
      ],
    },
  ],
  further: [
    "Find the guidance that you would use to show digits to someone, and the one that you would use to make training data. Why do they differ?",
  ],
};
