/** The types of the list of attacks, for the scripts of the lab. */

export type Victim = 'localStorage' | 'memory' | 'symbolon' | 'symbolonWithoutPolicy';

/** `taken`: the application accepted a token from the attacker. `nothing`: the attacker got no token. `used`: the attack used the session. */
export type Outcome = 'taken' | 'nothing' | 'used';

/** The tools that the lab itself calls. Attacks use more of them: see tools.js. */
export interface Tools {
  readonly deliver: () => Promise<Record<string, string[]>>;
  request?: (path: string, init?: RequestInit) => Promise<Response>;
}

export interface Attack {
  /** The id in the catalogue of attacks. */
  readonly id: string;
  readonly title: string;
  /** Why Symbolon gives no token away, or what limits the attack. */
  readonly why: string;
  readonly expects: Readonly<Record<Victim, Outcome>>;
  /** Whether the lab can run it. The others need a server or a worker that the tests change. */
  readonly inPage?: true;
  /** Whether it uses the session and not the token. */
  readonly usesSession?: true;
  /** Whether it needs a vault secret that a program fetched outside the browser. */
  readonly bringsBoot?: true;
  /** Whether it needs `tools.request`, a function that sends requests in the person's session. */
  readonly lent?: true;
  /** Whether it must change the page before the page's own scripts run. */
  readonly early?: true;
  /** Whether it runs before the person has signed in. */
  readonly unready?: true;
  /** Changes the page, before the page's own scripts run. */
  readonly plant?: (tools: Tools) => void;
  /** Does the rest. Returns what the attack says of itself. */
  readonly run: (tools: Tools) => unknown;
}

export const attacks: readonly Attack[];
export function tools(target: object): Tools;
