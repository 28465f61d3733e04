/** What leaves the stage as files, and comes back from them; and the programs that load its weights elsewhere. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { violations } from "./axe";
import { answers, sampled } from "./engine";
import { expect, test } from "./site";

const open = (page: Page) => page.getByText("Save or open files").click();

async function saved(page: Page, name: string | RegExp) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

const opening = (page: Page, name: string, bytes: Buffer) =>
  page.getByLabel("Open a saved file").setInputFiles({ name, mimeType: "", buffer: bytes });

/** Pictures in a GIF: each has a control block of its own. */
const pictures = (gif: Buffer) => gif.toString("latin1").split("\x21\xf9\x04").length - 1;

test("the stage leaves as a picture and as an animation, which shows its progress and can be cancelled", async ({
  page,
}) => {
  await sampled(page, () => page.goto("./#points=300&steps=3&paths=1"));
  await open(page);
  expect(await violations(page)).toEqual([]);
  const png = await saved(page, "Picture (PNG)");
  expect(png.name).toBe("fewsteps-eight_gaussians-3.png");
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(png.bytes.readUInt32BE(16), "two lanes side by side").toBeGreaterThan(900);
  expect(png.bytes.length).toBeGreaterThan(20_000);

  const time = page.getByLabel("Time from noise to data");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await time.fill("1.5");
  const gif = await saved(page, "Animation (GIF)");
  expect(gif.bytes.subarray(0, 6).toString()).toBe("GIF89a");
  expect(pictures(gif.bytes)).toBe(48);
  await expect(time, "the stage is back where it was").toHaveValue("1.5");
  await page.getByRole("button", { name: "Animation (GIF)" }).click();
  await expect(page.getByText(/Making the animation, \d+ %/)).toBeVisible();
  await page.getByRole("button", { name: "Cancel the animation" }).click();
  await expect(page.getByRole("button", { name: "Animation (GIF)" })).toBeVisible();
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

/** Whether Chromium was built with an encoder, which decides what a video is. */
const encoder = (page: Page) =>
  page.evaluate(async () => {
    const config = { codec: "vp09.00.10.08", width: 640, height: 480 };
    return "VideoEncoder" in window && (await VideoEncoder.isConfigSupported(config)).supported === true;
  });

test("the stage leaves as a video that plays, with progress and cancel", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  expect(await encoder(page), "a Chromium without encoders tests nothing here").toBe(true);
  await open(page);
  const time = page.getByLabel("Time from noise to data");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await time.fill("1.5");
  const video = await saved(page, "Video (MP4 or WebM)");
  expect(video.name).toMatch(/^fewsteps-eight_gaussians-3\.(mp4|webm)$/);
  await expect(time, "the stage is back where it was").toHaveValue("1.5");
  const type = video.name.endsWith(".mp4") ? "video/mp4" : "video/webm";
  const found = await page.evaluate(
    async ({ bytes, type }) => {
      const element = document.createElement("video");
      element.muted = true;
      const happens = (name: string) =>
        new Promise((resolve, reject) => {
          element.addEventListener(name, resolve, { once: true });
          element.addEventListener("error", () => reject(element.error?.message), { once: true });
        });
      element.src = URL.createObjectURL(
        new Blob([Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0))], { type }),
      );
      await happens("loadeddata");
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [element.videoWidth, element.videoHeight];
      const context = canvas.getContext("2d", { willReadFrequently: true })!;
      const at = async (seconds: number) => {
        const sought = happens("seeked");
        element.currentTime = seconds;
        await sought;
        context.drawImage(element, 0, 0);
        return context.getImageData(0, 0, canvas.width, canvas.height).data;
      };
      const [start, end] = [await at(0.1), await at(4)];
      const apart = start.reduce((sum, value, i) => sum + Math.abs(value - end[i]), 0) / start.length;
      await element.play();
      return {
        width: canvas.width,
        height: canvas.height,
        duration: element.duration,
        apart,
        playing: !element.paused,
      };
    },
    { bytes: video.bytes.toString("base64"), type },
  );
  expect(found.duration).toBeCloseTo(4.5, 1);
  expect(found.playing).toBe(true);
  expect(found.width, "two lanes side by side").toBeGreaterThan(900);
  expect(found.height).toBeGreaterThan(400);
  expect(found.apart, "noise and data look different").toBeGreaterThan(2);

  await page.getByRole("button", { name: "Video (MP4 or WebM)" }).click();
  await expect(page.getByText(/Making the video, \d+ %/)).toBeVisible();
  await page.getByRole("button", { name: "Cancel the video" }).click();
  await expect(page.getByRole("button", { name: "Video (MP4 or WebM)" })).toBeVisible();
  await expect(time).toHaveValue("1.5");
});

test("a browser without an encoder says so, and offers the GIF", async ({ page }) => {
  await page.addInitScript(() => {
    delete (window as any).VideoEncoder;
  });
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await open(page);
  await page.getByRole("button", { name: "Video (MP4 or WebM)" }).click();
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("This browser has no encoder for video. The GIF shows the same.");
  const gif = await saved(page, "Make the GIF");
  expect(pictures(gif.bytes)).toBe(48);
});

test("digits leave as a picture and an animation", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=digits"));
  await open(page);
  await expect(page.getByRole("button", { name: /CSV/ }).filter({ hasText: "Points" })).toHaveCount(0);
  expect((await saved(page, "Picture (PNG)")).bytes.length).toBeGreaterThan(20_000);
  expect(pictures((await saved(page, "Animation (GIF)")).bytes)).toBe(48);
});

test("points, records, weights and studies open again; anything else is refused in words", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=two_moons&points=300&steps=7&lanes=ddim:dataset,unipc:dataset&seed=4"));
  await open(page);
  const points = await saved(page, "Points of UniPC (CSV)");
  expect(points.name).toBe("fewsteps-two_moons-7-unipc.csv");
  expect(points.bytes.toString().split("\n").length).toBe(302);
  const { bytes: record } = await saved(page, "Record (JSON)");
  const { lanes, settings } = JSON.parse(record.toString());
  expect(settings.seed).toBe(4);
  expect(lanes.map(({ sampler }: any) => sampler)).toEqual(["ddim", "unipc"]);
  expect(lanes[1].errors.length).toBe(8);
  const weights = await saved(page, "Weights (safetensors)");

  await sampled(page, () => opening(page, "points.csv", points.bytes));
  await expect(page.getByRole("radio", { name: "points.csv" })).toBeChecked();
  await sampled(page, () => opening(page, "record.json", record));
  await expect(page.getByRole("radio", { name: "Two moons" })).toBeChecked();
  await expect(page).toHaveURL(/data=two_moons.*steps=7.*seed=4/);
  await sampled(page, () => opening(page, weights.name, weights.bytes));
  await expect(page.getByText(/fewsteps-two_moons.safetensors, trained for/)).toBeVisible();
  const notices = page.getByRole("region", { name: "Notices" });
  await opening(page, "odd.json", Buffer.from('{"kind":"rabbit"}'));
  await expect(notices).toContainText("odd.json: It is no file that this page saved. Nothing was changed.");
  const study = { study: "langevin", count: 300 };
  await opening(page, "study.json", Buffer.from(JSON.stringify(study)));
  await expect(page.getByRole("heading", { name: "Langevin, annealing, diffusion", level: 3 })).toBeInViewport();
});

type Tensors = Record<string, { shape: number[]; values: Float64Array }>;

function tensors(file: Buffer): { network: any; tensors: Tensors } {
  const length = Number(file.readBigUInt64LE(0));
  const { __metadata__, ...entries } = JSON.parse(file.subarray(8, 8 + length).toString());
  const read = ({ dtype, shape, data_offsets: [from, to] }: any) => {
    expect(dtype).toBe("F32");
    const bytes = file.subarray(8 + length + from, 8 + length + to);
    return { shape, values: Float64Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)) };
  };
  const velocity = Object.entries(entries).filter(([key]) => key.startsWith("Mlp."));
  return {
    network: JSON.parse(__metadata__.fewsteps).network,
    tensors: Object.fromEntries(velocity.map(([key, entry]) => [key, read(entry)])),
  };
}

/** The noise in one point, by the formula of the programs. */
function noise({ network, tensors: w }: ReturnType<typeof tensors>, x: number[], sigma: number) {
  const waves = (z: number[], frequencies: number[]) => {
    const turns = z.flatMap((one) => frequencies.map((frequency) => one * frequency));
    return [...turns.map(Math.sin), ...turns.map(Math.cos)];
  };
  const linear = (input: number[], name: string) => {
    const { shape, values } = w[`Mlp.${name}.weight`];
    return Array.from(
      { length: shape[1] },
      (_, j) =>
        w[`Mlp.${name}.bias`].values[j] + input.reduce((sum, one, i) => sum + one * values[i * shape[1] + j], 0),
    );
  };
  const half = network.level_features / 2;
  const levels = Array.from({ length: half }, (_, i) => 0.1 * 30 ** (i / (half - 1)));
  let h = [...x, ...waves(x, network.frequencies), ...waves([Math.log(sigma)], levels)];
  for (let i = 0; i < network.depth; i++) h = linear(h, `trunk.${i}`).map((one) => one / (1 + Math.exp(-one)));
  const raw = linear(h, "velocity");
  const signal = 1 / Math.sqrt(1 + sigma * sigma);
  expect(network.output).toBe("velocity");
  return x.map((one, i) => signal * (sigma * one + raw[i]));
}

test("the programs' formula is the network's, and they run where their libraries are", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=spiral&points=300&steps=6&field=1&lanes=ddim:network"));
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByLabel("Time from noise to data").fill("3");
  const requests = () => page.evaluate(() => window.overheard.sent.filter(({ type }) => type === "field").length);
  // One while it played, one where it stands.
  await expect.poll(requests).toBeGreaterThan(1);
  await page.waitForTimeout(500);
  await expect.poll(async () => (await answers(page, "field")).length).toBe(await requests());
  await open(page);
  const { bytes, name } = await saved(page, "Weights (safetensors)");
  const file = tensors(bytes);

  // The arrows that the engine drew: their columns, their level, their values.
  const asked = await page.evaluate(() => window.overheard.sent.findLast(({ type }) => type === "field") as any);
  const field: number[] = (await answers(page, "field")).at(-1);
  const { columns, rows, sigma } = asked;
  const alpha = 1 / (1 + sigma * sigma);
  let most = 0;
  for (let at = 0; at < columns * rows; at++) {
    const x = [-3 + (6 * ((at % columns) + 0.5)) / columns, 3 - (6 * (Math.floor(at / columns) + 0.5)) / rows];
    const found = noise(file, x, sigma);
    const arrow = x.map((one, i) => (1 - alpha) * one - Math.sqrt(1 - alpha) * found[i]);
    for (const [i, one] of arrow.entries()) most = Math.max(most, Math.abs(one - field[2 * at + i]));
  }
  expect(most).toBeLessThan(2e-5);

  await page.getByText("Load the weights in PyTorch, JAX or NumPy").click();
  expect(await violations(page)).toEqual([]);
  const program = page.getByRole("region", { name: "Program" });
  for (const [library, call] of [
    ["PyTorch", "torch.cat"],
    ["JAX", "jnp.concatenate"],
    ["NumPy", "np.concatenate"],
  ]) {
    await page.getByRole("radio", { name: library, exact: true }).check({ force: true });
    await expect(program).toContainText(call);
  }
  // Where Python has a library, its program runs, and finds the network's numbers.
  const python = process.env.PYTHON ?? "python3";
  const points = [
    [0.3, -0.4],
    [1.1, 0.2],
  ];
  const folder = mkdtempSync(join(tmpdir(), "fewsteps-"));
  writeFileSync(join(folder, name), bytes);
  for (const [library, module, tensor] of [
    ["PyTorch", "torch", "torch.tensor"],
    ["JAX", "jax", "jnp.asarray"],
    ["NumPy", "numpy", "np.asarray"],
  ]) {
    if (spawnSync(python, ["-c", `import ${module}, safetensors`]).status !== 0) continue;
    await page.getByRole("radio", { name: library, exact: true }).check({ force: true });
    const check = `\nprint(json.dumps(noise(${tensor}(${JSON.stringify(points)}), 0.7).tolist()))\n`;
    writeFileSync(join(folder, "program.py"), (await program.innerText()) + check);
    const { stdout, stderr, status } = spawnSync(python, ["program.py"], { cwd: folder, encoding: "utf8" });
    expect(status, `${library}: ${stderr}`).toBe(0);
    const found: number[][] = JSON.parse(stdout.trim().split("\n").at(-1)!);
    for (const [i, x] of points.entries())
      for (const [j, one] of noise(file, x, 0.7).entries()) expect(found[i][j], library).toBeCloseTo(one, 4);
  }
});
