/** Receives the bodies of requests that the page sends in parts. */
import type { Post } from './port.ts';

/** The bodies of requests that are under way from the page. */
export class Uploads {
  readonly #post: Post;
  readonly #underWay = new Map<number, ReadableStreamDefaultController<Uint8Array>>();
  readonly #wanted = new Map<number, () => void>();

  constructor(post: Post) {
    this.#post = post;
  }

  /** Returns the stream to send. It asks the page for a part when the network has taken the one before. */
  open(id: number): ReadableStream<Uint8Array> {
    const want = () => {
      this.#post(['pull', id]);
      return new Promise<void>((resolve) => this.#wanted.set(id, resolve));
    };
    return new ReadableStream(
      {
        start: (controller) => void this.#underWay.set(id, controller),
        pull: want,
        cancel: () => this.forget(id),
      },
      { highWaterMark: 0 },
    );
  }

  /** Takes a part from the page: bytes, `null` for the end, or `undefined` if the body broke off. */
  receive(id: number, bytes: unknown): void {
    const controller = this.#underWay.get(id);
    const next = this.#wanted.get(id);
    this.#wanted.delete(id);
    if (bytes instanceof ArrayBuffer) controller?.enqueue(new Uint8Array(bytes));
    else {
      if (bytes === null) controller?.close();
      else controller?.error(new TypeError('the request body ended early'));
      this.forget(id);
    }
    next?.();
  }

  forget(id: number): void {
    this.#underWay.delete(id);
    this.#wanted.delete(id);
  }
}
