/** Sends the bodies of responses to the page in chunks, no faster than the page reads. */
import { WINDOW } from '../protocol.ts';
import type { Post } from './port.ts';

interface Download {
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  /** The number of bytes that the page has room for. */
  credit: number;
  /** Continues when there is room again. */
  resume?: (() => void) | undefined;
}

/** The bodies of responses that are under way to the page. */
export class Downloads {
  readonly #post: Post;
  readonly #underWay = new Map<number, Download>();

  constructor(post: Post) {
    this.#post = post;
  }

  async send(id: number, body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const download: Download = { reader: body.getReader(), credit: WINDOW };
    this.#underWay.set(id, download);
    try {
      for (;;) {
        const { done, value } = await download.reader.read();
        if (done) break;
        const whole = value.byteLength === value.buffer.byteLength;
        const bytes = whole ? value.buffer : value.slice().buffer;
        download.credit -= bytes.byteLength;
        this.#post(['chunk', id, bytes], [bytes]);
        if (download.credit <= 0) await new Promise<void>((resume) => (download.resume = resume));
      }
      this.#post(['end', id]);
    } catch {
      this.#post(['error', id, 'network']);
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** Notes that the page has read this many bytes. */
  more(id: number, bytes: number): void {
    const download = this.#underWay.get(id);
    if (!download || !(bytes > 0)) return;
    download.credit = Math.min(download.credit + bytes, WINDOW);
    if (download.credit > 0) download.resume?.();
  }

  cancel(id: number): void {
    const download = this.#underWay.get(id);
    download?.reader.cancel().catch(() => {});
    download?.resume?.();
  }
}
