// Generated from the engine's types: FEWSTEPS_UPDATE=1 cargo test --release

export type Sampler = "ddim" | "curved_gaussian_pc" | "curved_gaussian" | "curved_pc" | "curved_denoised" | "taylor2_log" | "ddim_taylor2" | "curved_quadratic" | "curved_hermite" | "flow_map" | "flow_map_2m" | "gradient_estimation" | "ge_adaptive" | "pndm_plms" | "deis" | "dpm_solver_2" | "dpm_solver_3" | "dpm_solver_fast" | "dpmpp_2m" | "dpmpp_3m" | "sde_dpmpp_2m" | "sa_solver" | "unipc" | "edm_euler" | "edm_heun" | "edm_stochastic" | "restart" | "ddpm" | "analytic_ddpm" | "analytic_ddim" | "li_plain" | "li_accel" | "li_tf_accel" | "li_literal" | "li_repo_ode" | "li_stochastic_plain" | "li_stochastic_accel" | "li_stochastic_jacobian" | "reverse_sde_em" | "reverse_sde_ei" | "seeds_1" | "sde_heun" | "pf_ode_ei" | "ode_adaptive" | "langevin" | "annealed_langevin";

export type GridName = "log_linear" | "edm" | "permenter_yuan" | "digits" | "linear" | "cosine" | "vp_sde" | "rectified_flow" | "ou_uniform" | "ou_quadratic" | "ou_geometric" | "li";

export type DataName = "eight_gaussians" | "two_moons" | "swiss_roll" | "spiral" | "checkerboard" | "circles" | "pinwheel" | "cat" | "three_peaks" | "digits" | "images" | "drawn" | "uploaded";

export type Digit = "each" | "any" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9";

/** A parameter's value as it comes from outside. */
export type ParameterValue = number | string | Array<number> | Array<string> | Grid;

/** Parameters by key; what is missing has its default. */
export type Parameters = NonNullable<Lane["parameters"]>;

/** An entry of a table and its parameters, in one flat object: `{"name": "ddim", "eta": 0.5}`. */
export type Grid = { 
/** The entry's name. */
name: GridName, } & ({ [key in string]: number | string | Array<number> | Array<string> | Grid });

/** What computes a lane's velocity. */
export type Source = "network" | "mixture" | "dataset";

/** One lane of the stage. */
export type Lane = { 
/** Name of the sampler. */
sampler: Sampler, 
/** What it runs on. */
source: Source, 
/** The sampler's parameters; what is missing has its default. */
parameters?: { [key in string]: ParameterValue }, 
/** A step grid of its own, or the one of all lanes. */
grid?: Grid | null, };

/** Which weights a run begins with. */
export type Start = "scratch" | "shipped";

/** What training asks of the network. */
export type Objective = "simple" | "accelerated" | "whole";

/** What the turn head learns from. */
export type TurnTarget = "best" | "estimate" | "dimension" | "zero" | "normalised" | "raw" | "literal" | "central" | "one_sided" | "derivative";

/** How the noise is learned. */
export type Matching = "denoising" | "implicit";

/** The quantity that the velocity head's raw output `F` estimates. All describe the same function: `eh = a x + b F` with `a`
 * and `b` given by the level alone. They differ in what a fresh network says and in how an error of `F` grows with the level. */
export type Output = "velocity" | "noise" | "denoised" | "score";

/** What the turn head reads. */
export type Heads = "shared" | "separate";

/** The hidden layers of a network for points. */
export type Hidden = "deep" | "wide";

/** A distribution of training levels. */
export type NoiseLevels = "log_normal" | "edm" | "log_uniform" | "linear" | "cosine";

/** A factor on the squared error of the noise, by its level. */
export type Weighting = "uniform" | "velocity" | "variational_bound" | "snr" | "min_snr" | "edm" | "sigma_power" | "bell" | "adaptive" | "adaptive_bell";

/** All settings. [`Settings::check`] holds them against the table. In JSON they are one flat object: what is missing has its default,
 * and a key that is no setting is refused. */
export type Settings = { data: DataName, digits: string, lanes: Array<Lane>, steps: number, points: number, grid: Grid, morph: boolean, digit: Digit, guidance: number, guidance_lowest: number, guidance_highest: number, start: Start, output: Output, heads: Heads, hidden: Hidden, width: number, seed: number, paths: boolean, field: boolean, turns: boolean, density: boolean, mesh: boolean, predicted: boolean, forward: boolean, data_over: boolean, 
/** Which losses are summed. */
objective: Objective, 
/** The loss of the noise. */
matching: Matching, 
/** The target of the turn head. */
turn_target: TurnTarget, 
/** Weight of the squared errors at each level, of the noise and of the turn. */
weighting: Weighting, 
/** Exponent of [`Weighting::SigmaPower`]. */
weighting_power: number, 
/** Distribution of noise levels. */
noise: NoiseLevels, 
/** Adam's step size. */
learning_rate: number, 
/** Points a step. */
batch: number, 
/** Decay of the exponential moving average of the weights: the share of it that a step keeps. */
ema: number, 
/** Steps after which training is done. Where the turn head learns from the network itself, it starts after a quarter of them;
 * one that has learned already goes on at once. */
budget: number, 
/** Steps of a flow map after them, where the objective has one ([`Objective::Whole`]). */
map_steps: number, };

/** An entry of a list. */
export type Choice = { 
/** Name in links, in JSON and in code. */
value: string, 
/** Name for people. */
label: string, 
/** One sentence. */
help: string, };

/** A table that a list of names speaks of. */
export type Listed = "samplers" | "grids";

/** One parameter's declaration. */
export type Parameter = { 
/** Name in links, in JSON and in code. */
key: string, 
/** Name for people. */
label: string, 
/** One sentence. */
help: string, } & ({ "kind": "number", 
/** Value when none is given. */
default: number, 
/** Smallest allowed value. */
min: number, 
/** Largest allowed value. */
max: number, 
/** Whether factors matter rather than differences. */
log: boolean, } | { "kind": "integer", 
/** Value when none is given. */
default: number, 
/** Smallest allowed value. */
min: number, 
/** Largest allowed value. */
max: number, } | { "kind": "choice", 
/** Value when none is given. */
default: string, 
/** Everything it can be. */
options: Array<Choice>, } | { "kind": "numbers" } | { "kind": "counts", 
/** Value when none is given. */
default: Array<number>, 
/** Smallest allowed number. */
min: number, 
/** Largest allowed number. */
max: number, } | { "kind": "names", 
/** Value when none is given. */
default: Array<string>, 
/** Which table. */
of: Listed, } | { "kind": "grid", 
/** Value when none is given. */
default: Grid, });

/** The family of a sampler, by what its steps are made of. */
export type SamplerGroup = "straight" | "turn" | "whole" | "extrapolating" | "several_evaluations" | "stochastic" | "theory" | "walk";

/** An entry of the table of samplers: words, source and properties. */
export type SamplerEntry = { 
/** Name in links, in JSON and in code. */
value: Sampler, 
/** Name for people. */
label: string, 
/** Where lists put it. */
group: SamplerGroup, 
/** One sentence. */
help: string, 
/** Prior art: arXiv id and equation; "own" where the formula is this project's. */
source: string, 
/** Network evaluations a step; [`evaluations`] counts those of a whole run. */
evaluations: number, 
/** Order of convergence for the default parameters: of the strong error for deterministic samplers, of total variation for
 * stochastic ones (of means of the ends, where those remember earlier steps); 0 where the error does not fall with the number of steps. */
order: number, 
/** Whether it needs the acceleration as well. */
usesTurn: boolean, 
/** Whether it needs a map of the whole step. */
usesMap: boolean, 
/** Whether it draws noise on the way. */
stochastic: boolean, 
/** What can be chosen. */
parameters: Array<Parameter>, };

/** An entry of the table of step grids. */
export type GridEntry = { 
/** Name in links and in code. */
value: GridName, 
/** Name for people. */
label: string, 
/** One sentence. */
help: string, 
/** arXiv id and equation. */
source: string, 
/** Parameters besides the number of steps. */
parameters: Array<Parameter>, };

/** What the table of data sets says of one. Its words stand among the options of the setting ([`OPTIONS`]). */
export type DataSet = { 
/** Name in links, in JSON and in code. */
value: DataName, 
/** Whether its exact distribution is known. */
mixture: boolean, } & ({ "kind": "points" } | { "kind": "images", 
/** Pixels on a side. */
side: number, });

/** One setting and its default. */
export type Field = { default: any, 
/** Name in links, in JSON and in code. */
key: keyof Settings, 
/** Name for people. */
label: string, 
/** One sentence, or two. */
help: string, 
/** Unit for people; empty for pure numbers. */
unit: string, 
/** What it changes: data, sampling, training or view. */
group: string, 
/** Whether a change needs a fresh network. */
restart: boolean, } & ({ "kind": "choice", options: Array<Choice>, } | { "kind": "integer", min: number, max: number, log: boolean, } | { "kind": "number", min: number, max: number, log: boolean, } | { "kind": "boolean" } | { "kind": "digits" } | { "kind": "grid" } | { "kind": "lanes" });

/** What an objective shows on the stage for a kind of data. */
export type Rung = { objective: Objective, 
/** Whether the data is images. */
images: boolean, lane: Lane, 
/** Steps at which it shows it. */
steps: number, 
/** Weight of the class. */
guidance: number, };

/** Everything that the page knows of settings. */
export type SettingsTable = { fields: Array<Field>, samplers: Array<SamplerEntry>, 
/** Families of samplers, in the order in which lists show them. */
samplerGroups: Array<Choice>, grids: Array<GridEntry>, sources: Array<Choice>, dataSets: Array<DataSet>, 
/** Defaults of a data set that differ from the general ones. */
variants: { [data in DataName]?: Partial<Settings> }, 
/** What the objectives show on the stage. */
rungs: Array<Rung>, 
/** Most lanes at once. */
maxLanes: number, };
