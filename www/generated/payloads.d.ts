export type { Looks, Measured } from "../engine/mirror";
