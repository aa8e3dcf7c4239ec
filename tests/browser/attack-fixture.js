/** A browser with everybody in it: weak victims, ours with its policy and without, and the attacker. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { attacks } from '../../www/attacks/index.js';
import { BROWSERS, signIn, fixture } from './harness.js';
import { Attacker, runAttack, Symbolon } from './victims.js';
import { Weak } from './weak/server.js';

/** The attack with this id. */
export function attack(id) {
  return attacks.find((attack) => attack.id === id);
}

/** The exchanges about a path. */
export function asked(exchanges, path) {
  return exchanges.filter(({ url }) => url === path);
}

/** What the attacker heard beside the loot that the attack itself sent. */
export function elsewhere(heard) {
  return heard.filter(({ url }) => url !== '/loot');
}

/** The same outcome for everything that was tried. */
export function all(outcomes, outcome) {
  return Object.fromEntries(Object.keys(outcomes).map((what) => [what, outcome]));
}

/** Waits until the server's log says so. */
export async function logged(demo, line) {
  for (const end = Date.now() + 2000; !line.test(demo.log); await new Promise((resolve) => setTimeout(resolve, 20))) {
    assert.ok(Date.now() < end, `${line} is not logged`);
  }
}

/** The same suite in each browser, side by side: most of an attack is waiting. */
export function inEachBrowser(title, suite) {
  describe(title, { concurrency: true }, () => {
    for (const name of BROWSERS) describe(`${title} in ${name}`, { concurrency: 1 }, () => suite(attackFixture(name)));
  });
}

/** Sets everybody up before the tests of a suite, with ann signed in at ours. */
function attackFixture(name) {
  const suite = fixture(name);
  before(async () => {
    suite.attacker = await Attacker.start();
    suite.weak = {
      page: await Weak.start('page'),
      worker: await Weak.start('worker'),
      gated: await Weak.start('worker', { gated: true }),
    };
    suite.guarded = new Symbolon(suite.demo, { policy: true });
    suite.bare = new Symbolon(suite.demo, { policy: false });
    await suite.page.goto(suite.demo.origin);
    await signIn(suite.page);
  });
  after(() => [suite.attacker, ...Object.values(suite.weak ?? {})].forEach((server) => server?.stop()));

  suite.attempt = (victim, id, { where = suite.browser, ...options } = {}) => runAttack(where, suite.attacker, victim, attack(id), options);

  /** The control: a weak victim loses a secret in each of these places, to an attacker who comes as late as can be. */
  suite.expectStolen = async (victim, id, ...places) => {
    const { said, places: found } = await suite.attempt(victim, id, { late: !attack(id).early });
    for (const place of places) assert.ok(found.includes(place), `${id}: the control lost nothing in ${place}, only in ${found}`);
    if (places.length > 0) assert.ok(found.includes('attacker'), `${id}: the control's loot did not reach the attacker`);
    return said;
  };

  /** Nothing is lost, even where the attacker comes first: whatever a late hook would hear, an early one does. */
  suite.expectNothingStolen = async (victim, id, more) => {
    const since = suite.demo.exchanges.length;
    const { said, places, heard } = await suite.attempt(victim, id, { more });
    assert.deepEqual(places, [], `${id} found a secret`);
    return { said, heard, exchanges: suite.demo.exchanges.slice(since) };
  };

  /** Neither with the policy nor without it; and the application works. */
  suite.expectNothingHeard = async (id) => {
    for (const victim of [suite.guarded, suite.bare]) assert.equal((await suite.expectNothingStolen(victim, id)).said, 'written');
  };
  return suite;
}
