import type { SyncRun } from './progress.ts';

const OUTCOME_WORDS: Record<SyncRun['status'], string> = {
  running: 'running',
  succeeded: 'done',
  partial: 'partly done',
  failed: 'failed',
  abandoned: 'interrupted, done again',
};

/** A run as its row in the history says it. */
export const runRow = (run: SyncRun) => ({
  startedAt: run.startedAt,
  seconds: run.finishedAt ? (run.finishedAt.getTime() - run.startedAt.getTime()) / 1000 : null,
  outcome: run.status === 'running' ? `${OUTCOME_WORDS.running}: ${run.phase}` : OUTCOME_WORDS[run.status],
  isGood: run.status === 'succeeded' || run.status === 'running',
  added: run.counts.added,
  changed: run.counts.changed,
  removed: run.counts.removed,
  problems: problemsOf(run),
});

/** Each problem once, with the products that had it. */
function problemsOf({ errors }: SyncRun): string[] {
  const messages = new Set(errors.map((error) => error.message));
  return [...messages].map((message) => {
    const products = errors.filter((error) => error.message === message).map((error) => error.product);
    return `${products.join(', ')}: ${message}`;
  });
}
