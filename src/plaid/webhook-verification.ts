import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { PlaidFailure } from './failure.ts';
import type { WebhookKey } from './translate.ts';

const AGE_MAX_S = 300;
const CLOCK_SKEW_S = 60;
const KEY_TTL_MS = 24 * 3_600_000;
const BAD_KEY_TTL_MS = 10 * 60_000;
const CACHED_KEYS_MAX = 200;
const KEY_ID_LENGTH_MAX = 100;

export class UnverifiableWebhook extends Error {}

type CachedKey = { until: number; key: Promise<WebhookKey | null> };

/**
 * Checks webhooks as Plaid documents it: an ES256 JWT in the `Plaid-Verification` header whose key Plaid publishes by id,
 * issued within five minutes, carrying the SHA-256 of the raw body. Keys are cached by id, unknown ids too.
 */
export function createWebhookVerifier(fetchKey: (keyId: string) => Promise<WebhookKey>, now: () => Date) {
  const cache = new Map<string, CachedKey>();

  const keyFor = (keyId: string): Promise<WebhookKey | null> => {
    const cached = cache.get(keyId);
    if (cached && cached.until > now().getTime()) return cached.key;
    const entry: CachedKey = {
      until: now().getTime() + KEY_TTL_MS,
      key: fetchKey(keyId).catch((error: unknown) => {
        const isUnknownKey = error instanceof PlaidFailure && error.remedy === 'ours';
        if (!isUnknownKey) {
          cache.delete(keyId);
          throw error;
        }
        entry.until = now().getTime() + BAD_KEY_TTL_MS;
        return null;
      }),
    };
    cache.delete(keyId);
    cache.set(keyId, entry);
    for (const oldest of cache.keys()) {
      if (cache.size <= CACHED_KEYS_MAX) break;
      cache.delete(oldest);
    }
    return entry.key;
  };

  /** @throws UnverifiableWebhook; PlaidFailure when the key could not be fetched just now. */
  return async function verify(rawBody: Buffer, token: string | undefined): Promise<void> {
    if (!token) throw new UnverifiableWebhook('no verification header');
    const header = readHeader(token);
    if (header.alg !== 'ES256' || typeof header.kid !== 'string' || header.kid.length > KEY_ID_LENGTH_MAX) {
      throw new UnverifiableWebhook('wrong algorithm or no key id');
    }
    const key = await keyFor(header.kid);
    if (key?.alg !== 'ES256' || (key.expired_at && key.expired_at * 1000 < now().getTime())) {
      throw new UnverifiableWebhook('unknown or expired key');
    }
    const claims = await readClaims(token, key, now());
    if (claims.iat === undefined || claims.iat > now().getTime() / 1000 + CLOCK_SKEW_S)
      throw new UnverifiableWebhook('issued in the future');
    const expected = Buffer.from(String(claims.request_body_sha256), 'utf8');
    const actual = Buffer.from(createHash('sha256').update(rawBody).digest('hex'), 'utf8');
    if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) throw new UnverifiableWebhook('body does not match');
  };
}

function readHeader(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw new UnverifiableWebhook('unreadable token', { cause });
  }
}

async function readClaims(token: string, key: WebhookKey, now: Date) {
  try {
    const publicKey = await importJWK({ kty: key.kty, crv: key.crv, x: key.x, y: key.y }, 'ES256');
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: ['ES256'],
      maxTokenAge: AGE_MAX_S,
      clockTolerance: CLOCK_SKEW_S,
      currentDate: now,
    });
    if (payload.iat !== undefined && now.getTime() / 1000 - payload.iat > AGE_MAX_S) throw new Error('too old');
    return payload;
  } catch (cause) {
    throw new UnverifiableWebhook('signature or age refused', { cause });
  }
}
