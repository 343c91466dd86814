import { Money } from '../lib/money.ts';

/** Two accounts at one institution, of one kind and number, reached through two links. */
export interface Likeness {
  /** By Plaid's own id of the account, which few institutions send: with it nothing else is asked. */
  isSameById: boolean;
  /** Null when the institution does not say. */
  balances: readonly [Money | null, Money | null];
  /** Movements of the days of which both links know some, and how many of them both have alike. */
  movements: readonly [number, number];
  shared: number;
}

/** Two links are read at different moments: balances this near, in per cent or in money, are taken for the same. */
const NEAR_PERCENT = 2;
const NEAR_AMOUNT = 1;
/** From so many movements on, this part of them in both is enough whatever the balances say: one link may have stopped long ago. */
const MOVEMENTS_MIN = 3;
const SHARED_ENOUGH = 0.8;
/** With less than this part in both, no balance makes two accounts one. */
const SHARED_MIN = 0.5;

/** Whether two accounts are so alike that the person is asked whether they are one. */
export function lookTheSame({ isSameById, balances, movements, shared }: Likeness): boolean {
  if (isSameById) return true;
  const fewer = Math.min(...movements);
  if (fewer >= MOVEMENTS_MIN && shared / fewer >= SHARED_ENOUGH) return true;
  if (fewer > 0 && shared / fewer < SHARED_MIN) return false;
  const [one, other] = balances;
  if (!one || !other) return false;
  const near = Money.max(one.abs(), other.abs()).times(NEAR_PERCENT).div(100);
  return one.minus(other).abs().lessThanOrEqualTo(Money.max(near, NEAR_AMOUNT));
}
