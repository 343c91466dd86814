import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify } from 'jose';
import { PlaidFailure } from './failure.ts';
import type { WebhookKey } from './translate.ts';

const AGE_MAX_S = 300;
const CLOCK_SKEW_S = 60;
const KEY_TTL_MS = 24 * 3_600_000;
const BAD_KEY_TTL_MS = 10 * 60_000;
const GOOD_KEYS_MAX = 50;
const BAD_KEYS_MAX = 5_000;
const KEY_ID_LENGTH_MAX = 100;
/**
 * Made-up key ids must not become calls to Plaid without end: a true new key comes a few times a year. Nor can they keep a true one out:
 * each network has few look-ups, strangers together not all of them, and networks that true webhooks came from have those of their own.
 */
const LOOKUPS_OF_NETWORK = 5;
const LOOKUPS_OF_STRANGERS = 30;
const LOOKUPS_OF_TRUSTED = 30;
const LOOKUPS_PER_MS = 60_000;
const TRUSTED_NETWORKS_MAX = 200;

export class UnverifiableWebhook extends Error {}

/**
 * Checks webhooks as Plaid documents it: an ES256 JWT in the `Plaid-Verification` header whose key Plaid publishes by id,
 * issued within five minutes, carrying the SHA-256 of the raw body. Age and body are looked at first, since that costs nothing.
 */
export function createWebhookVerifier(fetchKey: (keyId: string) => Promise<WebhookKey>, now: () => Date) {
  const keyFor = createKeyCache(fetchKey, () => now().getTime());
  /** From where true webhooks have come. */
  const trusted = new Map<string, true>();

  /**
   * @param network where it comes from
   * @throws UnverifiableWebhook; PlaidFailure when the key could not be fetched just now.
   */
  return async function verify(rawBody: Buffer, token: string | undefined, network: string): Promise<void> {
    if (!token) throw new UnverifiableWebhook('no verification header');
    const { alg, kid } = readHeader(token);
    if (alg !== 'ES256' || typeof kid !== 'string' || kid.length > KEY_ID_LENGTH_MAX) {
      throw new UnverifiableWebhook('wrong algorithm or no key id');
    }
    requireClaims(readClaims(token), rawBody, now());
    const key = await keyFor(kid, network, trusted.has(network));
    if (key?.alg !== 'ES256' || (key.expired_at && key.expired_at * 1000 < now().getTime())) {
      throw new UnverifiableWebhook('unknown or expired key');
    }
    await requireSignature(token, key, now());
    keepNewest(trusted, network, true, TRUSTED_NETWORKS_MAX);
  };
}

/** Keys by id, good and bad ones apart so that no number of made-up ids displaces a good one. */
function createKeyCache(fetchKey: (keyId: string) => Promise<WebhookKey>, now: () => number) {
  const good = new Map<string, { until: number; key: Promise<WebhookKey | null> }>();
  const badUntil = new Map<string, number>();
  let lookups: { at: number; network: string; isTrusted: boolean }[] = [];

  const mayLookUp = (network: string, isTrusted: boolean): boolean => {
    lookups = lookups.filter(({ at }) => at > now() - LOOKUPS_PER_MS);
    const own = lookups.filter((lookup) => (isTrusted ? lookup.isTrusted : !lookup.isTrusted));
    if (isTrusted) return own.length < LOOKUPS_OF_TRUSTED;
    return own.length < LOOKUPS_OF_STRANGERS && own.filter((lookup) => lookup.network === network).length < LOOKUPS_OF_NETWORK;
  };

  return (keyId: string, network: string, isTrusted: boolean): Promise<WebhookKey | null> => {
    const cached = good.get(keyId);
    if (cached && cached.until > now()) return cached.key;
    if ((badUntil.get(keyId) ?? 0) > now()) return Promise.resolve(null);
    // A key that was good yesterday is better than none while somebody makes up ids.
    if (!mayLookUp(network, isTrusted)) return cached?.key ?? Promise.resolve(null);
    lookups.push({ at: now(), network, isTrusted });
    const key = fetchKey(keyId).catch((error: unknown) => {
      good.delete(keyId);
      const isUnknownKey = error instanceof PlaidFailure && error.remedy === 'ours';
      if (!isUnknownKey) throw error;
      keepNewest(badUntil, keyId, now() + BAD_KEY_TTL_MS, BAD_KEYS_MAX);
      return null;
    });
    keepNewest(good, keyId, { until: now() + KEY_TTL_MS, key }, GOOD_KEYS_MAX);
    return key;
  };
}

function keepNewest<Value>(cache: Map<string, Value>, key: string, value: Value, max: number) {
  cache.delete(key);
  cache.set(key, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= max) break;
    cache.delete(oldest);
  }
}

function readHeader(token: string) {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw new UnverifiableWebhook('unreadable token', { cause });
  }
}

function readClaims(token: string) {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw new UnverifiableWebhook('unreadable claims', { cause });
  }
}

function requireClaims(claims: JWTPayload, rawBody: Buffer, now: Date) {
  const ageS = now.getTime() / 1000 - (claims.iat ?? Number.NaN);
  if (!(ageS <= AGE_MAX_S && ageS >= -CLOCK_SKEW_S)) throw new UnverifiableWebhook('too old, or of the future');
  const expected = Buffer.from(String(claims.request_body_sha256), 'utf8');
  const actual = Buffer.from(createHash('sha256').update(rawBody).digest('hex'), 'utf8');
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) throw new UnverifiableWebhook('body does not match');
}

async function requireSignature(token: string, key: WebhookKey, now: Date): Promise<void> {
  try {
    const publicKey = await importJWK({ kty: key.kty, crv: key.crv, x: key.x, y: key.y }, 'ES256');
    await jwtVerify(token, publicKey, { algorithms: ['ES256'], currentDate: now, clockTolerance: CLOCK_SKEW_S });
  } catch (cause) {
    throw new UnverifiableWebhook('signature refused', { cause });
  }
}
