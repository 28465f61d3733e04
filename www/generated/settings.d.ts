// Generated from src/settings: FEWSTEPS_UPDATE=1 cargo test --release

export type Sampler = "ddim" | "curved_gaussian_pc" | "curved_gaussian" | "curved_pc" | "curved_denoised" | "taylor2_log" | "ddim_taylor2" | "curved_quadratic" | "curved_hermite" | "gradient_estimation" | "ge_adaptive" | "pndm_plms" | "deis" | "dpm_solver_2" | "dpm_solver_3" | "dpmpp_2m" | "unipc" | "edm_euler" | "edm_heun" | "edm_stochastic" | "ddpm" | "analytic_ddpm" | "analytic_ddim" | "li_plain" | "li_accel" | "li_tf_accel" | "li_repo_ode" | "li_stochastic_plain" | "li_stochastic_accel" | "reverse_sde_em" | "reverse_sde_ei" | "sde_heun" | "pf_ode_ei" | "ode_adaptive" | "langevin" | "annealed_langevin";
export type Source = "network" | "mixture" | "dataset";
export type GridName = "log_linear" | "edm" | "linear" | "cosine" | "vp_sde" | "ou_uniform" | "ou_quadratic" | "ou_geometric" | "li";
/** Parameters by key; what is missing has its default. */
export type Parameters = Record<string, number | string>;
export type Grid = { name: GridName } & Parameters;
export interface Lane { sampler: Sampler; source: Source; parameters?: Parameters; grid?: Grid | null; }

export interface Settings {
  /** What the model learns to make. */
  data: "eight_gaussians" | "two_moons" | "swiss_roll" | "spiral" | "checkerboard" | "circles" | "pinwheel" | "cat" | "digits" | "images" | "drawn" | "uploaded";
  /** Which of the handwritten digits the model learns. */
  digits: string;
  /** Samplers side by side, each on a denoiser of its own. */
  lanes: Lane[];
  /** Network evaluations from noise to data, the same for all lanes. */
  steps: number;
  /** How many points each lane moves. */
  points: number;
  /** Which noise levels the steps visit. */
  grid: Grid;
  /** Each row of digits goes from one noise to another, on the arc between them. Points are not moved by it. */
  morph: boolean;
  /** What a network that has learned classes is asked for. */
  digit: "each" | "any" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";
  /** How far beyond the class it goes (2207.12598): 0 forgets the class, 1 is the class as it is. All else asks the network twice a step, so that half the steps are left. */
  guidance: number;
  /** Which weights training begins with. */
  start: "scratch" | "shipped";
  /** Simple learns the velocity. Accelerated also learns how it turns, in a second head. */
  objective: "simple" | "accelerated";
  /** What the second head learns how the velocity turns from (after 2306.09251). */
  turn_target: "best" | "estimate" | "dimension" | "zero" | "normalised" | "raw" | "literal" | "central" | "one_sided" | "derivative";
  /** How the velocity is learned. */
  matching: "denoising" | "implicit";
  /** What the network’s raw output means; the velocity is read from it. */
  output: "velocity" | "noise" | "denoised" | "score";
  /** What the second head reads. */
  heads: "shared" | "separate";
  /** Which noise levels training visits, and how often. */
  noise: "log_normal" | "edm" | "log_uniform" | "linear" | "cosine";
  /** How much an error counts at each noise level; but for v, the mean over training’s levels is one. */
  weighting: "uniform" | "velocity" | "variational_bound" | "snr" | "min_snr" | "edm" | "sigma_power" | "bell" | "adaptive";
  /** Exponent of the power of σ, on the noise’s error: −2 is the score’s, 0 the noise’s, 2 the denoised point’s. */
  weighting_power: number;
  /** Adam’s step size. */
  learning_rate: number;
  /** Points in one training step. */
  batch: number;
  /** Units of each hidden layer of the network for points. */
  width: number;
  /** How much of the averaged weights is kept at each step; samples come from the average. */
  ema: number;
  /** Steps until training stops by itself. */
  budget: number;
  /** Same seed, same settings, same device: the same run. */
  seed: number;
  /** Draw the way some of the points have come. */
  paths: boolean;
  /** Draw where the path leads from each place, at the noise level shown. */
  field: boolean;
  /** Draw beside each digit the clean one that the model expects by then. */
  predicted: boolean;
}
