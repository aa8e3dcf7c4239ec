/** Posts to the page: the vault's only way out. */
import type { FromVault } from '../protocol.ts';

/** The function that posts a message to the page. */
export type Post = (message: FromVault, transfer?: Transferable[]) => void;
