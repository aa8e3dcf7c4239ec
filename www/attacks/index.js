/**
 * The list of attacks that a script tries after it was injected into a page (XSS).
 *
 * An attack has an id, a title, and functions that run in the page. Each function gets the [tools](tools.js) as its
 * argument and refers to nothing else. `plant` changes the page; if the attack is `early`, that must happen before the
 * page's own scripts run. `run` does the rest, and returns what the attack says of itself. The tools keep what was seen.
 *
 * The list has two users. The browser tests try each attack on victims made for it. The lab of the demo tries those with
 * `inPage` on four applications; each cell of its matrix must become what `expects` says. `why` says why Symbolon gives no
 * token away, or what limits an attack that uses the session.
 */
import { hooks } from './hooks.js';
import { leaks } from './leaks.js';
import { loads } from './loads.js';
import { page } from './page.js';
import { server } from './server.js';
import { worker } from './worker.js';

export { tools } from './tools.js';
export const attacks = [...hooks, ...worker, ...loads, ...leaks, ...server, ...page];
