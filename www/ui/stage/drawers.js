/** Everything that draws over pictures, once it is there. */
import * as forward from "../../store/lanes/forward.js";
import * as line from "./line.js";
import * as mesh from "./mesh.js";
import { over } from "./over.js";
import * as overlays from "./overlays.js";
import * as picker from "./picker.jsx";

over.value = { ...overlays, ...line, ...mesh, ...picker, ...forward };
