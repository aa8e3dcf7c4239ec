/**
 * What script that was injected into a page tries, as one list.
 *
 * An attack has an id and a title, and functions that run in the page and stand alone, with [tools](tools.js) for an
 * argument: `plant` changes the page (an `early` one must do so before the page's own scripts), and `run` does the rest
 * and says what came of it. What was seen is in the tools.
 *
 * It has two readers. The browser tests try each on victims made for it. The lab of the demo tries those that are `inPage`
 * on four applications, live, and each cell of its matrix must become what `expects` says; `why` says, of Symbolon, why
 * nothing was taken, or what limits an attack that `rides`.
 */
import { hooks } from './hooks.js';
import { leaks } from './leaks.js';
import { loads } from './loads.js';
import { page } from './page.js';
import { server } from './server.js';
import { worker } from './worker.js';

export { tools } from './tools.js';
export const attacks = [...hooks, ...worker, ...loads, ...leaks, ...server, ...page];
