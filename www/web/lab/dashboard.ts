/** The lab's page: the guided attack, and the matrix of all attacks. Everything that it shows comes from the servers. */
import { showGuidedAttack } from './guided-attack.ts';
import { showMatrix } from './matrix.ts';
import { fetchSetup } from './setup.ts';

const setup = await fetchSetup();
showGuidedAttack(setup);
showMatrix(setup);
