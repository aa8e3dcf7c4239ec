/** An answer's body as it comes from the vault, in chunks and no faster than it is read. */
import { WINDOW } from '../protocol.ts';

/** Room is given back in steps of so many bytes, not for every chunk. */
const STEP = WINDOW / 4;

/**
 * Lives as long as its stream does, which holds it. The stream itself cannot be watched: browsers forget and remake the
 * objects that stand for their own.
 */
interface Link {
  controller: ReadableByteStreamController;
}

/** Chunks are under way to these. A vault that waits for room keeps no stream alive: then only a reader can. */
const underWay = new Set<Link>();

/** Nobody can read any more what these streams would bring. */
const abandoned = new FinalizationRegistry<() => void>((cancel) => cancel());

export class Incoming {
  /** Not the stream, nor what holds it: whoever hears of chunks would keep every stream alive. */
  readonly #link: WeakRef<Link>;
  readonly #more: (bytes: number) => void;
  /** Bytes that the vault was given room for, and bytes that came. */
  #granted = WINDOW;
  #received = 0;

  private constructor(link: Link, more: (bytes: number) => void) {
    this.#link = new WeakRef(link);
    this.#more = more;
  }

  /** `more` gives the vault room; `cancel` tells it that the page wants no more. */
  static open(more: (bytes: number) => void, cancel: () => void): [Incoming, ReadableStream<Uint8Array<ArrayBuffer>>] {
    const link = {} as Link;
    const incoming = new Incoming(link, more);
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

  /** The page has read: what is not in the stream's own queue any more makes room. */
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

/** A stream of bytes, as the bodies of the browser's own answers are; in WebKit, which makes none for scripts, a plain one. */
function streamOf(source: UnderlyingByteSource): ReadableStream<Uint8Array<ArrayBuffer>> {
  try {
    return new ReadableStream(source, { highWaterMark: WINDOW });
  } catch {
    const plain = { ...source, type: undefined } as UnderlyingDefaultSource<Uint8Array<ArrayBuffer>>;
    return new ReadableStream(plain, new ByteLengthQueuingStrategy({ highWaterMark: WINDOW }));
  }
}
