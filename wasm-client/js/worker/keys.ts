/** The worker's keys. They are made at its start and never stored, and no script can read their private halves. */
import { decoded, encoded } from './base64url.ts';

const { subtle } = crypto;
const SECRET = { name: 'HMAC', hash: 'SHA-256' };
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256' };
const SEALING = { name: 'ECDH', namedCurve: 'P-256' };

/** All text is base64url, except the signed messages and the context. */
export class Keys {
  private constructor(
    private secretKey: CryptoKey,
    private signingKey: CryptoKey,
    private sealingKey: CryptoKey,
    /** The uncompressed point of the signing key, its SHA-256, and the point of the sealing key. */
    readonly signing: string,
    readonly thumbprint: string,
    readonly sealing: string,
  ) {}

  /** Generates the key pairs, and imports the secret that the server gave to this worker. */
  static async generate(secret: string): Promise<Keys> {
    const [secretKey, signing, sealing] = await Promise.all([
      subtle.importKey('raw', decoded(secret), SECRET, false, ['sign']),
      subtle.generateKey(SIGNING, false, ['sign', 'verify']),
      subtle.generateKey(SEALING, false, ['deriveKey']),
    ]);
    const [signingPoint, sealingPoint] = await Promise.all([point(signing), point(sealing)]);
    const thumbprint = await subtle.digest('SHA-256', signingPoint);
    return new Keys(secretKey, signing.privateKey, sealing.privateKey, encoded(signingPoint), encoded(thumbprint), encoded(sealingPoint));
  }

  /** Returns the HMAC-SHA-256 of the message with the server's secret. */
  async mac(message: string): Promise<string> {
    return encoded(await subtle.sign('HMAC', this.secretKey, utf8(message)));
  }

  /** Signs the message with ES256. */
  async sign(message: string): Promise<string> {
    return encoded(await subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.signingKey, utf8(message)));
  }

  /**
   * Opens what the server sealed to this worker. The import refuses a point that is not on the curve. Returns the browser's
   * own buffer, so that the vault can wipe it.
   */
  async open(ephemeral: string, sealed: string, context: string): Promise<ArrayBuffer> {
    const theirs = await subtle.importKey('raw', decoded(ephemeral), SEALING, false, []);
    const shared = await subtle.deriveKey({ name: 'ECDH', public: theirs }, this.sealingKey, 'HKDF', false, ['deriveKey']);
    const how = { name: 'HKDF', hash: 'SHA-256', salt: utf8(''), info: utf8(context) };
    const key = await subtle.deriveKey(how, shared, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
    // Each key seals one text only, so the nonce may always be the same.
    return subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, decoded(sealed));
  }

  nonce(): string {
    return encoded(crypto.getRandomValues(new Uint8Array(16)));
  }

  random(): number {
    return Math.random() * 256;
  }

  /** Decodes text. Returns the empty string if it is malformed. */
  decoded(base64url: string): string {
    try {
      return new TextDecoder().decode(decoded(base64url));
    } catch {
      return '';
    }
  }
}

function point({ publicKey }: CryptoKeyPair): Promise<ArrayBuffer> {
  return subtle.exportKey('raw', publicKey);
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
