/** The vaults that come and go: the one that is asked, and those that were replaced and have answers to bring yet. */
import type { Connection } from './connection.ts';
import { AuthError } from './error.ts';

export class Vaults {
  current: Connection;
  /** Starts a vault, and has it take up the session of the browser's cookies, or not. */
  readonly open: (restore: boolean) => Connection;
  readonly #all = new Set<Connection>();

  constructor(open: (restore: boolean) => Connection) {
    this.open = open;
    this.current = open(true);
    this.#all.add(this.current);
  }

  /** Starts another. The one that was ends when the requests that are under way have their answers. */
  replace(restore: boolean): Connection {
    this.current.retire();
    for (const vault of this.#all) if (vault.isOver) this.#all.delete(vault);
    this.#all.add((this.current = this.open(restore)));
    return this.current;
  }

  /** Goes on with this one, and ends all others. */
  keep(connection: Connection): void {
    for (const vault of this.#all.add(connection)) if (vault !== connection) end(vault);
    this.current = connection;
  }
}

/** Ends a vault. Who still waits is told so. */
export function end(vault: Connection): void {
  vault.close(new AuthError('aborted'));
}
