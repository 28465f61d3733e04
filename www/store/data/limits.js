/** How many points of one's own can be learned from, wherever they come from. */
export const LEAST = 50;
export const MOST = 20_000;
/** Classes of them: as many as the setting `digit` can ask for. */
export const MOST_CLASSES = 10;
/** Images of one's own. */
export const MOST_IMAGES = 1000;
