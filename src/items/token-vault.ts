import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { TokenVault } from '../plaid/client.ts';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_LENGTH = 8;

/**
 * Seals what has to be kept secret and used again with AES-256-GCM: `v1.keyId.nonce.ciphertext.tag`, each part base64url, bound to user and item so that
 * a sealed token moved to another row does not open.
 * @param keys 32-byte keys in base64, newest first: the first seals, all open.
 */
export function createTokenVault(keys: string[]): TokenVault {
  const ring = new Map(keys.map((key) => Buffer.from(key, 'base64')).map((key) => [keyId(key), key]));
  const [newestId] = ring.keys();
  const newest = newestId === undefined ? undefined : ring.get(newestId);
  if (!newest || !newestId) throw new Error('The token vault needs a key.');
  return {
    seal: (token, owner) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, newest, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData(owner));
      const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
      return [VERSION, newestId, ...[nonce, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
    },
    isSealedByNewest: (sealed) => sealed.split('.')[1] === newestId,
    open: (sealed, owner) => {
      const [version, id = '', ...parts] = sealed.split('.');
      const [nonce, ciphertext, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
      const key = ring.get(id);
      if (version !== VERSION || !key || nonce?.length !== NONCE_BYTES || !ciphertext || tag?.length !== TAG_BYTES) return null;
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData(owner)).setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        // Changed, or sealed for somebody else.
        return null;
      }
    },
  };
}

const keyId = (key: Buffer) =>
  createHash('sha256')
    .update(key)
    .digest('base64url')
    .slice(0, KEY_ID_LENGTH)
    .replaceAll(/[^A-Za-z0-9]/g, '0');
const associatedData = ({ userId, itemId }: { userId: string; itemId: string }) => Buffer.from(`${userId}:${itemId}`, 'utf8');
