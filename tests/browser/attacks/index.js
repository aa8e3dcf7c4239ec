/**
 * What script that was injected into a page tries, as one list.
 *
 * An attack has an id and a title, and functions that run in the page and stand alone, with [tools](tools.js) for an
 * argument: `plant` changes the page (an `early` one must do so before the page's own scripts), and `run` does the rest
 * and says what came of it. What was seen is in the tools.
 */
import { hooks } from './hooks.js';
import { leaks } from './leaks.js';
import { loads } from './loads.js';
import { page } from './page.js';
import { server } from './server.js';
import { worker } from './worker.js';

export { tools } from './tools.js';
export const attacks = [...hooks, ...worker, ...loads, ...leaks, ...server, ...page];
