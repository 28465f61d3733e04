// Generated from the engine's types: FEWSTEPS_UPDATE=1 cargo test --release

/** Images with what the classifier reads and their nearest training images. */
export type Looks = { 
/** Training images that were searched. */
searched: number, 
/** Mean distance of held-out images to their nearest training images, for comparison: no copy is among them. */
usual: number, 
/** One for each image. */
looks: Array<Look>, };

/** One image, its digit and its nearest training image. */
export type Look = { 
/** The image without the scale of its noise level, standardised, `[784]`. */
image: Array<number>, 
/** The digit that the classifier reads. */
digit: number, 
/** The probability of that digit, from 0.1 to 1. */
chance: number, 
/** The nearest training image, standardised, `[784]`. */
nearest: Array<number>, 
/** Euclidean distance to it, in standardised pixels. */
distance: number, 
/** The digit that it shows, where that is known. */
label: number | null, };

/** The progress of a measurement, and its result. */
export type Measured = { 
/** The part that is done, from 0 to 1. */
progress: number, 
/** The result, at the end. */
quality: Quality | null, };

/** A lane's Frechet distance to real digits. */
export type Quality = { 
/** To the first half of the training images. */
distance: number, 
/** Its standard error. */
uncertainty: number, 
/** The distance of as many real images, of the other half of the training images. */
floor: number, 
/** Samples that were measured. */
samples: number, 
/** Steps that the network had been trained for. */
step: number, };
