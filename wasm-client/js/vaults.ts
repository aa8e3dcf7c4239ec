/** The vaults that come and go: the one that is asked, and those that were replaced and have answers to bring yet. */
import type { Connection } from './connection.ts';

export class Vaults {
  current: Connection;
  /** Starts a vault, and has it take up the session of the browser's cookies, or not. */
  readonly open: (restore: boolean) => Connection;
  readonly #replaced = new Set<Connection>();

  constructor(open: (restore: boolean) => Connection) {
    this.open = open;
    this.current = open(true);
  }

  /** Starts another. The one that was ends when the requests that are under way have their answers. */
  replace(restore: boolean): Connection {
    this.#replaced.add(this.current);
    this.current.retire();
    for (const vault of this.#replaced) if (vault.isOver) this.#replaced.delete(vault);
    return (this.current = this.open(restore));
  }

  /** Goes on with this one, and ends all others. */
  keep(connection = this.current): void {
    for (const vault of this.#replaced.add(this.current)) if (vault !== connection) vault.close();
    this.current = connection;
  }
}
