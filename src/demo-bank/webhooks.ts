import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

const SEND_TIMEOUT_MS = 10_000;

export interface WebhookTarget {
  itemId: string;
  webhook: string | null;
}

/** Sends webhooks signed as Plaid signs them, and publishes the key. */
export function createWebhookSigner(now: () => Date, onFailure: (webhook: string, reason: string) => void) {
  const keyId = randomUUID();
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const signingKey = createPrivateKey(privateKey);
  const { x, y } = createPublicKey(publicKey).export({ format: 'jwk' });
  const jwk = {
    alg: 'ES256',
    crv: 'P-256',
    kid: keyId,
    kty: 'EC',
    use: 'sig',
    x,
    y,
    created_at: Math.floor(now().getTime() / 1000),
    expired_at: null,
  };

  const sign = async (body: string) =>
    new SignJWT({ request_body_sha256: createHash('sha256').update(body).digest('hex') })
      .setProtectedHeader({ alg: 'ES256', kid: keyId, typ: 'JWT' })
      .setIssuedAt(Math.floor(now().getTime() / 1000))
      .sign(signingKey);

  return {
    publicKey: (id: string) => (id === keyId ? jwk : null),
    sign,
    /** Posts one webhook; one that does not arrive is reported and not repeated. */
    send: async (item: WebhookTarget, type: string, code: string, extra: Record<string, unknown> = {}): Promise<void> => {
      if (!item.webhook) return;
      const body = JSON.stringify(
        { webhook_type: type, webhook_code: code, item_id: item.itemId, environment: 'sandbox', ...extra },
        null,
        2,
      );
      try {
        const response = await fetch(item.webhook, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'plaid-verification': await sign(body) },
          body,
          redirect: 'error',
          signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
        });
        if (!response.ok) onFailure(item.webhook, `answered ${response.status}`);
      } catch (error) {
        onFailure(item.webhook, error instanceof Error ? error.name : 'failed');
      }
    },
  };
}

export type WebhookSigner = ReturnType<typeof createWebhookSigner>;
