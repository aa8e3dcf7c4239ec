/** An answer's body that goes to the page in chunks, no faster than the page takes them. */
import { WINDOW } from '../protocol.ts';
import { post } from './port.ts';

interface Download {
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  /** How many bytes the page has room for. */
  credit: number;
  /** Goes on, when there is room again. */
  resume?: (() => void) | undefined;
}

const downloads = new Map<number, Download>();

export async function download(id: number, body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  const download: Download = { reader: body.getReader(), credit: WINDOW };
  downloads.set(id, download);
  try {
    for (;;) {
      const { done, value } = await download.reader.read();
      if (done) break;
      const whole = value.byteLength === value.buffer.byteLength;
      const bytes = whole ? value.buffer : value.slice().buffer;
      download.credit -= bytes.byteLength;
      post(['chunk', id, bytes], [bytes]);
      if (download.credit <= 0) await new Promise<void>((resume) => (download.resume = resume));
    }
    post(['end', id]);
  } catch {
    post(['broken', id]);
  } finally {
    downloads.delete(id);
  }
}

/** The page has taken so many bytes. */
export function more(id: number, bytes: number): void {
  const download = downloads.get(id);
  if (!download || !(bytes > 0)) return;
  download.credit = Math.min(download.credit + bytes, WINDOW);
  if (download.credit > 0) download.resume?.();
}

export function cancel(id: number): void {
  const download = downloads.get(id);
  download?.reader.cancel().catch(() => {});
  download?.resume?.();
}
