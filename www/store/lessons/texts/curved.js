/** @type {import("../types").Lesson} */
export const curved = {
  name: "curved",
  title: "Curved steps: learning the turn",
  minutes: 20,
  goal: "Whether a learned turn helps depends on what it is compared with: its controls decide.",
  text: [
    "The turn is the derivative of the arrow along its own path, c = dε̂/d ln σ. A network can learn it with a second, small output (after GENIE: Dockhorn et al. 2022). A curved step then knows from the start how its path will bend.",
    "Three lanes take the same corrected steps, and differ in the slope alone: from the last two arrows (the control “history”), or learned. A third control takes no slope at all, and still corrects each step on arrival.",
  ],
  rounds: [
    {
      question: "Three evaluations on a spiral. Which is better: a slope from history, or a learned one?",
      choices: ["From history", "Learned", "They are level"],
      answer: 1,
      runs: [
        {
          label: "History against learned",
          lanes: ["History", "Learned"],
          settings:
            "data=spiral&steps=3&lanes=curved_gaussian_pc;slope=history:network,curved_gaussian_pc:network&paths=1",
        },
      ],
      reveal: [
        "The first of three steps has no history: it must go straight, and the error that it makes is never seen again. A learned turn has its slope from the first step on.",
        "It is not free. Its evaluations also compute the second output, so that three of them cost as much as about four.",
      ],
      claims: [
        {
          says: "History has more than 1.3 times the error of the learned turn.",
          larger: [0, 0],
          smaller: [0, 1],
          times: 1.3,
        },
      ],
    },
    {
      question:
        "A stricter control: no slope at all, but each step corrected on arrival. How does it end beside the learned turn?",
      choices: ["Worse: it knows nothing of the turn", "Better on this set", "Level"],
      answer: 1,
      runs: [
        {
          label: "No slope against learned",
          lanes: ["No slope", "Learned"],
          settings:
            "data=spiral&steps=3&lanes=curved_gaussian_pc;slope=none:network,curved_gaussian_pc:network&paths=1",
        },
      ],
      reveal: [
        "At three steps the bends are so long that a derivative at one point says little of the whole step. Here the correction does most of the work, and a slope that is wrong over such a length even harms.",
        "So of “the learned turn wins”, only “against history” is left. Without this control one would have believed more than is so.",
      ],
      claims: [
        { says: "The learned turn has more error than no slope at all.", larger: [0, 1], smaller: [0, 0], times: 1.1 },
      ],
    },
    {
      question: "With eight evaluations on a swiss roll: history against learned?",
      choices: ["History is better", "The learned turn is better", "They are level"],
      answer: 2,
      runs: [
        {
          label: "Eight evaluations",
          lanes: ["History", "Learned"],
          settings: "data=swiss_roll&steps=8&lanes=curved_gaussian_pc;slope=history:network,curved_gaussian_pc:network",
        },
      ],
      reveal: [
        "With more steps history knows the turn as well, for nothing. Learning it no longer pays for its dearer evaluations.",
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
  ],
  further: [
    "Make the same comparison on the other sets of points. On how many does the learned turn win at three, tie, lose?",
    "The comparison counts evaluations. How does it come out if you count cost, which the playground shows below each lane?",
  ],
};
