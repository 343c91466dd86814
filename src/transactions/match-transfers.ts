import { isDebtType } from '../accounts/account-class.ts';
import { bestAssignment } from '../lib/assignment.ts';
import { type CalendarDate, daysBetween } from '../lib/dates.ts';
import { isSpendingCategory } from '../plaid/categories.ts';
import { namesAccount, saysPayment, saysTransfer } from './words.ts';

/** One side of a possible transfer: a posted transaction that nobody has typed or paired. */
export interface Leg {
  id: string;
  accountId: string;
  accountType: string;
  accountMask: string | null;
  institution: string | null;
  date: CalendarDate;
  name: string;
  categoryPrimary: string | null;
  categoryDetailed: string | null;
}

/** Two legs of exactly opposite amounts, at most MATCH_DAYS_MAX apart, on two accounts of one person, in one currency. */
export interface Candidate {
  outflow: Leg;
  inflow: Leg;
  /** How often the person has confirmed, less how often rejected, a pair between these accounts with such an outflow. */
  precedent: number;
}

export interface TransferPair {
  outflowId: string;
  inflowId: string;
  /** 0 to 1 */
  score: number;
}

export const MATCH_DAYS_MAX = 5;
/** From this score on a pair is believed without asking, from the lower one on the person is asked. */
const AUTOMATIC = 0.5;
const SUGGESTED = 0.3;

const SAYS_OWN_TRANSFER = 0.4;
const SAYS_SOME_TRANSFER = 0.2;
/** Apps and wires pay other people as often as oneself. */
const SAYS_APP_OR_WIRE = 0.15;
const SAYS_CASH = 0.1;
const WORDS = 0.3;
const PAYS_A_DEBT = 0.35;
const NAMES_THE_OTHER_SIDE = 0.25;
const SAME_DAY = 0.15;
const ORDINARY = -0.5;
const PRECEDENT = 0.3;

const APP_OR_WIRE = /_(FROM_APPS|WIRE)$/;
const OWN_TRANSFER = /^TRANSFER_(IN|OUT)_(ACCOUNT_TRANSFER|SAVINGS|INVESTMENT_AND_RETIREMENT_FUNDS)$/;
const CASH = new Set(['TRANSFER_OUT_WITHDRAWAL', 'TRANSFER_IN_DEPOSIT']);

export interface TransferPairs {
  automatic: TransferPair[];
  suggested: TransferPair[];
}

/**
 * Chooses among candidates the pairs whose total score is best, each leg in one pair at most; among equal totals the nearer dates win.
 * What is believed is chosen first, what is suggested from the legs that are left. The order of the candidates makes no difference.
 */
export function matchTransfers(candidates: Candidate[]): TransferPairs {
  const scored = candidates.map((candidate) => ({ ...candidate, score: scoreOf(candidate) })).filter(({ score }) => score >= SUGGESTED);
  const automatic = bestOf(scored.filter(({ score }) => score >= AUTOMATIC));
  const taken = new Set(automatic.flatMap(({ outflowId, inflowId }) => [outflowId, inflowId]));
  const open = scored.filter(({ outflow, inflow, score }) => score < AUTOMATIC && !taken.has(outflow.id) && !taken.has(inflow.id));
  return { automatic, suggested: bestOf(open) };
}

const bestOf = (scored: Scored[]): TransferPair[] => connectedGroups(scored).flatMap(bestPairs);

type Scored = Candidate & { score: number };

/** How sure it is that two legs are one movement; two ordinary purchases or pay cheques never are. */
function scoreOf({ outflow, inflow, precedent }: Candidate): number {
  const isNamed = mentions(outflow, inflow) || mentions(inflow, outflow);
  const isDebt = isDebtType(inflow.accountType);
  // What comes in on a card may be a refund: something has to say that it is a payment.
  const paysDebt =
    isDebt &&
    (isNamed || isPayment(inflow) || outflow.categoryPrimary === 'LOAN_PAYMENTS' || OWN_TRANSFER.test(outflow.categoryDetailed ?? ''));
  const days = Math.abs(daysBetween(outflow.date, inflow.date));
  const score =
    legScore(outflow, paysDebt) +
    legScore(inflow, paysDebt) +
    (paysDebt ? PAYS_A_DEBT : 0) +
    (isNamed ? NAMES_THE_OTHER_SIDE : 0) +
    PRECEDENT * Math.sign(precedent) +
    SAME_DAY * (1 - days / (MATCH_DAYS_MAX + 1));
  return Math.max(0, Math.min(1, score));
}

const isPayment = (leg: Leg) => leg.categoryPrimary === 'LOAN_PAYMENTS' || saysPayment(leg.name);

function legScore(leg: Leg, paysDebt: boolean): number {
  const primary = leg.categoryPrimary ?? '';
  const detailed = leg.categoryDetailed ?? '';
  if (primary === 'INCOME' || primary === 'LOAN_DISBURSEMENTS' || isSpendingCategory(primary)) return ORDINARY;
  if (OWN_TRANSFER.test(detailed)) return SAYS_OWN_TRANSFER;
  if (primary === 'LOAN_PAYMENTS') return paysDebt ? SAYS_OWN_TRANSFER : SAYS_CASH;
  if (CASH.has(detailed)) return SAYS_CASH;
  if (APP_OR_WIRE.test(detailed)) return SAYS_APP_OR_WIRE;
  const words = saysTransfer(leg.name) || (paysDebt && saysPayment(leg.name)) ? WORDS : 0;
  return primary.startsWith('TRANSFER_') ? Math.max(SAYS_SOME_TRANSFER, words) : words;
}

const mentions = (leg: Leg, other: Leg) =>
  namesAccount(leg.name, { mask: other.accountMask, institution: other.institution }, leg.institution);

/** Splits candidates into groups that share no leg, so that each can be decided alone. */
function connectedGroups(candidates: Scored[]): Scored[][] {
  const parent = new Map<string, string>();
  const root = (id: string): string => {
    let top = id;
    for (let next = parent.get(top) ?? top; next !== top; next = parent.get(top) ?? top) top = next;
    parent.set(id, top);
    return top;
  };
  for (const { outflow, inflow } of candidates) parent.set(root(outflow.id), root(inflow.id));
  const groups = new Map<string, Scored[]>();
  for (const candidate of candidates) {
    const group = root(candidate.outflow.id);
    const members = groups.get(group);
    if (members) members.push(candidate);
    else groups.set(group, [candidate]);
  }
  return [...groups.values()];
}

function bestPairs(group: Scored[]): TransferPair[] {
  // Sorted ids make the choice among equals the same whatever order the rows came in.
  const outflows = [...new Set(group.map(({ outflow }) => outflow.id))].sort();
  const inflows = [...new Set(group.map(({ inflow }) => inflow.id))].sort();
  const weights = outflows.map(() => inflows.map(() => 0));
  for (const { outflow, inflow, score } of group) {
    const row = weights[outflows.indexOf(outflow.id)];
    if (row) row[inflows.indexOf(inflow.id)] = score;
  }
  return bestAssignment(weights).flatMap((column, row) => {
    const outflowId = outflows[row];
    const inflowId = column === null ? undefined : inflows[column];
    const score = column === null ? undefined : weights[row]?.[column];
    return outflowId && inflowId && score ? [{ outflowId, inflowId, score }] : [];
  });
}
