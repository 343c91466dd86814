import type { Client } from '../test-app.ts';
import { lifeId } from './dashboard.ts';
import type { Life } from './life.ts';

/** How the pairs that a dashboard found compare with those that were. */
export interface TransferScore {
  truePairs: number;
  oneSided: number;
  coincidences: number;
  months: number;
  automatic: number;
  automaticRight: number;
  suggested: number;
  suggestedRight: number;
  /** Of the true pairs whose sides both speak: how many there are, and are believed. */
  spoken: number;
  spokenAutomatic: number;
  /** Income and spending that automatic pairs take out of the figures. */
  hiddenCents: number;
  /** What went wrong, for a person to read. */
  wrong: string[];
}

/** Compares the stored pairs of a person with the life they were made of. */
export async function scoreTransfers(client: Client, userId: string, life: Life): Promise<TransferScore> {
  const seen = life.seen();
  const rows = new Map(seen.rows.map((row) => [row.id, row]));
  const truth = new Map(seen.pairs.map((pair) => [`${pair.outflow}>${pair.inflow}`, pair]));
  const { rows: stored } = await client.app.deps.database.pool.query<{ status: string; outflow: string; inflow: string }>(
    `SELECT status, outflow.transaction_id AS outflow, inflow.transaction_id AS inflow FROM transfer_matches AS pair
       JOIN transactions AS outflow ON outflow.id = outflow_transaction_id JOIN transactions AS inflow ON inflow.id = inflow_transaction_id
     WHERE pair.user_id = $1`,
    [userId],
  );
  const found = stored.map(({ status, outflow, inflow }) => ({ status, outflow: lifeId(outflow), inflow: lifeId(inflow) }));
  const automatic = found.filter(({ status }) => status === 'automatic');
  const suggested = found.filter(({ status }) => status === 'suggested');
  const isTrue = ({ outflow, inflow }: { outflow: string; inflow: string }) => truth.has(`${outflow}>${inflow}`);
  const describe = (label: string) => (pair: { outflow: string; inflow: string }) =>
    `${label} ${[pair.outflow, pair.inflow].map((id) => [rows.get(id)?.date, rows.get(id)?.account, rows.get(id)?.name, rows.get(id)?.detailed, rows.get(id)?.meaning].join(' · ')).join('  |  ')}`;
  const believed = new Set(automatic.map(({ outflow, inflow }) => `${outflow}>${inflow}`));
  const asked = new Set(suggested.map(({ outflow, inflow }) => `${outflow}>${inflow}`));
  const spoken = seen.pairs.filter(({ evidence }) => evidence === 'both');
  const hidden = automatic
    .flatMap(({ outflow, inflow }) => [rows.get(outflow), rows.get(inflow)])
    .filter((row) => row && ['income', 'spending', 'refund'].includes(row.meaning));
  return {
    truePairs: seen.pairs.length,
    oneSided: seen.pairs.length - spoken.length,
    coincidences: seen.coincidences.length,
    months: 24,
    automatic: automatic.length,
    automaticRight: automatic.filter(isTrue).length,
    suggested: suggested.length,
    suggestedRight: suggested.filter(isTrue).length,
    spoken: spoken.length,
    spokenAutomatic: spoken.filter(({ outflow, inflow }) => believed.has(`${outflow}>${inflow}`)).length,
    hiddenCents: hidden.reduce((total, row) => total + Math.abs(row?.cents ?? 0), 0),
    wrong: [
      ...automatic.filter((pair) => !isTrue(pair)).map(describe('wrong')),
      ...seen.pairs
        .filter((pair) => !believed.has(`${pair.outflow}>${pair.inflow}`))
        .map((pair) => describe(asked.has(`${pair.outflow}>${pair.inflow}`) ? 'asked' : 'missed')(pair)),
      ...suggested.filter((pair) => !isTrue(pair)).map(describe('asked in vain')),
    ],
  };
}

const share = (part: number, whole: number) => (whole === 0 ? '—' : `${((part / whole) * 100).toFixed(2)} %`);

/** What households of one kind come to together, as lines to print. */
export function transferReport(kind: string, scores: TransferScore[]): { lines: string[]; total: Omit<TransferScore, 'wrong'> } {
  const sum = (of: Exclude<keyof TransferScore, 'wrong'>) => scores.reduce((total, score) => total + score[of], 0);
  const total = {
    truePairs: sum('truePairs'),
    oneSided: sum('oneSided'),
    coincidences: sum('coincidences'),
    months: sum('months'),
    automatic: sum('automatic'),
    automaticRight: sum('automaticRight'),
    suggested: sum('suggested'),
    suggestedRight: sum('suggestedRight'),
    spoken: sum('spoken'),
    spokenAutomatic: sum('spokenAutomatic'),
    hiddenCents: sum('hiddenCents'),
  };
  return {
    total,
    lines: [
      `transfers, ${scores.length} ${kind} households: ${total.truePairs} pairs (${share(total.oneSided, total.truePairs)} with one-sided evidence), ${(total.coincidences / total.months).toFixed(2)} coincidences a month`,
      `  automatic: precision ${share(total.automaticRight, total.automatic)}, recall ${share(total.automaticRight, total.truePairs)}, of pairs with evidence on both sides ${share(total.spokenAutomatic, total.spoken)}; hidden ${(total.hiddenCents / 100).toFixed(2)}`,
      `  suggested: ${(total.suggested / total.months).toFixed(2)} a month, ${share(total.suggestedRight, total.suggested)} right; automatic or suggested ${share(total.automaticRight + total.suggestedRight, total.truePairs)}`,
    ],
  };
}
