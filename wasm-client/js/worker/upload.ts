/** A request's body that comes from the page in parts. */
import { post } from './port.ts';

const uploads = new Map<number, ReadableStreamDefaultController<Uint8Array>>();
const wanted = new Map<number, () => void>();

/** The stream to send. Each part is asked for when the network has taken the one before. */
export function upload(id: number): ReadableStream<Uint8Array> {
  const want = () => {
    post(['pull', id]);
    return new Promise<void>((resolve) => wanted.set(id, resolve));
  };
  return new ReadableStream({
    start: (controller) => void uploads.set(id, controller),
    pull: want,
    cancel: () => forget(id),
  }, { highWaterMark: 0 });
}

/** The part has come: bytes, `null` for the end, or nothing when it broke off. */
export function receive(id: number, bytes: unknown): void {
  const controller = uploads.get(id);
  const next = wanted.get(id);
  wanted.delete(id);
  if (bytes instanceof ArrayBuffer) controller?.enqueue(new Uint8Array(bytes));
  else {
    if (bytes === null) controller?.close();
    else controller?.error(new TypeError('the body broke off'));
    forget(id);
  }
  next?.();
}

export function forget(id: number): void {
  uploads.delete(id);
  wanted.delete(id);
}
