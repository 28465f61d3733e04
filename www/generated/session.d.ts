// Generated from the engine's types: FEWSTEPS_UPDATE=1 cargo test --release

/** Images looked at closely. */
export type Looks = { 
/** Training images that were searched. */
searched: number, 
/** Mean distance of held-out images to their nearest training images: what a digit that nobody copied has. */
usual: number, 
/** One for each image. */
looks: Array<Look>, };

/** One image looked at closely. */
export type Look = { 
/** The image without the scale of its noise level, standardised, `[784]`. */
image: Array<number>, 
/** The digit that the classifier reads. */
digit: number, 
/** How sure it is of that, from 0.1 to 1. */
chance: number, 
/** The nearest training image, standardised, `[784]`. */
nearest: Array<number>, 
/** Euclidean distance to it, in standardised pixels. */
distance: number, 
/** The digit that it shows, where that is known. */
label: number | null, };

/** How a measurement is getting on. */
export type Measured = { 
/** How much is done, from 0 to 1. */
progress: number, 
/** What came out, at the end. */
quality: Quality | null, };

/** A lane's Frechet distance to real digits. */
export type Quality = { 
/** To the law of half of the training images. */
distance: number, 
/** Its standard error. */
uncertainty: number, 
/** The distance of as many real images, of the other half of the training images. */
floor: number, 
/** Samples that were measured. */
samples: number, 
/** Steps that the network had been trained for. */
step: number, };
