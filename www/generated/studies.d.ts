export type { Outline, Update } from "../engine/mirror";
