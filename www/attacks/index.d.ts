/** The types of the list, for the lab. */

export type Victim = 'localStorage' | 'memory' | 'symbolon' | 'symbolonWithoutPolicy';

/** Whether the token got to the attacker and opened something there, nothing did, or the attack needs no token. */
export type Outcome = 'taken' | 'nothing' | 'rides';

/** What an attack can use; more than these are in it. */
export interface Tools {
  readonly deliver: () => Promise<Record<string, string[]>>;
  request?: (path: string, init?: RequestInit) => Promise<Response>;
}

export interface Attack {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly expects: Readonly<Record<Victim, Outcome>>;
  readonly inPage?: true;
  readonly rides?: true;
  readonly bringsBoot?: true;
  readonly lent?: true;
  readonly unready?: true;
  readonly plant?: (tools: Tools) => void;
  readonly run: (tools: Tools) => unknown;
}

export const attacks: readonly Attack[];
export function tools(target: object): Tools;
