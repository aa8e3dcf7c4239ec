/** The body of a response as it comes from the vault: in chunks, and no faster than the page reads. */
import { WINDOW } from '../protocol.ts';

/** The page gives room back in steps of this many bytes, not for every chunk. */
const STEP = WINDOW / 4;

/**
 * Lives as long as its stream, which holds it. The stream itself cannot be watched, because browsers drop and recreate
 * the objects for their own streams.
 */
interface Link {
  controller: ReadableByteStreamController;
}

/** The streams with chunks under way. While the vault waits for room, only a reader keeps a stream alive. */
const underWay = new Set<Link>();

/** Cancels the body of a stream that nobody can read any more. */
const abandoned = new FinalizationRegistry<() => void>((cancel) => cancel());

/** The stream of one body. It gives the vault room for more bytes as the page reads. */
export class IncomingBody {
  /** A weak reference, because the listener for chunks would keep every stream alive. */
  readonly #link: WeakRef<Link>;
  readonly #more: (bytes: number) => void;
  /** The bytes that the vault was given room for, and the bytes that have arrived. */
  #granted = WINDOW;
  #received = 0;

  private constructor(link: Link, more: (bytes: number) => void) {
    this.#link = new WeakRef(link);
    this.#more = more;
  }

  /** Opens a stream. `more` gives the vault room for bytes; `cancel` tells it to stop. */
  static open(more: (bytes: number) => void, cancel: () => void): [IncomingBody, ReadableStream<Uint8Array<ArrayBuffer>>] {
    const link = {} as Link;
    const incoming = new IncomingBody(link, more);
    underWay.add(link);
    abandoned.register(link, cancel, incoming);
    const stream = streamOf({
      type: 'bytes',
      start: (controller) => void (link.controller = controller),
      pull: () => incoming.#taken(link),
      cancel: () => (incoming.#over(link), cancel()),
    });
    return [incoming, stream];
  }

  chunk(bytes: ArrayBuffer): void {
    const link = this.#link.deref();
    if (!link) return;
    this.#received += bytes.byteLength;
    if (this.#received >= this.#granted) underWay.delete(link);
    link.controller.enqueue(new Uint8Array(bytes));
  }

  end(): void {
    const link = this.#link.deref();
    if (!link) return;
    this.#over(link);
    link.controller.close();
    link.controller.byobRequest?.respond(0);
  }

  fail(reason: unknown): void {
    const link = this.#link.deref();
    if (!link) return;
    this.#over(link);
    link.controller.error(reason);
  }

  /** Gives room back for the bytes that have left the stream's queue. */
  #taken(link: Link): void {
    const waiting = WINDOW - (link.controller.desiredSize ?? WINDOW);
    const room = this.#received - waiting + WINDOW - this.#granted;
    if (room < STEP) return;
    this.#granted += room;
    underWay.add(link);
    this.#more(room);
  }

  #over(link: Link): void {
    underWay.delete(link);
    abandoned.unregister(this);
  }
}

/** Returns a byte stream, as the browser's own bodies are. WebKit makes none for scripts, so it gets a plain stream. */
function streamOf(source: UnderlyingByteSource): ReadableStream<Uint8Array<ArrayBuffer>> {
  try {
    return new ReadableStream(source, { highWaterMark: WINDOW });
  } catch {
    const plain = { ...source, type: undefined } as UnderlyingDefaultSource<Uint8Array<ArrayBuffer>>;
    return new ReadableStream(plain, new ByteLengthQueuingStrategy({ highWaterMark: WINDOW }));
  }
}
