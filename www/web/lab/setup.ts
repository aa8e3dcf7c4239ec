/** What the lab's page knows of the lab's servers. */
import type { Victim } from '../../attacks/index.js';

export interface Setup {
  /** The origin of the attacker's server. */
  readonly attacker: string;
  /** The applications, each with the pages that the guided attack opens. */
  readonly victims: readonly { id: Victim; origin: string; signIn: string; open: string }[];
}

export const NAMES: Readonly<Record<Victim, string>> = {
  localStorage: 'Token in localStorage',
  memory: 'Token in a variable',
  symbolon: 'Symbolon',
  symbolonWithoutPolicy: 'Symbolon without Content Security Policy',
};

export async function fetchSetup(): Promise<Setup> {
  return (await fetch('/lab/setup')).json();
}
