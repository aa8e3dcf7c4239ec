/** The page's vaults: the current one, and replaced ones that still have answers to bring. */
import type { Connection } from './connection.ts';

/** The current vault and the replaced ones. */
export class Vaults {
  current: Connection;
  /** Starts a vault. `restore` says whether it takes up the session of the browser's cookies. */
  readonly open: (restore: boolean) => Connection;
  readonly #replaced = new Set<Connection>();

  constructor(open: (restore: boolean) => Connection) {
    this.open = open;
    this.current = open(true);
  }

  /** Starts another vault. The old one ends when its requests have their answers. */
  replace(restore: boolean): Connection {
    this.#replaced.add(this.current);
    this.current.retire();
    for (const vault of this.#replaced) if (vault.isClosed) this.#replaced.delete(vault);
    return (this.current = this.open(restore));
  }

  /** Makes this vault the current one, and ends all others. */
  keep(connection = this.current): void {
    for (const vault of this.#replaced.add(this.current)) if (vault !== connection) vault.close();
    this.current = connection;
  }
}
