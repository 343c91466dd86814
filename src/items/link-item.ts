import type { Deps } from '../deps.ts';
import { PlaidFailure } from '../plaid/failure.ts';
import { requestSync } from '../sync/queue.ts';
import { HttpError } from '../web/errors.ts';
import { abandonItem } from './removal.ts';
import { saveItem } from './store.ts';

/** The person is not there any more. */
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * Exchanges a public token, stores the item with its sealed access token at once, and asks for its first sync. Doing it
 * twice makes one item.
 * @throws PlaidFailure when the exchange fails; HttpError 409 when the item belongs to somebody else.
 */
export async function linkItem(
  deps: Pick<Deps, 'database' | 'plaid' | 'nudgeWorker'>,
  userId: string,
  publicToken: string,
  institution: { institutionId: string | null; institutionName: string | null },
): Promise<{ id: string; institutionName: string | null }> {
  const credentials = await exchange(deps, userId, publicToken);
  const saved = await saveItem(deps.database, { ...credentials, ...institution }).catch(async (error: unknown) => {
    // Its token is known nowhere else: without it the bank would be billed for ever.
    await abandonItem(deps, credentials);
    const isLeaving = (error as { code?: string }).code === FOREIGN_KEY_VIOLATION;
    throw isLeaving ? new HttpError(409, 'conflict', 'This account was deleted meanwhile.') : error;
  });
  if (!saved) throw new HttpError(409, 'conflict', 'This link belongs to another account.');
  await requestSync(deps.database, [saved.id]);
  deps.nudgeWorker();
  const institutionName = institution.institutionName ?? (await askForName(deps, credentials));
  if (institutionName !== institution.institutionName) {
    await deps.database.pool.query('UPDATE plaid_items SET institution_name = $2 WHERE id = $1', [saved.id, institutionName]);
  }
  return { id: saved.id, institutionName };
}

async function exchange({ plaid }: Pick<Deps, 'plaid'>, userId: string, publicToken: string) {
  try {
    return await plaid.exchangePublicToken(userId, publicToken);
  } catch (error) {
    if (error instanceof PlaidFailure && error.code === 'INVALID_PUBLIC_TOKEN') {
      throw new HttpError(400, 'invalid_public_token', 'This link has expired or was used before. Please link the bank again.', {
        fields: { public_token: 'is not valid any more' },
      });
    }
    throw error;
  }
}

/** The bank's name when the browser did not say it; the first sync asks again. */
async function askForName({ plaid }: Pick<Deps, 'plaid'>, credentials: Parameters<Deps['plaid']['getItem']>[0]): Promise<string | null> {
  try {
    const item = await plaid.getItem(credentials);
    return item.institutionName ?? (item.institutionId ? await plaid.getInstitutionName(item.institutionId) : null);
  } catch (error) {
    if (error instanceof PlaidFailure) return null;
    throw error;
  }
}
