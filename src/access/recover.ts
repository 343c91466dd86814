import { countRecentLinks } from '../auth/one-time-link-store.ts';
import { findCredentials } from '../auth/store.ts';
import type { Deps } from '../deps.ts';
import { sendResetLink } from './messages.ts';

/** So many links go to one person in an hour, however often somebody asks. */
const LINKS_MAX = 5;

/** Sends the link for a new password to an address, if an account has it and somebody reads its mail. */
export async function recover(
  deps: Pick<Deps, 'database' | 'now' | 'appUrl' | 'nudgeWorker'>,
  email: string,
  hasMailServer: boolean,
): Promise<void> {
  const found = hasMailServer ? await findCredentials(deps.database, email) : null;
  if (!found || found.user.isDemo) return;
  if ((await countRecentLinks(deps.database.pool, found.user.id, 'reset_password')) < LINKS_MAX) await sendResetLink(deps, found.user.id);
}
