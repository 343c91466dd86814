import type { Logger } from 'pino';
import { classOfAccount, isDebtType, isInvestmentType } from '../accounts/account-class.ts';
import type { Database, Queryable } from '../database/client.ts';
import { requestEndOfLink } from '../items/removal.ts';
import {
  clearItemError,
  findItemForSync,
  type ItemForSync,
  type ProductStatus,
  saveItemDetails,
  saveItemError,
  saveItemSynced,
} from '../items/store.ts';
import { addDays, type CalendarDate, dateIn, earlierOf } from '../lib/dates.ts';
import type { PlaidGateway } from '../plaid/client.ts';
import { PlaidFailure, sentenceFor } from '../plaid/failure.ts';
import type { BankAccount } from '../plaid/translate.ts';
import { lockTransactionsOf } from '../transactions/classification-store.ts';
import { classifyWithin } from '../transactions/classify-transactions.ts';
import { describe } from '../web/errors.ts';
import * as accounts from './account-store.ts';
import type { StagedTransaction } from './changes.ts';
import { fetchChanges } from './fetch-changes.ts';
import { fetchInvestmentTransactions } from './fetch-investments.ts';
import * as investments from './investment-store.ts';
import * as liabilities from './liability-store.ts';
import * as pending from './pending-store.ts';
import { forgetRefusals, isRecurringDue, listRefusedProducts, type Product, replacePlaidStreams, saveProduct } from './product-store.ts';
import { type Counts, finishRun, noCounts, type RunError, type RunStatus, savePhase, startRun } from './progress.ts';
import { backoffS, type ClaimedJob, completeJob, endJob, holdLease, LostLease, postponeJob } from './queue.ts';
import * as transactions from './transaction-store.ts';

/** A link that waits for the bank to prepare its data looks again, should the webhook not come. */
const WAITING_RECHECK_MIN_S = 10;
const WAITING_RECHECK_MAX_S = 900;
/** In shares of the time since it was linked: often at first, seldom later. */
const WAITING_RECHECK_SHARE = 0.25;
const RATE_LIMIT_WAIT_S = 60;
const LATER_WAIT_S = 4 * 3_600;
/** A bank that signs people in on its own pages: they did not tick this product there. */
const NOT_GRANTED = 'ACCESS_NOT_GRANTED';
/** The person has ended the sharing at the bank: the link has to be ended at Plaid too, or it goes on being billed. */
const REVOKED = 'USER_PERMISSION_REVOKED';
/** Plaid keeps two years of investment transactions; a refresh looks back over what may still change. */
const INVESTMENTS_HISTORY_DAYS = 730;
const INVESTMENTS_REFRESH_DAYS = 60;

export interface SyncDeps {
  database: Database;
  plaid: PlaidGateway;
  logger: Logger;
  now: () => Date;
  /** Spreads retries: from 0 to 1. */
  random: () => number;
  /** Brings what is derived from a user's rows up to date: classification, matches, recurring streams, snapshots. */
  refreshFigures: (userId: string) => Promise<void>;
  /** Aborted when calls to the bank are given up because the app stops. */
  givingUp: AbortSignal;
}

interface Run {
  deps: SyncDeps;
  job: ClaimedJob;
  item: ItemForSync;
  id: string;
  today: CalendarDate;
  counts: Counts;
  errors: RunError[];
  failures: PlaidFailure[];
  /** The products that the bank answered for. */
  succeeded: Set<string>;
  isWaiting: boolean;
  /** Something that the bank said could not be stored. */
  hasFault: boolean;
  /** Products not asked for in this run, because the bank has refused them lately. */
  refused: Awaited<ReturnType<typeof listRefusedProducts>>;
}

/** The app stops: the run ends where it is and is made again after the next start. */
class GivenUp extends Error {}

/** One run of one item: each product on its own, one that fails leaves the others done. Ends or postpones the job. */
export async function runSync(deps: SyncDeps, job: ClaimedJob): Promise<void> {
  const item = await findItemForSync(deps.database, job.itemId);
  if (!item) return;
  if (item.status === 'removing') return endJob(deps.database.pool, item.id);
  try {
    await runItem(deps, job, item);
  } catch (error) {
    if (!(error instanceof LostLease)) throw error;
    deps.logger.warn({ itemId: item.id }, 'another worker took this sync over');
  }
}

async function runItem(deps: SyncDeps, job: ClaimedJob, item: ItemForSync): Promise<void> {
  const { database } = deps;
  const owner = await database.prisma.user.findUniqueOrThrow({ where: { id: item.userId }, select: { timeZone: true } });
  const run: Run = {
    deps,
    job,
    item,
    id: await commit({ deps, job }, (client) => startRun(client, item.id)),
    today: dateIn(owner.timeZone, deps.now()),
    counts: noCounts(),
    errors: [],
    failures: [],
    succeeded: new Set(),
    isWaiting: false,
    hasFault: false,
    refused: await listRefusedProducts(database.pool, item.id),
  };
  try {
    await syncItem(run);
    await endRun(run);
  } catch (error) {
    if (error instanceof LostLease) throw error;
    const isGivenUp = error instanceof GivenUp;
    if (!isGivenUp) deps.logger.error({ ...describe(error), itemId: item.id }, 'sync run failed');
    await commit(run, async (client) => {
      await finishRun(client, run.id, isGivenUp ? 'abandoned' : 'failed', run.counts, [...run.errors, ...(isGivenUp ? [] : [FAULT])]);
      await postponeJob(client, job, isGivenUp ? 0 : backoffS(job.attempts, deps.random()), !isGivenUp);
    });
  }
}

const FAULT: RunError = { product: 'dashboard', code: 'INTERNAL', message: 'A fault in the dashboard.' };

async function syncItem(run: Run): Promise<void> {
  await syncProduct(run, 'accounts', () => syncAccounts(run));
  if (run.failures.some((failure) => failure.isAboutTheLink)) return;
  const known = await run.deps.database.prisma.account.findMany({
    where: { plaidItemId: run.item.id, isActive: true },
    select: { type: true },
  });
  // Without its accounts nothing can be said of what else the institution has.
  if (known.length === 0 && run.failures.length > 0) return;
  const types = known.map((account) => account.type);
  const hasInvestments = types.some(isInvestmentType);
  const hasDebts = types.some(isDebtType);
  const hasTransactions = types.some((type) => !isInvestmentType(type));

  await syncProduct(run, 'transactions', hasTransactions ? () => syncTransactions(run) : null);
  await syncProduct(run, 'investments', hasInvestments ? () => syncInvestments(run) : null);
  await syncProduct(run, 'liabilities', hasDebts ? () => syncLiabilities(run) : null);
  await askForSecondOpinion(run);
  await savePhase(run.deps.database, run.id, 'figures', run.counts);
  await run.deps.refreshFigures(run.item.userId);
}

/** What Plaid itself takes for recurring. Few have that product; without it, or when it fails, nothing is missing. */
async function askForSecondOpinion(run: Run): Promise<void> {
  const { item, deps } = run;
  const isWorthIt = run.succeeded.has('transactions') && !run.isWaiting && !run.refused.has('recurring');
  if (!isWorthIt || run.failures.length > 0 || !(await isRecurringDue(deps.database.pool, item.id))) return;
  try {
    const streams = await deps.plaid.getRecurringStreams(item);
    await commit(run, async (client) => {
      await replacePlaidStreams(client, item.id, streams);
      await saveProduct(client, item.id, 'recurring', 'ok', null);
    });
  } catch (error) {
    if (!(error instanceof PlaidFailure)) throw error;
    if (deps.givingUp.aborted) throw new GivenUp();
    deps.logger.info({ itemId: item.id, plaidCode: error.code }, 'there is no second opinion about what recurs');
    await commit(run, (client) => saveProduct(client, item.id, 'recurring', 'absent', error.code));
  }
}

type ProductOutcome = 'ok' | 'waiting';

/** Runs one product's step and records how it went. Without a step the institution has no such accounts. */
async function syncProduct(run: Run, product: Product, step: (() => Promise<ProductOutcome>) | null): Promise<void> {
  const { database, logger } = run.deps;
  if (run.failures.some((failure) => failure.isAboutTheLink)) return;
  const save = (status: ProductStatus, errorCode: string | null) =>
    commit(run, (client) => saveProduct(client, run.item.id, product, status, errorCode));
  if (!step) return save('absent', null);
  if (run.refused.has(product)) return;
  await savePhase(database, run.id, product, run.counts);
  try {
    const outcome = await step();
    await save(outcome, null);
    run.succeeded.add(product);
    if (outcome === 'waiting') run.isWaiting = true;
  } catch (error) {
    if (isUnstorable(error)) {
      logger.error({ ...describe(error), itemId: run.item.id, product }, 'a product could not be stored');
      run.hasFault = true;
      run.errors.push({ ...FAULT, product });
      return save('failing', FAULT.code);
    }
    if (!(error instanceof PlaidFailure)) throw error;
    if (run.deps.givingUp.aborted) throw new GivenUp();
    logger.warn(
      { itemId: run.item.id, product, plaidCode: error.code, plaidRequestId: error.requestId, remedy: error.remedy },
      'a product was not synced',
    );
    // Not granted for one product is no broken link: the others are shared.
    const isNotShared = error.code === NOT_GRANTED && product !== 'accounts';
    const status = isNotShared ? 'consent' : (STATUS_OF_REMEDY[error.remedy] ?? 'failing');
    await save(status, error.code);
    if (status === 'absent') return;
    if (status === 'waiting') run.isWaiting = true;
    else {
      if (!isNotShared) run.failures.push(error);
      run.errors.push({
        product,
        code: error.code,
        message: sentenceFor(run.item.institutionName, isNotShared ? { ...error, remedy: 'consent' } : error),
      });
    }
  }
}

/** What the database refuses of one product's data (a value out of range, a broken constraint) says nothing of the others. */
const isUnstorable = (error: unknown) => /^2[23]\w{3}$/.test(String((error as { code?: unknown }).code));

const STATUS_OF_REMEDY: Partial<Record<PlaidFailure['remedy'], ProductStatus>> = { absent: 'absent', consent: 'consent', wait: 'waiting' };

/** A writing transaction that is refused when another worker has taken the job over. */
const commit = <Result>({ deps, job }: Pick<Run, 'deps' | 'job'>, work: (client: Queryable) => Promise<Result>): Promise<Result> =>
  deps.database.transaction(async (client) => {
    await holdLease(client, job);
    return work(client);
  });

async function syncAccounts(run: Run): Promise<ProductOutcome> {
  const { plaid } = run.deps;
  const details = await plaid.getItem(run.item);
  const isNameMissing = run.item.institutionName === null && details.institutionName === null && details.institutionId !== null;
  const name = isNameMissing
    ? await plaid.getInstitutionName(details.institutionId as string).catch(ignoreFailure)
    : details.institutionName;
  await commit(run, (client) => saveItemDetails(client, run.item.id, details, run.item.institutionName ?? name));
  if (details.error) throw new PlaidFailure(details.error);
  const webhook = plaid.webhookUrl();
  if (webhook && details.webhook !== webhook) await plaid.updateWebhook(run.item, webhook).catch(ignoreFailure);
  const listed = await plaid.getAccounts(run.item);
  await commit(run, async (client) => {
    const added = await accounts.saveAccounts(client, run.item, listed.map(withClass), run.today);
    if (added > 0) await askAgain(run, client);
    await accounts.closeMissingAccounts(
      client,
      run.item,
      listed.map((account) => account.accountId),
    );
  });
  run.counts.accounts_synced = listed.length;
  return 'ok';
}

/** With new accounts a product may be there that was refused before. */
async function askAgain(run: Run, client: Queryable): Promise<void> {
  run.refused.clear();
  await forgetRefusals(client, run.item.id);
}

/** For what the next sync asks again anyway: the name of a bank, and where it sends its webhooks. */
function ignoreFailure(error: unknown): null {
  if (error instanceof PlaidFailure) return null;
  throw error;
}

const withClass = (account: BankAccount) => ({ ...account, ...classOfAccount(account.type, account.subtype) });

async function syncTransactions(run: Run): Promise<ProductOutcome> {
  const { item, counts } = run;
  const cursor = await transactions.findCursor(run.deps.database.pool, item);
  const { changes, nextCursor, status, isRebuild } = await fetchChanges(run.deps.plaid, item, cursor);
  const rows = [...changes.rows.values()];
  await requireKnownAccounts(
    run,
    rows.map((row) => row.accountId),
  );
  const written = await commit(run, async (client) => {
    await lockTransactionsOf(client, item.userId);
    const result = await transactions.saveTransactions(client, item, rows);
    result.removed = await transactions.removeTransactions(client, item, [...changes.removed]);
    // A bank that is not ready lists nothing, or the first days: that is no reason to forget what it listed before. The cursor
    // that it refused stays until it is ready, so that everything is read anew then.
    const isComplete = status !== 'NOT_READY' && status !== 'INITIAL_UPDATE_COMPLETE' && nextCursor !== '';
    const listed = rows.map((row) => row.transactionId);
    if (isRebuild && isComplete) result.removed += await transactions.removeUnlistedTransactions(client, item, listed);
    await pending.succeedNamedPendingRows(client, item, idsOf(rows.filter((row) => row.isLinked)));
    await pending.succeedRemovedRows(client, item, idsOf(rows.filter((row) => !row.namesPending)));
    await transactions.saveCursor(client, item, isRebuild && !isComplete ? '' : nextCursor, status);
    await transactions.refreshStatistics(client, result);
    await classifyWithin(client, item.userId, [...result.days]);
    return result;
  });
  counts.transactions_synced = written.added + written.changed + written.removed;
  counts.added += written.added;
  counts.changed += written.changed;
  counts.removed += written.removed;
  // The first days are there; the rest is looked for again, should its webhook not come.
  if (status === 'INITIAL_UPDATE_COMPLETE') run.isWaiting = true;
  return status === 'NOT_READY' ? 'waiting' : 'ok';
}

const idsOf = (rows: StagedTransaction[]) => rows.map((row) => row.transactionId);

/** Reads the accounts again when rows speak of one that is not known. One that the bank does not list any more is kept as closed, so that no row is dropped. */
async function requireKnownAccounts(run: Run, accountIds: string[]): Promise<void> {
  const isKnown = async () => {
    const known = await accounts.listKnownAccountIds(run.deps.database.pool, run.item);
    return accountIds.every((id) => known.has(id));
  };
  if (await isKnown()) return;
  const listed = await run.deps.plaid.getAccounts(run.item);
  await commit(run, async (client) => {
    const added = await accounts.saveAccounts(client, run.item, listed.map(withClass), run.today);
    if (added > 0) await askAgain(run, client);
    await accounts.saveUnlistedAccounts(client, run.item, [...new Set(accountIds)]);
  });
}

async function syncInvestments(run: Run): Promise<ProductOutcome> {
  const { item, counts, deps } = run;
  const { accounts: listed, holdings, securities } = await deps.plaid.getHoldings(item);
  await requireKnownAccounts(
    run,
    holdings.map((row) => row.accountId),
  );
  counts.holdings_synced = await commit(run, async (client) => {
    await accounts.saveMarginLoans(client, item, listed);
    await investments.saveSecurities(client, securities);
    return investments.replaceHoldings(client, item, holdings);
  });
  const knownSince = await investments.findRefreshStart(deps.database.pool, item);
  const from =
    knownSince === null
      ? addDays(run.today, -INVESTMENTS_HISTORY_DAYS)
      : addDays(earlierOf(knownSince, run.today), -INVESTMENTS_REFRESH_DAYS);
  const activity = await fetchInvestmentTransactions(deps.plaid, item, from, addDays(run.today, 1), knownSince === null);
  await requireKnownAccounts(
    run,
    activity.transactions.map((row) => row.accountId),
  );
  const written = await commit(run, async (client) => {
    await investments.saveSecurities(client, activity.securities);
    return investments.replaceInvestmentTransactions(client, item, from, activity);
  });
  counts.investment_transactions_synced = written.added + written.changed + written.removed;
  counts.added += written.added;
  counts.changed += written.changed;
  counts.removed += written.removed;
  return 'ok';
}

async function syncLiabilities(run: Run): Promise<ProductOutcome> {
  const debts = await run.deps.plaid.getLiabilities(run.item);
  await requireKnownAccounts(
    run,
    debts.flatMap((debt) => debt.accountId ?? []),
  );
  run.counts.liabilities_synced = await commit(run, (client) => liabilities.replaceLiabilities(client, run.item, debts));
  return 'ok';
}

/** Closes the run's row, says on the item how it stands, and ends or postpones the job: all at once, so that who sees one sees the others. */
async function endRun(run: Run): Promise<void> {
  const { item, job, failures } = run;
  const broken = failures.find((failure) => failure.isAboutTheLink);
  const outcome: RunStatus = broken ? 'failed' : run.errors.length > 0 ? 'partial' : 'succeeded';
  const retryInS = broken ? null : secondsUntilRetry(run);
  const isOnlyWaiting = failures.length === 0 && !run.hasFault;
  await commit(run, async (client) => {
    if (broken) {
      await saveItemError(client, item.id, { code: broken.code, message: sentenceFor(item.institutionName, broken) });
      if (broken.code === REVOKED) await requestEndOfLink(client, item);
    } else {
      if (run.succeeded.has('accounts')) await clearItemError(client, item.id);
      if (run.succeeded.size > 0) await saveItemSynced(client, item.id);
    }
    await finishRun(client, run.id, outcome, run.counts, run.errors);
    if (retryInS === null) await completeJob(client, job);
    else await postponeJob(client, isOnlyWaiting ? { ...job, attempts: 0 } : job, retryInS);
  });
}

/** When to try again what did not work, or look again for what the bank is preparing; null when there is nothing of the kind. */
function secondsUntilRetry({ failures, hasFault, isWaiting, job, item, deps }: Run): number | null {
  const spread = deps.random();
  const isSoon = ({ remedy }: PlaidFailure) => remedy === 'retry' || remedy === 'restart' || remedy === 'accounts';
  if (hasFault || failures.some(isSoon)) {
    const isLimited = failures.some((failure) => failure.httpStatus === 429);
    return Math.max(backoffS(job.attempts, spread), isLimited ? RATE_LIMIT_WAIT_S * (1 + spread / 2) : 0);
  }
  if (failures.some(({ remedy }) => remedy === 'later')) return LATER_WAIT_S * (1 + spread / 2);
  if (!isWaiting) return null;
  const ageS = (deps.now().getTime() - item.createdAt.getTime()) / 1000;
  return Math.min(Math.max(ageS * WAITING_RECHECK_SHARE, WAITING_RECHECK_MIN_S), WAITING_RECHECK_MAX_S);
}
