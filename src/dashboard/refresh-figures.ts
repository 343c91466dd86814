import { listActiveAccounts } from '../accounts/store.ts';
import { findUser } from '../auth/store.ts';
import type { Database } from '../database/client.ts';
import { refreshForecast } from '../forecast/load-forecast.ts';
import { dateIn } from '../lib/dates.ts';
import { netWorthOf } from '../net-worth/net-worth.ts';
import { saveNetWorthSnapshot } from '../net-worth/store.ts';
import { detectStreams } from '../recurring/detect-streams.ts';
import { classifyTransactions } from '../transactions/classify-transactions.ts';

/** Brings what follows from a person's rows up to date: types and transfer pairs, recurring streams, the day's net worth, the forecast. */
export async function refreshFigures(database: Database, userId: string, now: Date): Promise<void> {
  const user = await findUser(database, userId);
  if (!user) return;
  const today = dateIn(user.timeZone, now);
  await classifyTransactions(database, userId);
  await detectStreams(database, userId, today);
  const accounts = await listActiveAccounts(database, userId);
  if (accounts.length > 0) await saveNetWorthSnapshot(database, userId, today, netWorthOf(accounts, user.currencies, today));
  const refreshed = await findUser(database, userId);
  if (refreshed) await refreshForecast(database, refreshed, today);
}
