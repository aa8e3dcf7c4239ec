/** The fixture of tests of attacks: weak victims, Symbolon with its policy and without, and the attacker. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe } from 'node:test';
import { attacks } from '../../www/attacks/index.js';
import { eventually } from './eventually.js';
import { BROWSERS, fixture, openSignedIn } from './harness.js';
import { Attacker, runAttack, Symbolon } from './victims.js';
import { Weak } from './weak/server.js';

/** @typedef {import('./demo-server.js').Demo} Demo */
/** @typedef {import('./demo-server.js').Exchange} Exchange */
/** @typedef {import('./victims.js').Victim} Victim */
/** @typedef {{ said: any, heard: import('./victims.js').Heard[], exchanges: Exchange[] }} Outcome */
/**
 * @typedef {object} Attacks
 * @property {Attacker} attacker
 * @property {{ page: Weak, worker: Weak, gated: Weak }} weak Victims from which each attack must steal something.
 * @property {Symbolon} guarded Symbolon with its policy.
 * @property {Symbolon} bare Symbolon without its policy.
 * @property {(victim: Victim, id: string, options?: any) => ReturnType<typeof runAttack>} attempt Runs an attack.
 * @property {(victim: Victim, id: string, ...places: string[]) => Promise<any>} expectStolen Checks that a weak victim
 *   loses a secret in each of these places, to an attacker who comes as late as possible.
 * @property {(victim: Victim, id: string, more?: object) => Promise<Outcome>} expectNothingStolen Checks that no secret
 *   is lost, although the attacker comes first: an early hook hears all that a late one does.
 * @property {(id: string) => Promise<void>} expectNothingHeard Checks that Symbolon loses nothing, with its policy and
 *   without, and that the application works.
 */

/**
 * Returns the attack with this id.
 *
 * @param {string} id
 */
export function attack(id) {
  const found = attacks.find((attack) => attack.id === id);
  assert.ok(found, `there is no attack ${id}`);
  return found;
}

/**
 * Returns the exchanges about a path.
 *
 * @param {Exchange[]} exchanges
 * @param {string} path
 */
export function asked(exchanges, path) {
  return exchanges.filter(({ url }) => url === path);
}

/**
 * Returns what the attacker heard, without the report that the attack itself has sent.
 *
 * @param {import('./victims.js').Heard[]} heard
 */
export function elsewhere(heard) {
  return heard.filter(({ url }) => url !== '/loot');
}

/**
 * Returns one outcome for everything that was tried.
 *
 * @param {object} outcomes
 * @param {string} outcome
 */
export function all(outcomes, outcome) {
  return Object.fromEntries(Object.keys(outcomes).map((what) => [what, outcome]));
}

/**
 * Waits until the server has logged a line that matches.
 *
 * @param {Demo} demo
 * @param {RegExp} line
 */
export async function logged(demo, line) {
  await eventually(() => line.test(demo.log), `${line} is logged`);
}

/**
 * Runs a suite in each browser, side by side, since most of an attack is waiting.
 *
 * @param {string} title
 * @param {(suite: ReturnType<typeof attackFixture>) => void} suite
 */
export function inEachBrowser(title, suite) {
  describe(title, { concurrency: true }, () => {
    for (const name of BROWSERS) describe(`${title} in ${name}`, { concurrency: 1 }, () => suite(attackFixture(name)));
  });
}

/**
 * Sets up the attacker and all victims before each test, with ann signed in at Symbolon.
 *
 * @param {import('./browsers.js').Engine} engine
 */
function attackFixture(engine) {
  const suite = /** @type {import('./fixture.js').Fixture<Demo> & Attacks} */ (/** @type {unknown} */ (fixture(engine)));
  /** @type {{ stop(): void }[]} */
  let started = [];
  beforeEach(async () => {
    started = [];
    /** @type {<T extends { stop(): void }>(server: Promise<T>) => Promise<T>} */
    const start = async (server) => {
      started.push(await server);
      return server;
    };
    suite.attacker = await start(Attacker.start());
    suite.weak = {
      page: await start(Weak.start('page')),
      worker: await start(Weak.start('worker')),
      gated: await start(Weak.start('worker', { gated: true })),
    };
    suite.secrets = () => Object.values(suite.weak).flatMap(({ secrets }) => secrets);
    suite.guarded = new Symbolon(suite.demo, { policy: true });
    suite.bare = new Symbolon(suite.demo, { policy: false });
    await openSignedIn(suite.page, suite.demo);
  });
  afterEach(() => started.forEach((server) => server.stop()));

  suite.attempt = (victim, id, { where = suite.context, ...options } = {}) => runAttack(where, suite.attacker, victim, attack(id), options);

  suite.expectStolen = async (victim, id, ...places) => {
    const { said, places: found } = await suite.attempt(victim, id, { late: !attack(id).early });
    for (const place of places) assert.ok(found.includes(place), `${id}: the control lost nothing in ${place}, only in ${found}`);
    if (places.length > 0) assert.ok(found.includes('attacker'), `${id}: what the control lost did not reach the attacker`);
    return said;
  };

  suite.expectNothingStolen = async (victim, id, more) => {
    const since = suite.demo.exchanges.length;
    const { said, places, heard } = await suite.attempt(victim, id, { more });
    assert.deepEqual(places, [], `${id} found a secret`);
    return { said, heard, exchanges: suite.demo.exchanges.slice(since) };
  };

  suite.expectNothingHeard = async (id) => {
    for (const victim of [suite.guarded, suite.bare]) {
      assert.equal((await suite.expectNothingStolen(victim, id)).said, 'written');
    }
  };
  return suite;
}
