/** The one way out of the vault's realm, or of its corner of the page. */
import type { FromVault } from '../protocol.ts';

export type Post = (message: FromVault, transfer?: Transferable[]) => void;
