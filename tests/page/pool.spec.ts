import { expect, test } from "@playwright/test";
import { Pool } from "../../www/engine/worker/pool.js";

/** A worker that answers each share by its numbers doubled, unless it is told to fail. */
class Hand {
  static hired: Hand[] = [];
  static faults: ("dies" | "hangs" | "refuses" | "lies")[] = [];
  onmessage: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;
  ended = false;
  sent = 0;

  constructor() {
    Hand.hired.push(this);
    setTimeout(() => this.onmessage?.({ data: { ready: true } }), 1);
  }

  postMessage({ id, share }: { id: number; share: Uint8Array<ArrayBuffer> }) {
    this.sent += 1;
    const fault = Hand.faults.shift();
    setTimeout(() => {
      if (this.ended || fault === "hangs") return;
      if (fault === "dies") this.onerror?.({ message: "out of memory" });
      else if (fault === "refuses") this.onmessage?.({ data: { id, error: "no memory" } });
      else {
        if (fault === "lies") this.onmessage?.({ data: { id: id - 1, answer: new Uint8Array([9]) } });
        this.onmessage?.({ data: { id, answer: share.map((value) => 2 * value) } });
      }
    }, 1);
  }

  terminate() {
    this.ended = true;
  }
}

function pool(count: number, ...faults: typeof Hand.faults) {
  Hand.hired = [];
  Hand.faults = faults;
  return new Pool(count, () => new Hand(), 50);
}

const share = (value: number) => new Uint8Array([value, value]);

test("every worker answers its own share, whichever is first", async () => {
  const three = pool(3, "lies");
  for (let step = 1; step < 4; step++) {
    for (const index of [0, 1, 2]) three.start(index, share(10 * index + step));
    for (const index of [2, 0, 1])
      expect([...(await three.finish(index))]).toEqual(Array(2).fill(20 * index + 2 * step));
  }
  expect(Hand.hired.length).toBe(3);
});

test("a share is on its way before the call that sends it returns: the sender computes its own next, and hears nothing meanwhile", async () => {
  const two = pool(2);
  for (let step = 1; step <= 3; step++) {
    for (const index of [0, 1]) two.start(index, share(step));
    expect(Hand.hired.map(({ sent }) => sent)).toEqual([step, step]);
    for (const index of [0, 1]) await two.finish(index);
  }
});

for (const fault of ["dies", "hangs", "refuses"] as const) {
  test(`a worker that ${fault} is replaced, and its share computed again`, async () => {
    const two = pool(2, fault);
    two.start(0, share(3));
    two.start(1, share(4));
    expect([...(await two.finish(0))]).toEqual([6, 6]);
    expect([...(await two.finish(1))]).toEqual([8, 8]);
    expect(Hand.hired.map((hand) => hand.ended)).toEqual([true, false, false]);
  });
}

test("workers start when they are needed, and say when they can begin", async () => {
  const two = pool(2);
  expect([Hand.hired.length, two.ready]).toEqual([0, 0]);
  two.start(1, share(1));
  await two.finish(1);
  // The first ones count, and the first has not been started.
  expect([Hand.hired.length, two.ready]).toEqual([1, 0]);
  two.prepare();
  expect([Hand.hired.length, two.ready]).toEqual([2, 0]);
  await expect.poll(() => two.ready).toBe(2);
  two.close();
  expect(two.ready).toBe(0);
  two.start(0, share(1));
  await expect(two.finish(0)).rejects.toThrow("dismissed");
  expect(Hand.hired.length).toBe(2);
});

test("a share whose answer nobody waits for holds up no other, and ends no worker", async () => {
  const one = pool(1);
  one.start(0, share(1));
  one.start(0, share(2));
  expect([...(await one.finish(0))]).toEqual([4, 4]);
  // Longer than any share may take.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(Hand.hired.map((hand) => hand.ended)).toEqual([false]);
});

test("where no worker can, it says why, and the pool goes on afterwards", async () => {
  const one = pool(1, "dies", "dies", "dies");
  one.start(0, share(1));
  await expect(one.finish(0)).rejects.toThrow("out of memory");
  one.start(0, share(5));
  expect([...(await one.finish(0))]).toEqual([10, 10]);
  one.close();
  expect(Hand.hired.every((hand) => hand.ended)).toBe(true);
});
