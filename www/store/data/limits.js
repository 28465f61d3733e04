/** How many points of one's own can be learned from, wherever they come from. */
export const LEAST = 50;
export const MOST = 20_000;
