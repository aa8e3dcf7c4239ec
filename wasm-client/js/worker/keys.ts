/** The worker's keys: made at its start, never stored, and used by the browser, which gives their private halves to nobody. */

const { subtle } = crypto;
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256' };
const SEALING = { name: 'ECDH', namedCurve: 'P-256' };

export class Keys {
  private constructor(
    private signing: CryptoKey,
    private sealing: CryptoKey,
    /** The points, uncompressed. */
    readonly signingPoint: Uint8Array,
    readonly sealingPoint: Uint8Array,
  ) {}

  static async generate(): Promise<Keys> {
    const [signing, sealing] = await Promise.all([
      subtle.generateKey(SIGNING, false, ['sign', 'verify']),
      subtle.generateKey(SEALING, false, ['deriveKey']),
    ]);
    return new Keys(signing.privateKey, sealing.privateKey, await point(signing), await point(sealing));
  }

  sign(message: string): Promise<ArrayBuffer> {
    return subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.signing, bytes(message));
  }

  /**
   * Opens what was sealed to this worker. The import refuses what is no point of the curve. The answer is the browser's
   * own buffer, so that the vault can wipe it.
   */
  async open(ephemeral: Uint8Array<ArrayBuffer>, sealed: Uint8Array<ArrayBuffer>, context: string): Promise<ArrayBuffer> {
    const theirs = await subtle.importKey('raw', ephemeral, SEALING, false, []);
    const shared = await subtle.deriveKey({ name: 'ECDH', public: theirs }, this.sealing, 'HKDF', false, ['deriveKey']);
    const how = { name: 'HKDF', hash: 'SHA-256', salt: bytes(''), info: bytes(context) };
    const key = await subtle.deriveKey(how, shared, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
    // One key seals one text, and so the nonce may always be the same.
    return subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, sealed);
  }

  nonce(): Uint8Array {
    return crypto.getRandomValues(new Uint8Array(16));
  }
}

async function point({ publicKey }: CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await subtle.exportKey('raw', publicKey));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
