/** Sends a message to the page: the vault's only way out. */
import type { FromVault } from '../protocol.ts';

export type Post = (message: FromVault, transfer?: Transferable[]) => void;
