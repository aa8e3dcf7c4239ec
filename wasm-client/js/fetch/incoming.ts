/** An answer's body as it comes from the vault, in chunks and no faster than it is read. */
import { WINDOW } from '../protocol.ts';

/** Room is given back in steps of so many bytes, not for every chunk. */
const STEP = WINDOW / 4;

type Controller = ReadableByteStreamController;

/** Whose chunks are under way. A vault that waits for room keeps no stream alive: only a reader can. */
const underWay = new Set<Controller>();

/** Nobody can read any more what these streams would bring. */
const abandoned = new FinalizationRegistry<() => void>((cancel) => cancel());

export class Incoming {
  readonly #more: (bytes: number) => void;
  readonly #controller: WeakRef<Controller>;
  /** Bytes that the vault was given room for, and bytes that came. */
  #granted = WINDOW;
  #received = 0;

  private constructor(controller: Controller, more: (bytes: number) => void) {
    underWay.add(controller);
    this.#controller = new WeakRef(controller);
    this.#more = more;
  }

  /** The body, and the stream that the page reads. `cancel` is called when the page wants no more of it. */
  static open(more: (bytes: number) => void, cancel: () => void): [Incoming, ReadableStream<Uint8Array<ArrayBuffer>>] {
    let incoming!: Incoming;
    const source: UnderlyingByteSource = {
      type: 'bytes',
      start: (controller) => void (incoming = new Incoming(controller, more)),
      pull: (controller) => incoming.#taken(controller),
      cancel,
    };
    const stream = new ReadableStream(source, { highWaterMark: WINDOW });
    abandoned.register(stream, cancel);
    return [incoming, stream];
  }

  chunk(bytes: ArrayBuffer): void {
    this.#received += bytes.byteLength;
    const controller = this.#controller.deref();
    controller?.enqueue(new Uint8Array(bytes));
    if (controller && this.#received >= this.#granted) underWay.delete(controller);
  }

  end(): void {
    const controller = this.#controller.deref();
    controller?.close();
    controller?.byobRequest?.respond(0);
    if (controller) underWay.delete(controller);
  }

  fail(reason: unknown): void {
    const controller = this.#controller.deref();
    controller?.error(reason);
    if (controller) underWay.delete(controller);
  }

  /** The page has read: what is not in the stream's own queue any more makes room. */
  #taken(controller: Controller): void {
    const waiting = WINDOW - (controller.desiredSize ?? WINDOW);
    const room = this.#received - waiting + WINDOW - this.#granted;
    if (room < STEP) return;
    this.#granted += room;
    underWay.add(controller);
    this.#more(room);
  }
}
