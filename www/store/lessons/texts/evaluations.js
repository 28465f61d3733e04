/** @type {import("../types").Lesson} */
export const evaluations = {
  name: "evaluations",
  title: "Steps are not evaluations",
  minutes: 10,
  goal: "Samplers are compared by network evaluations, since a better step may cost two of them.",
  text: [
    "Heun’s method evaluates the network twice a step and is of second order. DPM-Solver++ (2M) is of second order too, but takes its second arrow from the step before. Both get the same number of evaluations, on exact arrows.",
  ],
  rounds: [
    {
      question: "Eight evaluations each: eight steps of 2M, four of Heun, eight of DDIM. Which is worst?",
      choices: ["DDIM, which is of first order", "Heun", "2M"],
      answer: 1,
      runs: [{ label: "Eight evaluations", settings: "steps=8&lanes=dpmpp_2m:mixture,edm_heun:mixture,ddim:mixture" }],
      reveal: [
        "Order speaks of many small steps. Heun’s four steps here are too long for its second arrow to be of use, and it is even behind eight straight ones. 2M has second order at one evaluation a step.",
      ],
      claims: [
        { says: "Heun has more than twice the error of DDIM.", larger: [0, 1], smaller: [0, 2], times: 2 },
        { says: "2M is as good as fresh data.", fresh: [0, 0] },
      ],
    },
    {
      question: "And with sixteen evaluations each?",
      choices: ["Heun is still far behind", "Heun is as good as fresh data", "Nothing changes for any of them"],
      answer: 1,
      runs: [
        { label: "Sixteen evaluations", settings: "steps=16&lanes=dpmpp_2m:mixture,edm_heun:mixture,ddim:mixture" },
      ],
      reveal: [
        "With shorter steps second order pays: its miss falls with the square of the step, that of straight steps with the step itself. From eight to sixteen evaluations Heun goes from the worst of the three to as good as fresh data.",
      ],
      claims: [{ says: "Heun is as good as fresh data.", fresh: [0, 1] }],
    },
  ],
  further: ["Where do Heun’s curve and that of DDIM cross? Try 10, 12 and 14 evaluations."],
};
